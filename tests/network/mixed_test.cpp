// SPDX-License-Identifier: MIT
/// @file
/// Mixed networks: stage by stage they give what networks of one precision give, with the codes converted in between.
#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/testing/guarded.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <span>
#include <vector>

namespace mixed_test {
namespace {

using namespace qnn;

using Chain = Sequential<Input<6, 5, 2>, Conv2d<3, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Conv2d<5, Kernel<2>>,
                         LeakyReLU<10>, Flatten, Dense<7>, ReLU6, Dense<4>, Softmax>;
using Graph = Sequential<Input<6, 6, 2>, Conv2d<4, Kernel<3>, Same>, ReLU,
                         Residual<Sequential<Conv2d<4, Kernel<3>, Same>, ReLU, Conv2d<4, Kernel<1>>>>, ReLU,
                         Concat<Conv2d<3, Kernel<1>>, Sequential<>>, GlobalAveragePool2d, Dense<3>>;

using Wide = W8A16<>;
using Bytes = Quantized<Format<std::int8_t, Symmetric, PerChannel>, Format<std::uint8_t, Asymmetric>, FloatScale>;
using Shifts = W4A8<Symmetric, PerTensor, PowerOfTwoShift>;

// Each stage keeps its precision until the next one: linear layers and joins begin one, all else belongs to what it
// reads.
template <Index I>
using ChainAt = LayerPrecisions<Chain, Mixed<W8A8<>, W4A8<>, Wide, Bytes>>::at<I>;
static_assert(std::same_as<ChainAt<0>, W8A8<>> && std::same_as<ChainAt<1>, W8A8<>> && std::same_as<ChainAt<3>, W8A8<>>);
static_assert(std::same_as<ChainAt<4>, W4A8<>> && std::same_as<ChainAt<6>, W4A8<>> && std::same_as<ChainAt<7>, Wide>);
static_assert(std::same_as<ChainAt<8>, Wide> && std::same_as<ChainAt<9>, Bytes> && std::same_as<ChainAt<10>, Bytes>);
static_assert(LayerPrecisions<Graph, Mixed<W8A8<>>>::stage_count == 7);
static_assert(IntegerPrecision<Mixed<W8A8<>>> && Precision<Mixed<W8A8<>>> && !QuantizedPrecision<Mixed<W8A8<>>>);

// Codes are converted where they have to be, and nowhere else.
using detail::reads_activations_of;
static_assert(reads_activations_of<W8A8<>, W4A8<>> &&
              reads_activations_of<W4A8<>, W8A8<Symmetric, PerTensor, FloatScale>>);
static_assert(reads_activations_of<W4A4<>, W8A8<>> && !reads_activations_of<W8A8<>, W4A4<>>);
static_assert(!reads_activations_of<W8A8<>, W8A8<Asymmetric>> && !reads_activations_of<W8A8<>, Wide>);
static_assert(!reads_activations_of<W8A8<>, Shifts> && reads_activations_of<Shifts, W8A8<>>);

// The arena. Without vector kernels, which sums of 64 bits keep away, nothing needs scratch but conversions: the first
// layer of the second network reads 100 codes of 8 bits as 16 bits, 256 bytes with the padding.
template <class Activation>
using Portable =
    Quantized<Format<std::int8_t, Symmetric>, Format<Activation, Asymmetric>, IntegerMultiplier, std::int64_t>;
struct Unknown : IntegerMultiplier {};
using Portable16 = Quantized<Format<std::int8_t, Symmetric>, Format<std::int16_t, Asymmetric>, Unknown, std::int64_t>;
using Dense2 = Sequential<Input<40>, Dense<100>, Dense<50>>;
static_assert(arena_bytes<Dense2, Portable<std::int8_t>> == 64 + 128);
static_assert(arena_bytes<Dense2, Mixed<Portable<std::int8_t>, Portable<std::int8_t>>> == 64 + 128);
static_assert(arena_bytes<Dense2, Mixed<Portable<std::int8_t>, Portable16>> == 128 + 256 + 128);
static_assert(arena_bytes<Dense2, Mixed<Portable16, Portable<std::int8_t>>> == 256 + 128 + 64);
static_assert(arena_bytes<Chain, Mixed<W8A8<>, W4A8<>, W8A8<>, W4A8<>>> == arena_bytes<Chain, Int8<>>);

// Four bits for each of 7 * 10 weights of the first Dense less than eight.
static_assert(Network<Chain, Mixed<W8A8<>, W8A8<>, W8A8<>, W8A8<>>>::parameter_bytes() ==
              Network<Chain, W8A8<>>::parameter_bytes());
static_assert(Network<Sequential<Input<64>, Dense<32>, Dense<16>>, Mixed<W8A8<>, W4A8<>>>::parameter_bytes() ==
              Network<Sequential<Input<64>, Dense<32>, Dense<16>>, W8A8<>>::parameter_bytes() - 32 * 16 / 2);

/// A float network whose parameters are all drawn, and ranges that differ from layer to layer.
template <class Architecture>
Network<Architecture, Float32> real_network() {
  Network<Architecture, Float32> net;
  Random random(11);
  for (float& value : net.parameters()) {
    value = random.uniform(-0.5f, 0.5f);
  }
  return net;
}
template <class Architecture>
Ranges<Architecture> some_ranges() {
  Ranges<Architecture> ranges;
  Trace<Architecture>::for_each_layer([&]<Index I>(IndexConstant<I>) {
    using L = typename Trace<Architecture>::template layer<I>;
    const float size = 1.0f + 0.1f * static_cast<float>(I);
    ranges.of_layer[I] = detail::is_identity<L> ? Range{} : Range{detail::is_activation<L> ? 0.0f : -size, 1.1f * size};
  });
  ranges.of_layer[0] = {-1.0f, 0.9f};
  return ranges;
}
template <class Architecture>
std::vector<float> some_examples(Index count) {
  Random random(5);
  std::vector<float> x(static_cast<std::size_t>(count * Trace<Architecture>::input::size));
  std::generate(x.begin(), x.end(), [&] { return random.uniform(-1.0f, 1.0f); });
  return x;
}

/// A tensor of codes, whatever held them.
struct Codes {
  std::vector<std::int32_t> values;
  float scale;
  std::int32_t zero_point;
};

/// The slow computation: one example, machines of one precision each, made here from the float network.
template <class Architecture>
struct Walk {
  using trace = Trace<Architecture>;
  Network<Architecture, Float32> real = real_network<Architecture>();
  Ranges<Architecture> ranges = some_ranges<Architecture>();

