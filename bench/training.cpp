// SPDX-License-Identifier: MIT
/// @file
/// Training in float32: one epoch on a few random images, all threads. `items_per_second` are images.
#include "architectures.hpp"
#include "common.hpp"

namespace {

using qnn::Index;

template <class Architecture>
void run(benchmark::State& state, Index images) {
  const qnn::FloatDataset examples = bench::random_examples<Architecture>(images);
  qnn::Network<Architecture, qnn::Float32> network(qnn::HeNormal{.seed = 7});
  for (auto _ : state) {
    qnn::train(network, examples, qnn::CrossEntropy{}, qnn::Adam{},
               {.epochs = 1, .batch = 64, .validation = 0, .progress = qnn::Progress::silent});
  }
  state.SetItemsProcessed(state.iterations() * images);
}

template <class Architecture>
void register_training(const std::string& workload, Index images) {
  benchmark::RegisterBenchmark(bench::name(workload, "qnn", "64").c_str(), run<Architecture>, images)
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime();  // of the clock on the wall: the work is shared among threads
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_training<bench::Mlp>("train_mlp_f32", 4096);
  register_training<bench::Cnn>("train_cnn_f32", 256);
  return bench::run_registered(argument_count, arguments);
}
