// SPDX-License-Identifier: MIT
/// @file
/// Whole networks, floats in, floats out: what a program that classifies images waits for. One thread.
#include "architectures.hpp"
#include "common.hpp"

namespace {

using qnn::Index;

template <class Architecture, class P>
void run(benchmark::State& state, Index batch) {
  using Network = qnn::Network<Architecture, P>;
  using trace = typename Network::trace;
  const auto network = bench::random_network<Architecture, P>();
  const auto x = bench::random_values<float>(batch * trace::input::size, 1);
  qnn::AlignedVector<float> y(static_cast<std::size_t>(batch * trace::output::size));
  qnn::HeapArena<Network> arena(batch);
  for (auto _ : state) {
    network->forward({x.data(), batch}, {y.data(), batch}, arena);
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  bench::count_multiplications(state, batch * bench::multiplications<Architecture>());
  state.SetItemsProcessed(state.iterations() * batch);
}

template <class Architecture, class... Ps>
void register_at(const std::string& workload) {
  for (const Index batch : {Index{1}, Index{64}}) {
    (benchmark::RegisterBenchmark(bench::name(workload + bench::suffix<Ps>, "qnn", std::to_string(batch)).c_str(),
                                  run<Architecture, Ps>, batch),
     ...);
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_at<bench::Mlp, qnn::Float32, qnn::Int8<>, qnn::Int16<>>("mlp");
  register_at<bench::Cnn, qnn::Float32, qnn::Int8<>, qnn::Int16<>>("cnn");
  return bench::run_registered(argument_count, arguments);
}
