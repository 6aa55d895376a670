// SPDX-License-Identifier: MIT
/// @file
/// Single layers at each precision, one example, one thread. Codes in, codes out: a layer inside a network. Float
/// depthwise convolutions also backward (`..._backward_f32`), and by plain loops, the rows of `reference`.
#include "common.hpp"

#include <algorithm>
#include <span>

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

/// The values and gradients of one example that passes through a float layer.
template <class Architecture>
struct FloatPass {
  using trace = qnn::Trace<Architecture>;
  using In = typename trace::input;
  using Out = typename trace::output;
  using Machine = typename trace::template machine<qnn::Float32, 1>;

  std::span<const float> parameters = bench::random_network<Architecture, qnn::Float32>().parameters();
  qnn::AlignedVector<float> x = bench::random_values<float>(In::size, 1), y = zeros(Out::size),
                            dy = bench::random_values<float>(Out::size, 2), dx = zeros(In::size),
                            gradients = zeros(std::ssize(parameters)),
                            scratch = zeros(std::max(Machine::scratch, Machine::backward_scratch));

  /// Measures body, which computes `passes` products for each of the forward pass.
  template <class Body>
  void measure(benchmark::State& state, Index passes, Body&& body) {
    bench::measure(state, [&] {
      body();
      benchmark::DoNotOptimize(y.data());
      benchmark::DoNotOptimize(dx.data());
    });
    bench::count_multiplications(state, passes * qnn::multiply_accumulates<Architecture>);
  }

 private:
  static qnn::AlignedVector<float> zeros(Index count) {
    return qnn::AlignedVector<float>(static_cast<std::size_t>(count));
  }
};

/// Gradients of the parameters and of the input of a layer.
template <class Architecture>
void run_backward(benchmark::State& state) {
  using Pass = FloatPass<Architecture>;
  Pass pass;
  Pass::Machine::forward(pass.parameters.data(), {pass.x.data(), 1}, {pass.y.data(), 1}, pass.scratch.data());
  pass.measure(state, 2, [&] {
    Pass::Machine::backward({.parameters = pass.parameters.data(),
                             .x = {pass.x.data(), 1},
                             .y = {pass.y.data(), 1},
                             .dy = {pass.dy.data(), 1},
                             .dx = {pass.dx.data(), 1},
                             .gradients = pass.gradients.data(),
                             .scratch = pass.scratch.data(),
                             .step = {}});
  });
}

/// Calls body(output, input, weight) with the place of each of the three for every product of a depthwise convolution
/// of one image by windows W.
template <class W, class Body>
void for_each_product(Body&& body) {
  for (Index pixel = 0; pixel < W::out_pixels; ++pixel) {
    for (Index tap = 0; tap < W::kernel_height * W::kernel_width; ++tap) {
      const Index row = W::input_row(pixel / W::out_width, tap / W::kernel_width);
      const Index column = W::input_column(pixel % W::out_width, tap % W::kernel_width);
      if (W::inside(row, column)) {
        for (Index c = 0; c < W::channels; ++c) {
          body(pixel * W::channels + c, (row * W::width + column) * W::channels + c,
               c * W::kernel_height * W::kernel_width + tap);
        }
      }
    }
  }
}

/// What the forward pass of a depthwise convolution is defined to be.
template <class Architecture>
void run_depthwise_loops(benchmark::State& state) {
  using Layer = typename qnn::Trace<Architecture>::template layer<1>;
  using W = typename Layer::template window<typename qnn::Trace<Architecture>::input>;
  FloatPass<Architecture> pass;
  const float *const w = pass.parameters.data(), *const x = pass.x.data();
  const auto bias = pass.parameters.last(static_cast<std::size_t>(W::channels));
  float* const y = pass.y.data();
  pass.measure(state, 1, [&] {
    for (Index pixel = 0; pixel < W::out_pixels; ++pixel) {
      std::ranges::copy(bias, y + pixel * W::channels);
    }
    for_each_product<W>([&](Index output, Index input, Index weight) { y[output] += w[weight] * x[input]; });
  });
}

/// The same of the backward pass.
template <class Architecture>
void run_depthwise_loops_backward(benchmark::State& state) {
  using Layer = typename qnn::Trace<Architecture>::template layer<1>;
  using W = typename Layer::template window<typename qnn::Trace<Architecture>::input>;
  FloatPass<Architecture> pass;
  const float *const w = pass.parameters.data(), *const x = pass.x.data(), *const dy = pass.dy.data();
  float *const dx = pass.dx.data(), *const dw = pass.gradients.data();
  float* const dbias = dw + pass.gradients.size() - W::channels;
  pass.measure(state, 2, [&] {
    std::ranges::fill(pass.dx, 0.0f);
    for (Index output = 0; output < W::out_pixels * W::channels; ++output) {
      dbias[output % W::channels] += dy[output];
    }
    for_each_product<W>([&](Index output, Index input, Index weight) {
      dw[weight] += dy[output] * x[input];
      dx[input] += dy[output] * w[weight];
    });
  });
}

template <class In, class Layer>
void register_float_depthwise(const std::string& shape) {
  using Architecture = qnn::Sequential<In, Layer>;
  if (bench::forced_isa().empty()) {
    const auto add = [&](const std::string& workload, const std::string& implementation, auto* function) {
      benchmark::RegisterBenchmark(bench::name(workload, implementation, shape).c_str(), function);
    };
    add("depthwise3x3_f32", "reference", run_depthwise_loops<Architecture>);
    add("depthwise3x3_backward_f32", bench::implementation(), run_backward<Architecture>);
    add("depthwise3x3_backward_f32", "reference", run_depthwise_loops_backward<Architecture>);
  }
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
  register_float_depthwise<Input<24, 24, 64>, Conv2d<64, Kernel<3>, Same, Groups<64>>>("24x24x64");
  register_float_depthwise<Input<48, 48, 8>, Conv2d<8, Kernel<3>, Same, Groups<8>>>("48x48x8");
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
