// SPDX-License-Identifier: MIT
/// @file
/// A whole integer network inside static_assert, against codes that another program computed.
///
/// That program is thirty lines of Python over exact fractions, written from the formulas and not from this library:
///
///     acc      = b + sum (x - zx) (w - zw)      over the pixels inside the image, 3x3 window, one pixel of padding
///     M        = sx sw / sy                     a Fraction of the three float32 values
///     code     = clamp(floor(acc M + 1/2) + zy) to zy..highest after the convolution (ReLU), to all codes at the end
///     pooled   = max over 2x2, rows and columns 0..3 of 5
///     flat     = (row, column, channel) in this order
///
/// Weights are codes of the whole range, w1[o][i] = lowest + (37 i + 111 o i + 91 o + 5) mod n, and
/// w2[o][i] = lowest + (53 i + 129 o i + 29 o + 7) mod n; biases are {900, -700} and {-500, 1500, 250}; the image
/// counts up from the lowest code in steps of 71 (int16: 7919) from 3, modulo the number of codes. It asserts that no
/// product lies within 1e-4 of a tie, so a multiplier of 31 bits and an exact one round alike.
#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>

namespace golden_codes_test {
namespace {

using namespace qnn;

using Architecture = Sequential<Input<5, 5, 1>, Conv2d<2, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Flatten, Dense<3>>;

template <class P>
struct Numbers {
  using Parameters = typename P::activations::parameters;
  using WeightParameters = typename P::weights::parameters;
  Parameters input, hidden, output;
  std::array<WeightParameters, 2> first;
  std::array<WeightParameters, 3> second;
  Index input_step;
};

template <class P>
constexpr std::array<typename P::activation, 3> run(const Numbers<P>& numbers) {
  using WeightCode = typename P::weights::code;
  Network<Architecture, P> network;
  network.activation(0) = numbers.input;
  for (Index i = 1; i <= 4; ++i) {
    network.activation(i) = numbers.hidden;
  }
  network.activation(5) = numbers.output;

  const CodeRange codes = P::weight_codes;
  const Index n = codes.highest - codes.lowest + Index{1};
  // folded = b - zx sum (w - zw): what quantization leaves for the kernels.
  const auto fill = [&](auto& layer, const auto& parameters, const auto& bias, Index fan_in, Index step,
                        Index by_output, Index shift, Index start, std::int32_t zx) {
    for (Index o = 0; o < static_cast<Index>(parameters.size()); ++o) {
      const auto channel = static_cast<std::size_t>(o);
      layer.weight.parameters()[channel] = parameters[channel];
      std::int64_t folded = bias[channel];
      for (Index i = 0; i < fan_in; ++i) {
        const Index code = codes.lowest + (step * i + by_output * o * i + shift * o + start) % n;
        layer.weight.codes()[static_cast<std::size_t>(o * fan_in + i)] = static_cast<WeightCode>(code);
        folded -= zx * (code - parameters[channel].zero_point);
      }
      layer.folded_bias[channel] = static_cast<typename P::accumulator>(folded);
    }
  };
  fill(network.template layer<1>(), numbers.first, std::array{900, -700}, 9, 37, 111, 91, 5, numbers.input.zero_point);
  fill(network.template layer<5>(), numbers.second, std::array{-500, 1500, 250}, 8, 53, 129, 29, 7,
       numbers.hidden.zero_point);
  network.prepare();

  std::array<typename P::activation, 25> x{};
  const Index count = P::activation_codes.highest - P::activation_codes.lowest + Index{1};
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<typename P::activation>(P::activation_codes.lowest +
                                               (numbers.input_step * static_cast<Index>(i) + 3) % count);
  }
  std::array<typename P::activation, 3> y{};
  Arena<Network<Architecture, P>> arena;
  network.forward_codes({x.data(), 1}, {y.data(), 1}, arena);
  return y;
}

constexpr Numbers<Int8<>> symmetric{.input = {0.02f},
                                    .hidden = {0.25f},
                                    .output = {0.2f},
                                    .first = {{{0.01f}, {0.015f}}},
                                    .second = {{{0.005f}, {0.0075f}, {0.02f}}},
                                    .input_step = 71};
constexpr std::array<std::int8_t, 3> symmetric_codes{-49, -48, 76};
static_assert(run(symmetric) == symmetric_codes);

constexpr Numbers<Int8<Asymmetric>> asymmetric{.input = {0.02f, -20},
                                               .hidden = {0.15f, -128},
                                               .output = {0.12f, 14},
                                               .first = {{{0.01f}, {0.015f}}},
                                               .second = {{{0.005f}, {0.0075f}, {0.02f}}},
                                               .input_step = 71};
constexpr std::array<std::int8_t, 3> asymmetric_codes{-62, -72, 127};
static_assert(run(asymmetric) == asymmetric_codes);

using Unsigned = Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>;
constexpr Numbers<Unsigned> asymmetric_weights{.input = {0.02f, 100},
                                               .hidden = {0.2f, 5},
                                               .output = {0.5f, 130},
                                               .first = {{{0.01f, 13}, {0.015f, -40}}},
                                               .second = {{{0.005f, 0}, {0.0075f, 77}, {0.02f, -128}}},
                                               .input_step = 71};
constexpr std::array<std::uint8_t, 3> asymmetric_weight_codes{111, 60, 255};
static_assert(run(asymmetric_weights) == asymmetric_weight_codes);

constexpr Numbers<Int16<>> wide{.input = {0.0001f},
                                .hidden = {0.0008f},
                                .output = {0.002f},
                                .first = {{{0.00004f}, {0.00006f}}},
                                .second = {{{0.00002f}, {0.00003f}, {0.00008f}}},
                                .input_step = 7919};
constexpr std::array<std::int16_t, 3> wide_codes{-10236, -15201, -32768};
static_assert(run(wide) == wide_codes);

}  // namespace

TEST_CASE("the golden codes at run time, through the dispatching kernels") {
  CHECK(run(symmetric) == symmetric_codes);
  CHECK(run(asymmetric) == asymmetric_codes);
  CHECK(run(asymmetric_weights) == asymmetric_weight_codes);
  CHECK(run(wide) == wide_codes);
}

}  // namespace golden_codes_test