  template <class P>
  static typename P::activations::parameters parameters_of(const Codes& x) {
    typename P::activations::parameters parameters;
    parameters.scale = x.scale;
    if constexpr (P::activations::scheme::has_zero_point) {
      parameters.zero_point = x.zero_point;
    }
    return parameters;
  }
  template <class P>
  static auto held(const Codes& x) {
    std::vector<typename P::activation> codes;
    for (const std::int32_t value : x.values) {
      REQUIRE(P::activation_codes.clamp(value) == value);
      codes.push_back(static_cast<typename P::activation>(value));
    }
    return codes;
  }

  template <class P>
  Codes input(std::span<const float> x) const {
    const auto parameters =
        P::activations::scheme::parameters_for(ranges.of_layer[0], P::activation_codes, P::requantization::scale_grid);
    Codes codes{{}, parameters.scale, parameters.zero_point};
    for (const float value : x) {
      codes.values.push_back(quantize_value<typename P::activation>(value, parameters, P::activation_codes));
    }
    return codes;
  }

  /// What layer `source` wrote, in the format of P, by the formula.
  template <class P>
  Codes converted(const Codes& x, std::size_t source) const {
    const auto to = P::activations::scheme::parameters_for(ranges.of_layer[source], P::activation_codes,
                                                           P::requantization::scale_grid);
    const double ratio = static_cast<double>(x.scale) / static_cast<double>(to.scale);
    int shift = 0;
    while (shift < 30 && std::ldexp(ratio, shift + 1) <= 0x1p30) {
      ++shift;
    }
    const double factor = std::floor(std::ldexp(ratio, shift) + 0.5);
    Codes y{{}, to.scale, to.zero_point};
    for (const std::int32_t value : x.values) {
      const double steps = std::floor(std::ldexp(factor * (value - x.zero_point), -shift) + 0.5);
      y.values.push_back(P::activation_codes.clamp(static_cast<std::int64_t>(steps) + to.zero_point));
    }
    return y;
  }

