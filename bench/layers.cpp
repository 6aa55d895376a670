// SPDX-License-Identifier: MIT
/// @file
/// Single layers at each precision, one example, one thread. Codes in, codes out: a layer inside a network.
#include "common.hpp"

namespace {

using qnn::Index;

template <class Architecture, class P>
void run(benchmark::State& state) {
  using Network = qnn::Network<Architecture, P>;
  using trace = typename Network::trace;
  using Element = typename P::activation;
  const Network& network = bench::random_network<Architecture, P>();
  const auto x = bench::random_values<Element>(trace::input::size, 1);
  qnn::AlignedVector<Element> y(static_cast<std::size_t>(trace::output::size));
  // A join receives the same values from each of its branches, which are empty.
  std::array<const Element*, trace::template sources<1>.size()> sources;
  sources.fill(x.data());
  const auto input = qnn::detail::InputsFrom<typename trace::template received<1>>::of(sources, 1);
  const qnn::Batch<Element, typename trace::output> output(y.data(), 1);
  // A whole arena is more than the layer's scratch.
  qnn::AlignedVector<Element> scratch(static_cast<std::size_t>(qnn::ArenaPlan<Architecture, P>::elements(1)));
  bench::measure(state, [&] {
    if constexpr (std::is_same_v<P, qnn::Float32>) {
      using Machine = typename trace::template machine<P, 1>;
      qnn::detail::forward_layer<Machine>(network.parameters().data(), input, output, scratch.data());
    } else {
      qnn::detail::forward_layer(network.template layer<1>(), input, output, scratch.data());
    }
    benchmark::DoNotOptimize(y.data());
  });
  // Other layers have one operation for each input: pooling compares it, a join rescales it, a table is looked up.
  const Index products = qnn::multiply_accumulates<Architecture>;
  if (products > 0) {
    bench::count_multiplications(state, products);
  } else {
    state.counters["ops"] =
        benchmark::Counter(static_cast<double>(trace::input::size), benchmark::Counter::kIsIterationInvariantRate);
  }
}

template <class In, class Layer>
void register_layer(const std::string& workload, const std::string& shape) {
  using Architecture = qnn::Sequential<In, Layer>;
  const auto add = [&]<class P>(std::type_identity<P>) {
    benchmark::RegisterBenchmark(bench::name(workload + bench::suffix<P>, bench::implementation(), shape).c_str(),
                                 run<Architecture, P>);
  };
  if (bench::forced_isa().empty()) {
    add(std::type_identity<qnn::Float32>{});
  }
  add(std::type_identity<qnn::Int8<>>{});
  add(std::type_identity<qnn::Int16<>>{});
}

}  // namespace

int main(int argument_count, char** arguments) {
  register_layer<qnn::Input<14, 14, 32>, qnn::Conv2d<64, qnn::Kernel<3>, qnn::Same>>("conv3x3", "14x14x32to64");
  register_layer<qnn::Input<1024>, qnn::Dense<256>>("dense", "1024to256");
  using qnn::Conv2d, qnn::Groups, qnn::Input, qnn::Kernel, qnn::Same, qnn::Stride;
  register_layer<Input<24, 24, 64>, Conv2d<64, Kernel<3>, Same, Groups<64>>>("depthwise3x3", "24x24x64");
  register_layer<Input<24, 24, 64>, Conv2d<64, Kernel<3>, Same, Groups<64>, Stride<2>>>("depthwise3x3", "24x24x64by2");
  register_layer<Input<48, 48, 8>, Conv2d<8, Kernel<3>, Same, Groups<8>>>("depthwise3x3", "48x48x8");
  register_layer<Input<48, 48, 8>, Conv2d<8, Kernel<3>, Same, Groups<8>, Stride<2>>>("depthwise3x3", "48x48x8by2");
  register_layer<Input<14, 14, 64>, Conv2d<64, Kernel<3>, Same, Groups<4>>>("grouped3x3", "14x14x64in4");
  register_layer<Input<28, 28, 32>, qnn::MaxPool2d<2>>("max_pool2x2", "28x28x32");
  register_layer<Input<28, 28, 32>, qnn::MaxPool2d<3, Stride<2>, Same>>("max_pool3x3", "28x28x32by2");
  register_layer<Input<28, 28, 32>, qnn::AveragePool2d<2>>("average_pool2x2", "28x28x32");
  register_layer<Input<12, 12, 128>, qnn::GlobalAveragePool2d>("global_average_pool", "12x12x128");
  register_layer<Input<28, 28, 32>, qnn::Residual<qnn::Sequential<>>>("add", "28x28x32");
  register_layer<Input<28, 28, 32>, qnn::Concat<qnn::Sequential<>, qnn::Sequential<>>>("concat", "28x28x32twice");
  register_layer<Input<28, 28, 12>, qnn::Concat<qnn::Sequential<>, qnn::Sequential<>>>("concat", "28x28x12twice");
  register_layer<Input<28, 28, 32>, qnn::HardSwish>("hard_swish", "28x28x32");
  return bench::run_registered(argument_count, arguments);
}
