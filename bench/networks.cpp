// SPDX-License-Identifier: MIT
/// @file
/// Whole networks: `mlp`, `cnn` and `resnet8` of architectures.hpp, at each precision.
///
///   ..._f32             floats in, floats out
///   ..._i8, ..._i16     codes in, codes out: what comes from a sensor or from another integer network
///   ..._i8_from_float   floats in, floats out: quantizes the inputs as well
///
/// The implementation is `qnn`, or the instruction set that QNN_ISA forces; `qnn_2_threads` shares the layers of a
/// single example, or the examples of a batch. This file is compiled twice: BENCH_BUILD names the build with other
/// compiler flags (CMakeLists.txt).
#include "architectures.hpp"
#include "common.hpp"

#include "qnn/core/thread_scope.hpp"
#include "qnn/network/forward_parallel.hpp"

namespace {

using qnn::Index;

// What all rows are called after.
#ifdef BENCH_BUILD
std::string implementation() { return BENCH_BUILD; }
#else
using bench::implementation;
#endif

template <class Architecture, class P, class Element>
void run(benchmark::State& state, Index batch, int threads) {
  using Network = qnn::Network<Architecture, P>;
  using trace = typename Network::trace;
  const Network& network = bench::random_network<Architecture, P>();
  const auto x = bench::random_inputs<typename trace::input, Element>(batch, 1);
  qnn::AlignedVector<Element> y(static_cast<std::size_t>(batch * trace::output::size));
  qnn::HeapArena<Network> arena(batch);
  const qnn::Batch<const Element, typename trace::input> input(x.data(), batch);
  const qnn::Batch<Element, typename trace::output> output(y.data(), batch);
  const qnn::ThreadScope scope{threads};
  bench::measure(state, [&] {
    if constexpr (std::is_same_v<Element, std::int8_t>) {
      if (threads > 1 && batch > 1) {
        qnn::forward_codes_parallel(network, input, output, arena, threads);
      } else {
        network.forward_codes(input, output, arena);
      }
    } else if constexpr (std::is_same_v<Element, float>) {
      network.forward(input, output, arena);
    } else {
      network.forward_codes(input, output, arena);
    }
    benchmark::DoNotOptimize(y.data());
  });
  bench::count_multiplications(state, batch * qnn::multiply_accumulates<Architecture>);
  state.SetItemsProcessed(state.iterations() * batch);
}

template <class Architecture, class P>
void register_at(const std::string& workload, Index batch) {
  const auto add = [&](const std::string& name, auto* function) {
    benchmark::RegisterBenchmark(bench::name(name, implementation(), std::to_string(batch)).c_str(), function, batch,
                                 1);
  };
  add(workload + bench::suffix<P>, run<Architecture, P, typename P::activation>);
  if constexpr (std::is_same_v<typename P::activation, std::int8_t>) {
    add(workload + bench::suffix<P> + "_from_float", run<Architecture, P, float>);
  }
}

/// The CNN in int8 on two threads.
void register_threads() {
  for (const Index batch : {Index{1}, Index{64}}) {
    const std::string name = bench::name("cnn_i8", "qnn_2_threads", std::to_string(batch));
    benchmark::RegisterBenchmark(name.c_str(), run<bench::Cnn, qnn::Int8<>, std::int8_t>, batch, 2)->UseRealTime();
  }
}

template <class Architecture>
void register_network(const std::string& workload) {
  for (const Index batch : {Index{1}, Index{64}}) {
    if (batch > 1 && bench::runs_plain_loops()) {
      continue;  // as fast as one example after the other
    }
    if (!bench::runs_plain_loops()) {  // floats have none
      register_at<Architecture, qnn::Float32>(workload, batch);
    }
    register_at<Architecture, qnn::Int8<>>(workload, batch);
    register_at<Architecture, qnn::Int16<>>(workload, batch);
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_network<bench::Mlp>("mlp");
  register_network<bench::Cnn>("cnn");
  register_network<bench::ResNet8>("resnet8");
  if (implementation() == "qnn") {
    register_threads();
  }
  return bench::run_registered(argument_count, arguments);
}