  template <Index I>
  std::span<const float> parameter(std::size_t which) const {
    std::span<const float> found;
    for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
      if (slot.layer == I && slot.info.name == (which == 0 ? "weight" : "bias")) {
        found = slot.in(real.parameters());
      }
    }
    return found;
  }

  /// Layer I at precision P, with the clamp and the range of the layer that ends its stage.
  template <class P, Index I, Index End = I>
  Codes run(const Codes& x) const {
    using In = typename trace::template received<I>;
    using Out = typename trace::template shape<I>;
    auto machine = std::make_unique<typename trace::template machine<P, I>>();
    const auto input = parameters_of<P>(x);
    const auto output = machine->output_parameters(input, ranges.of_layer[End]);
    if constexpr (requires { machine->weight; }) {
      machine->quantize(parameter<I>(0), parameter<I>(1), input);
    }
    machine->prepare(input, output, Stages<Architecture>::template clamp<I>);
    const auto codes = held<P>(x);
    std::vector<typename P::activation> y(static_cast<std::size_t>(Out::size)), scratch(4096);
    const Batch<const typename P::activation, In> inputs(codes.data(), 1);
    detail::forward_layer(*machine, inputs, Batch<typename P::activation, Out>(y.data(), 1), scratch.data());
    return {{y.begin(), y.end()}, output.scale, output.zero_point};
  }
  /// The join I at precision P.
  template <class P, Index I, Index End = I>
  Codes join(const Codes& a, const Codes& b) const {
    using Out = typename trace::template shape<I>;
    auto machine = std::make_unique<typename trace::template machine<P, I>>();
    const std::array inputs{parameters_of<P>(a), parameters_of<P>(b)};
    const auto output = machine->output_parameters(inputs, ranges.of_layer[End]);
    machine->prepare(inputs, output, Stages<Architecture>::template clamp<I>);
    const auto first = held<P>(a), second = held<P>(b);
    std::vector<typename P::activation> y(static_cast<std::size_t>(Out::size));
    using Code = typename P::activation;
    machine->forward(detail::InputsFrom<typename trace::template received<I>>::of(
                         std::array<const Code*, 2>{first.data(), second.data()}, 1),
                     Batch<Code, Out>(y.data(), 1));
    return {{y.begin(), y.end()}, output.scale, output.zero_point};
  }
};

/// The codes of a network for every example, its arena guarded, `capacity` examples at a time.
template <class Architecture, class P>
std::vector<std::int32_t> codes_of(const Network<Architecture, P>& net, const std::vector<float>& x, Index capacity) {
  using Net = Network<Architecture, P>;
  const Index count = std::ssize(x) / Trace<Architecture>::input::size;
  using First = typename LayerPrecisions<Architecture, P>::template at<0>;
  std::vector<typename Net::InputCode> codes;
  for (const float value : x) {
    codes.push_back(
        quantize_value<typename Net::InputCode>(value, net.template activation<0>(), First::activation_codes));
  }
  std::vector<typename Net::OutputCode> y(static_cast<std::size_t>(count * Trace<Architecture>::output::size));
  testing::Guarded<typename P::activation> arena(ArenaPlan<Architecture, P>::elements(capacity));
  net.forward_codes({codes.data(), count}, {y.data(), count}, {arena.data(), capacity});
  CHECK(arena.intact());

  // In reals it is the same: quantized, computed, dequantized.
  std::vector<float> real(y.size());
  HeapArena<Net> other(capacity);
  net.forward({x.data(), count}, {real.data(), count}, other);
  for (std::size_t i = 0; i < y.size(); ++i) {
    CHECK(real[i] == dequantize_value(y[i], net.output_parameters()));
  }
  return {y.begin(), y.end()};
}

/// @tparam C1, C2, C3  whether the second, third and fourth stage convert what they read
template <class P0, class P1, class P2, class P3, bool C1, bool C2, bool C3>
void check_chain() {
  using P = Mixed<P0, P1, P2, P3>;
  INFO(P::name());
  const Walk<Chain> walk;
  const auto net = std::make_unique<Network<Chain, P>>(quantize<P>(walk.real, walk.ranges));
  constexpr Index count = 5;
  const auto x = some_examples<Chain>(count);
  std::vector<std::int32_t> expected;
  for (Index n = 0; n < count; ++n) {
    const auto example = std::span(x).subspan(static_cast<std::size_t>(n) * 60, 60);
    Codes codes = walk.template run<P0, 1, 2>(walk.template input<P0>(example));
    codes = walk.template run<P0, 3>(codes);
    codes = walk.template run<P1, 4>(C1 ? walk.template converted<P1>(codes, 3) : codes);
    codes = walk.template run<P1, 5>(codes);
    codes = walk.template run<P2, 7, 8>(C2 ? walk.template converted<P2>(codes, 5) : codes);
    codes = walk.template run<P3, 9>(C3 ? walk.template converted<P3>(codes, 8) : codes);
    codes = walk.template run<P3, 10>(codes);
    expected.insert(expected.end(), codes.values.begin(), codes.values.end());
    CHECK(codes.scale == net->output_parameters().scale);
    CHECK(codes.zero_point == net->activation(10).zero_point);
  }
  CHECK(codes_of(*net, x, 1) == expected);
  CHECK(codes_of(*net, x, 3) == expected);
}

/// All stages but the first convert what they read where their precision is another than that before.
template <class P0, class P1, class P2, class P3, class P4, class P5, class P6>
void check_graph() {
  using P = Mixed<P0, P1, P2, P3, P4, P5, P6>;
  INFO(P::name());
  const Walk<Graph> walk;
  const auto net = std::make_unique<Network<Graph, P>>(quantize<P>(walk.real, walk.ranges));
  constexpr Index count = 3;
  const auto x = some_examples<Graph>(count);
  const auto read = [&]<class From, class To>(std::type_identity<From>, std::type_identity<To>, const Codes& codes,
                                              std::size_t source) {
    return std::same_as<From, To> ? codes : walk.template converted<To>(codes, source);
  };
  const std::type_identity<P0> p0;
  const std::type_identity<P1> p1;
  const std::type_identity<P2> p2;
  const std::type_identity<P3> p3;
  const std::type_identity<P4> p4;
  const std::type_identity<P5> p5;
  const std::type_identity<P6> p6;
  std::vector<std::int32_t> expected;
  for (Index n = 0; n < count; ++n) {
    const auto example = std::span(x).subspan(static_cast<std::size_t>(n) * 72, 72);
    const Codes start = walk.template run<P0, 1, 2>(walk.template input<P0>(example));
    const Codes inner = walk.template run<P1, 3, 4>(read(p0, p1, start, 2));
    const Codes main = walk.template run<P2, 5>(read(p1, p2, inner, 4));
    const Codes sum = walk.template join<P3, 6, 7>(read(p2, p3, main, 5), read(p0, p3, start, 2));
    const Codes branch = walk.template run<P4, 8>(read(p3, p4, sum, 7));
    const Codes both = walk.template join<P5, 9>(read(p4, p5, branch, 8), read(p3, p5, sum, 7));
    const Codes mean = walk.template run<P5, 10>(both);
    const Codes end = walk.template run<P6, 11>(read(p5, p6, mean, 10));
    expected.insert(expected.end(), end.values.begin(), end.values.end());
  }
  CHECK(codes_of(*net, x, 1) == expected);
  CHECK(codes_of(*net, x, 2) == expected);
}

template <class Architecture, class P, class M>
void check_uniform() {
  const auto real = real_network<Architecture>();
  const auto ranges = some_ranges<Architecture>();
  const auto single = std::make_unique<Network<Architecture, P>>(quantize<P>(real, ranges));
  const auto mixed = std::make_unique<Network<Architecture, M>>(quantize<M>(real, ranges));
  const auto x = some_examples<Architecture>(4);
  CHECK(codes_of(*mixed, x, 3) == codes_of(*single, x, 3));
  for (Index layer = 0; layer < Trace<Architecture>::layer_count; ++layer) {
    CHECK(mixed->activation(layer).scale == single->activation(layer).scale);
    CHECK(mixed->activation(layer).zero_point == single->activation(layer).zero_point);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("a mixed network of one precision is the network of that precision", P, W8A8<>, W4A8<Asymmetric>,
                   Int16<>, Bytes) {
  check_uniform<Chain, P, Mixed<P, P, P, P>>();
  check_uniform<Graph, P, Mixed<P, P, P, P, P, P, P>>();
}

TEST_CASE("mixed chains: what one stage writes is what the next one reads, without conversion") {
  check_chain<W8A8<>, W4A8<>, W2A8<>, W8A8<>, false, false, false>();
  check_chain<W4A4<>, W8A8<>, Shifts, W4A8<>, false, true, false>();  // 4-bit codes are 8-bit codes, too
}

TEST_CASE("mixed chains: other code types, schemes and grids are converted") {
  check_chain<W8A8<>, Wide, W4A4<>, Bytes, true, true, true>();
  check_chain<Bytes, W8A8<Asymmetric>, W8A8<>, Shifts, true, true, true>();
  check_chain<Int16<Asymmetric>, W4A8<>, W4A8<>, Int16<>, true, false, true>();
}

TEST_CASE("mixed graphs: every reader of a branch converts for itself") {
  check_graph<W8A8<>, Wide, W8A8<Asymmetric>, Wide, W8A8<>, W8A8<>, Bytes>();
  check_graph<Int16<>, W4A4<>, W4A4<>, Int16<>, Int16<>, Bytes, Int16<>>();
}

TEST_CASE("conversion of codes: exact where it can be, else the nearest code") {
  using kernels::CodeConversion;
  // 8 to 16 bits at a scale 256 times as fine, and back.
  const auto finer = code_sum<CodeConversion>(std::array{Symmetric::Parameters{1.0f}},
                                              Asymmetric::Parameters{0x1p-8f, 5}, full_range<std::int16_t>);
  const auto coarser = code_sum<CodeConversion>(std::array{Asymmetric::Parameters{0x1p-8f, 5}},
                                                Symmetric::Parameters{1.0f}, full_range<std::int8_t>);
  for (std::int32_t code = -127; code <= 127; ++code) {
    const auto x = static_cast<std::int8_t>(code);
    std::int16_t wide = 0;
    std::int8_t back = 0;
    kernels::convert_codes(finer, &x, 1, &wide);
    CHECK(wide == 256 * code + 5);
    kernels::convert_codes(coarser, &wide, 1, &back);
    CHECK(back == code);
  }
  // Any two scales: within half a step of the reals, and without bias.
  Random random(1);
  double bias = 0.0;
  for (int draw = 0; draw < 2000; ++draw) {
    const Asymmetric::Parameters from{random.uniform(0.5f, 2.0f), 7}, to{random.uniform(2.0f, 300.0f), 128};
    const auto conversion = code_sum<CodeConversion>(std::array{from}, to, full_range<std::uint8_t>);
    const auto x = static_cast<std::int16_t>(random.below(200) - 100);
    std::uint8_t y = 0;
    kernels::convert_codes(conversion, &x, 1, &y);
    const double steps = static_cast<double>(from.scale) / static_cast<double>(to.scale) * (x - 7) + 128;
    CHECK(std::abs(y - std::clamp(steps, 0.0, 255.0)) <= 0.5 + 1e-5);
    bias += (y - std::clamp(steps, 0.0, 255.0)) / 2000;
  }
  CHECK(std::abs(bias) < 5 * 0.29 / std::sqrt(2000.0));
}

}  // namespace mixed_test
