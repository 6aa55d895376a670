// SPDX-License-Identifier: MIT
/// @file
/// Training in float32: one epoch on a few random images, in batches of 64. `items_per_second` are images. `qnn` uses
/// all threads, `qnn_one_thread` one.
#include "architectures.hpp"
#include "common.hpp"

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

template <class Architecture>
void run(benchmark::State& state, Index images, int threads) {
  static const qnn::FloatDataset examples = bench::random_examples<Architecture>(images);
  qnn::Network<Architecture, qnn::Float32> network(qnn::HeNormal{.seed = 7});
  for (auto _ : state) {
    qnn::train(network, examples, qnn::CrossEntropy{}, qnn::Adam{},
               {.epochs = 1, .batch = 64, .validation = 0, .threads = threads, .progress = qnn::Progress::silent});
  }
  bench::count_multiplications(state, images * training_multiply_accumulates<Architecture>);
  state.SetItemsProcessed(state.iterations() * images);
}

template <class Architecture>
void register_training(const std::string& workload, Index images) {
  for (const int threads : {0, 1}) {
    const std::string implementation = threads == 1 ? "qnn_one_thread" : "qnn";
    benchmark::RegisterBenchmark(bench::name(workload, implementation, "64").c_str(), run<Architecture>, images,
                                 threads)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();  // of the clock on the wall: the work is shared among threads
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_training<bench::Mlp>("train_mlp_f32", 4096);
  register_training<bench::Cnn>("train_cnn_f32", 256);
  return bench::run_registered(argument_count, arguments);
}
