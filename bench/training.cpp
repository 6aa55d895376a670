// SPDX-License-Identifier: MIT
/// @file
/// Training in float32: one epoch on a few random images; the last part of a row's name is its batch.
/// `items_per_second` are images. `qnn` uses all threads, `qnn_one_thread` one. ResNet-8 has its normalizations here.
#include "architectures.hpp"
#include "common.hpp"
#include "qnn/models/resnet.hpp"

namespace {

using qnn::Index;

/// Multiply-accumulate operations of a step, for one example. Each linear layer has three products: its outputs, the
/// gradients of its weights, and those of its inputs, which the first layer does not need.
template <class Architecture>
constexpr Index training_multiply_accumulates = [] {
  Index first = 0;
  for (const Index count : qnn::layer_multiply_accumulates<Architecture>) {
    first = first == 0 ? count : first;
  }
  return 3 * qnn::multiply_accumulates<Architecture> - first;
}();

/// An epoch: of how many images, in batches of how many, with how many threads (0: all).
struct Epoch {
  Index images, batch;
  int threads;
};

template <class Architecture, class Optimizer>
void run(benchmark::State& state, const Epoch& epoch, const Optimizer& optimizer) {
  static const qnn::FloatDataset examples = bench::random_examples<Architecture>(epoch.images);
  qnn::Network<Architecture, qnn::Float32> network(qnn::HeNormal{.seed = 7});
  for (auto _ : state) {
    qnn::train(network, examples, qnn::CrossEntropy{}, optimizer,
               {.epochs = 1,
                .batch = epoch.batch,
                .validation = 0,
                .threads = epoch.threads,
                .progress = qnn::Progress::silent});
  }
  bench::count_multiplications(state, epoch.images * training_multiply_accumulates<Architecture>);
  state.SetItemsProcessed(state.iterations() * epoch.images);
}

template <class Architecture, class Optimizer>
void register_training(const std::string& workload, Index images, Index batch, const Optimizer& optimizer) {
  for (const int threads : {0, 1}) {
    const std::string implementation = threads == 1 ? "qnn_one_thread" : "qnn";
    benchmark::RegisterBenchmark(bench::name(workload, implementation, std::to_string(batch)).c_str(),
                                 run<Architecture, Optimizer>, Epoch{images, batch, threads}, optimizer)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();  // of the clock on the wall: the work is shared among threads
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_training<bench::Mlp>("train_mlp_f32", 4096, 64, qnn::Adam{});
  register_training<bench::Cnn>("train_cnn_f32", 256, 64, qnn::Adam{});
  register_training<qnn::ResNet8>("train_resnet8_f32", 2560, 128,
                                  qnn::Sgd{.learning_rate = 0.01f, .momentum = 0.9f, .nesterov = true});
  return bench::run_registered(argument_count, arguments);
}
