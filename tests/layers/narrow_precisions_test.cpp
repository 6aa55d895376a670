// SPDX-License-Identifier: MIT
/// @file
/// Layers with codes of less than a byte: near the float layer, the same at compile time, as small as they promise.
#include "check_report.hpp"
#include "qnn/layers.hpp"
#include "qnn/testing/check_layer.hpp"

#include <doctest/doctest.h>

namespace narrow_precisions_test {
namespace {

using namespace qnn;
using namespace qnn::testing;

// The overflow proof knows the ranges: products of at most 128 * 7, of 8 * 7, or of 128 * (8 + 8).
template <class P>
using Neuron = Dense<1>::at<P, Shape<1>>;
static_assert(Neuron<W4A8<>>::safe_fan_in == 2147483647 / 2 / (128 * 7));
static_assert(Neuron<W4A4<>>::safe_fan_in == 2147483647 / 2 / (8 * 7));
static_assert(Neuron<W2A8<>>::safe_fan_in == 2147483647 / 2 / 128);
static_assert(Neuron<Quantized<Format<Int4, Asymmetric>, Format<std::int8_t, Symmetric>>>::safe_fan_in ==
              2147483647 / 2 / (128 * 16));
// Multipliers of groups widen the products to 128 * 15 * 7.
static_assert(Neuron<W4A8<Symmetric, PerGroup<8>>>::safe_fan_in == 2147483647 / 2 / (128 * 105));
static_assert(Neuron<W2A8<Symmetric, PerGroup<8>>>::safe_fan_in == 2147483647 / 2 / (128 * 15));

// Two or four weights a byte; the odd one takes a byte of its own.
template <class P>
inline constexpr std::size_t weight_bytes = sizeof(Dense<3>::at<P, Shape<5>>{}.weight);
static_assert(weight_bytes<Int8<>> == 16 + 3 * 4 && weight_bytes<W4A8<>> == 8 + 3 * 4 &&
              weight_bytes<W2A8<>> == 4 + 3 * 4);
// 15 codes in 8 bytes, 3 scales, 9 multipliers in 5 bytes, 3 bytes to align.
static_assert(weight_bytes<W4A8<Symmetric, PerGroup<2>>> == 8 + 3 * 4 + 5 + 3);
using Large = Sequential<Input<64>, Dense<32>, ReLU, Dense<16>>;
constexpr Index weights = 64 * 32 + 32 * 16;
static_assert(Network<Large, Int8<>>::parameter_bytes() - Network<Large, W4A8<>>::parameter_bytes() == weights / 2);
static_assert(Network<Large, Int8<>>::parameter_bytes() - Network<Large, W2A8<>>::parameter_bytes() == weights * 3 / 4);
// Half a byte for each group of 4.
static_assert(Network<Large, W4A8<Symmetric, PerGroup<4>>>::parameter_bytes() ==
              Network<Large, W4A8<>>::parameter_bytes() + weights / 4 / 2);
static_assert(arena_bytes<Large, W4A4<>> == arena_bytes<Large, Int8<>>);

template <class P, class Layer, class In>
void check_compile_time() {
  constexpr auto expected = codes_of_random_layer<P, Layer, In, 2>(5);
  const auto found = codes_of_random_layer<P, Layer, In, 2>(5);
  INFO(P::name() << ", " << Layer::name);
  CHECK(found == expected);
}

template <class P>
void check_power_of_two(const std::vector<float>& x) {
  Network<Large, Float32> real(HeNormal{.seed = 3});
  Ranges<Large> ranges{};
  ranges.of_layer = {Range{-1.0f, 1.0f}, {-3.0f, 2.0f}, {0.0f, 2.0f}, {-2.5f, 2.0f}};
  const auto net = quantize<P>(real, ranges);
  for (const auto& parameters : net.template layer<3>().weight.parameters()) {
    CHECK(power_of_two_above(parameters.scale) == parameters.scale);
  }
  std::vector<float> y(16), expected(16);
  HeapArena<Network<Large, Float32>> real_arena(1);
  HeapArena<Network<Large, P>> arena(1);
  real.forward({x.data(), 1}, {expected.data(), 1}, real_arena);
  net.forward({x.data(), 1}, {y.data(), 1}, arena);
  double signal = 0.0, noise = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    signal += static_cast<double>(expected[i] * expected[i]);
    noise += static_cast<double>((y[i] - expected[i]) * (y[i] - expected[i]));
  }
  CHECK(noise < signal / 10);  // 4-bit weights on a coarse grid, but the same function
}

}  // namespace

TEST_CASE("narrow codes: linear layers are the float layers, rounded") {
  CHECK_REPORT(check_codes<Dense<7>, Shape<13>>({}, NarrowPrecisions{}));
  CHECK_REPORT(check_codes<Conv2d<3, Kernel<3>, Same>, Shape<5, 4, 3>>({}, NarrowPrecisions{}));
}

TEST_CASE("narrow codes: layers without weights") {
  using Activations = Precisions<W4A4<>, W4A4<Asymmetric>>;
  CHECK_REPORT(check_codes<DepthwiseConv2d<Kernel<3>>, Shape<5, 5, 3>>({}, Activations{}));
  CHECK_REPORT(check_codes<MaxPool2d<2>, Shape<4, 4, 3>>({}, Activations{}));
  CHECK_REPORT(check_codes<LeakyReLU<10>, Shape<40>>({}, Activations{}));
  CHECK_REPORT(check_codes<Softmax, Shape<7>>({}, Activations{}));
}

TEST_CASE("narrow codes: the compiler computes the same") {
  check_compile_time<W4A8<>, Dense<5>, Shape<7>>();
  check_compile_time<W2A8<Asymmetric>, Conv2d<3, Kernel<3>>, Shape<4, 4, 3>>();
  check_compile_time<W4A8<Asymmetric, PerGroup<3>>, Dense<5>, Shape<7>>();
  check_compile_time<W4A8<Symmetric, PerGroup<4>>, Conv2d<3, Kernel<3>>, Shape<4, 4, 3>>();
  check_compile_time<W4A4<Asymmetric>, DepthwiseConv2d<Kernel<2>>, Shape<3, 3, 5>>();
}

TEST_CASE("narrow codes: scales that are powers of two") {
  Random random(2);
  std::vector<float> x(64);
  std::generate(x.begin(), x.end(), [&] { return random.uniform(-1.0f, 1.0f); });
  check_power_of_two<W4A8<Symmetric, PerChannel, PowerOfTwoShift>>(x);
  check_power_of_two<W4A8<Asymmetric, PerTensor, PowerOfTwoShift>>(x);
  check_power_of_two<W4A8<Asymmetric, PerGroup<16>, PowerOfTwoShift>>(x);
}

}  // namespace narrow_precisions_test
