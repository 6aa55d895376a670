// SPDX-License-Identifier: MIT
/// @file
/// Integer networks against their float twins, and against the formulas worked out directly.
#include "qnn/quantization/quantize.hpp"

#include "fixtures.hpp"
#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"
#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace quantize_test {

using namespace qnn;
using namespace qnn::fixtures;

namespace {

using Convolutional =
    Sequential<Input<9, 7, 2>, Conv2d<6, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Conv2d<8, Kernel<2>, Groups<2>>, ReLU6,
               AveragePool2d<2>, Flatten, Dropout<20>, Dense<12, NoBias>, ReLU, Dense<5>>;
template <class S, class W, class G = PerChannel, class Policy = IntegerMultiplier, class Code = std::int8_t>
using OfSchemes = Quantized<Format<std::int8_t, W, G>, Format<Code, S>, Policy>;

/// Decibels of the last stage.
template <class P, class Architecture>
double quality(const Network<Architecture, Float32>& net, const FloatDataset& data) {
  return signal_to_noise(net, quantize<P>(net, calibrate(net, data)), data).back().decibels();
}

/// What an 8-bit or 16-bit network of this depth reaches with room to spare; powers of two waste up to a bit of each
/// tensor.
template <class P>
constexpr double expected_decibels = (sizeof(typename P::weights::code) == 1 ? 22.0 : 62.0) -
                                     (P::requantization::scale_grid == ScaleGrid::powers_of_two ? 5.0 : 0.0);

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE_TEMPLATE("quantize: results are close to the float network's", P, Int8<>, Int8<Asymmetric>,
                   Int8<Symmetric, PerTensor>, Int8<Asymmetric, PerTensor>,
                   Int8<Symmetric, PerChannel, PowerOfTwoShift>, Int8<Asymmetric, PerTensor, PowerOfTwoShift>,
                   Int8<Symmetric, PerChannel, FloatScale>, Int8<Asymmetric, PerChannel, DoubleRounding>, Int16<>,
                   Int16<Asymmetric>, Int16<Symmetric, PerTensor>, Int16<Asymmetric, PerChannel, PowerOfTwoShift>,
                   OfSchemes<Symmetric, Asymmetric>, OfSchemes<Asymmetric, Asymmetric>,
                   OfSchemes<Asymmetric, Asymmetric, PerTensor>,
                   OfSchemes<Asymmetric, Symmetric, PerChannel, IntegerMultiplier, std::uint8_t>,
                   OfSchemes<Symmetric, Symmetric, PerChannel, IntegerMultiplier, std::int16_t>) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    const auto net = random_network<Convolutional>(seed);
    const auto data = random_examples<Convolutional>(40);
    const auto quantized = quantize<P>(net, calibrate(net, data));
    for (const SignalToNoise& stage : signal_to_noise(net, quantized, data)) {
      CAPTURE(stage.layer);
      CHECK(stage.decibels() > expected_decibels<P>);
    }
    CHECK(quantized.template layer<1>().biases_within_proof());
  }
}

TEST_CASE_TEMPLATE("quantize: errors have no preferred sign", P, Int8<>, Int8<Asymmetric>,
                   Int8<Asymmetric, PerChannel, FloatScale>, Int8<Asymmetric, PerChannel, DoubleRounding>, Int16<>,
                   Int8<Asymmetric, PerTensor, PowerOfTwoShift>, OfSchemes<Asymmetric, Asymmetric>) {
  // The rounded weights of one network shift each output a little, always the same way; over networks that cancels, and
  // what remains would be a mistake in a rounding.
  constexpr int networks = 24;
  const auto data = random_examples<Convolutional>(20);
  double input = 0, output = 0;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    const auto net = random_network<Convolutional>(seed);
    const auto stages = signal_to_noise(net, quantize<P>(net, calibrate(net, data)), data);
    const auto relative_bias = [](const SignalToNoise& stage) {
      return stage.bias() / std::sqrt(stage.noise / static_cast<double>(stage.count));
    };
    input = relative_bias(stages.front());
    output += relative_bias(stages.back()) / networks;
  }
  CHECK(std::fabs(input) < 0.1);
  CHECK(std::fabs(output) < 0.3);
}

TEST_CASE("quantize: twice gives equal networks, in place or returned") {
  using P = OfSchemes<Asymmetric, Asymmetric>;
  const auto net = random_network<Convolutional>(7);
  const auto ranges = calibrate(net, random_examples<Convolutional>(10));
  const auto one = quantize<P>(net, ranges);
  Network<Convolutional, P> other = quantize<P>(random_network<Convolutional>(8), ranges);
  quantize_to(other, net, ranges);
  CHECK(one.layer<1>().weight == other.layer<1>().weight);
  CHECK(one.layer<4>().weight == other.layer<4>().weight);
  CHECK(one.layer<11>().weight == other.layer<11>().weight);
  CHECK(one.layer<1>().folded_bias == other.layer<1>().folded_bias);
  CHECK(one.layer<11>().folded_bias == other.layer<11>().folded_bias);
  CHECK(one.layer<1>().stage.multipliers == other.layer<1>().stage.multipliers);
  for (Index layer = 0; layer < 12; ++layer) {
    CHECK(one.activation(layer) == other.activation(layer));
  }
  const std::vector<float> x = random_values(3 * 126, 1);
  CHECK(run(one, x) == run(other, x));
}

TEST_CASE("quantize: scale, code and bias of one neuron, by hand") {
  using One = Sequential<Input<2>, Dense<1>>;
  Network<One, Float32> net;
  const std::array<float, 3> values{1.27f, -0.635f, 0.5f};
  std::copy(values.begin(), values.end(), net.parameters().begin());
  Ranges<One> ranges;
  ranges.of_layer = {Range{-12.7f, 6}, Range{-25.4f, 0}};
  const auto quantized = quantize<Int8<>>(net, ranges);
  CHECK(quantized.activation(0).scale == doctest::Approx(0.1));
  CHECK(quantized.activation(1).scale == doctest::Approx(0.2));
  const auto& dense = quantized.layer<1>();
  CHECK(dense.weight.parameters()[0].scale == doctest::Approx(0.01));
  CHECK(dense.weight.codes()[0] == 127);
  CHECK(std::abs(dense.weight.codes()[1] - -63) <= 1);  // -63.5, on the edge
  CHECK(dense.folded_bias[0] == 500);                   // 0.5 / (0.1 * 0.01)
  // x = (2, -1): codes 20, -10. acc = 2540 + 630 or 640 + 500, times 0.001 / 0.2, is 18.35 or 18.4.
  CHECK(run(quantized, {2, -1})[0] == doctest::Approx(18 * 0.2));

  // The same input range one-sided: 0..25.5 has scale 0.1 and zero point -128, which goes into the bias.
  ranges.of_layer[0] = {0, 25.5f};
  const auto asymmetric = quantize<Int8<Asymmetric>>(net, ranges);
  CHECK(asymmetric.activation(0).zero_point == -128);
  CHECK(asymmetric.layer<1>().folded_bias[0] == 500 + 128 * (127 + asymmetric.layer<1>().weight.codes()[1]));
}

TEST_CASE_TEMPLATE("quantize: folded zero points give what (qx - zx)(qw - zw) + qb gives", P, Int8<>, Int8<Asymmetric>,
                   OfSchemes<Symmetric, Asymmetric>, OfSchemes<Asymmetric, Asymmetric>,
                   OfSchemes<Asymmetric, Asymmetric, PerTensor>,
                   OfSchemes<Asymmetric, Asymmetric, PerChannel, FloatScale>, Int16<Asymmetric>,
                   OfSchemes<Asymmetric, Asymmetric, PerChannel, PowerOfTwoShift, std::uint8_t>) {
  using Net = Sequential<Input<5, 4, 3>, Conv2d<4, Kernel<3>, Same, Stride<2>>, Flatten, Dense<3>>;
  const auto net = random_network<Net>(3);
  const auto quantized = quantize<P>(net, calibrate(net, random_examples<Net>(30)));
  using Code = typename P::activation;
  const std::vector<float> x = random_values(60, 9);

  const auto direct = [&](const auto& linear, std::int64_t sum, const auto& in, const auto& out, float bias, Index o) {
    const double scale = static_cast<double>(in.scale) * static_cast<double>(linear.weight.parameters(o).scale);
    const auto code = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(bias) / scale));
    const double multiplier = scale / static_cast<double>(out.scale);
    const auto scaled = P::requantization::apply(static_cast<typename P::accumulator>(sum + code),
                                                 P::requantization::multiplier(multiplier));
    return static_cast<Code>(P::activation_codes.clamp(std::int64_t{scaled} + out.zero_point));
  };
  const auto weight_term = [](const auto& weight, Index o, Index k, Index fan_in) {
    return std::int64_t{weight.codes()[static_cast<std::size_t>(o * fan_in + k)]} - weight.parameters(o).zero_point;
  };

  std::vector<Code> input(60), middle, expected;
  std::transform(x.begin(), x.end(), input.begin(),
                 [&](float real) { return quantize_value<Code>(real, quantized.activation(0), P::activation_codes); });
  const auto& conv = quantized.template layer<1>();
  for (Index row = 0; row < 3; ++row) {
    for (Index column = 0; column < 2; ++column) {
      for (Index o = 0; o < 4; ++o) {
        std::int64_t sum = 0;
        for (Index k = 0; k < 27; ++k) {
          // Same, with stride 2: one row of padding above and below; of the columns none to the left, one to the right.
          const Index r = 2 * row + k / 9 - 1, c = 2 * column + k / 3 % 3;
          if (r >= 0 && r < 5 && c < 4) {
            sum += (input[static_cast<std::size_t>((r * 4 + c) * 3 + k % 3)] - quantized.activation(0).zero_point) *
                   weight_term(conv.weight, o, k, 27);
          }
        }
        middle.push_back(direct(conv, sum, quantized.activation(0), quantized.activation(1),
                                net.parameters()[static_cast<std::size_t>(108 + o)], o));
      }
    }
  }
  const auto& dense = quantized.template layer<3>();
  for (Index o = 0; o < 3; ++o) {
    std::int64_t sum = 0;
    for (Index k = 0; k < 24; ++k) {
      sum += (middle[static_cast<std::size_t>(k)] - quantized.activation(2).zero_point) *
             weight_term(dense.weight, o, k, 24);
    }
    expected.push_back(direct(dense, sum, quantized.activation(2), quantized.activation(3),
                              net.parameters()[static_cast<std::size_t>(112 + 72 + o)], o));
  }
  std::vector<Code> found(3);
  Arena<Network<Net, P>> arena;
  quantized.forward_codes({input.data(), 1}, {found.data(), 1}, arena);
  CHECK(found == expected);
}

TEST_CASE_TEMPLATE("quantize: power-of-two policies have power-of-two scales", P,
                   Int8<Symmetric, PerChannel, PowerOfTwoShift>, Int8<Asymmetric, PerTensor, PowerOfTwoShift>,
                   Int16<Asymmetric, PerChannel, PowerOfTwoShift>) {
  const auto net = random_network<Convolutional>(2);
  const auto quantized = quantize<P>(net, calibrate(net, random_examples<Convolutional>(10)));
  const auto is_power = [](float scale) { return power_of_two_above(scale) == scale; };
  for (Index layer = 0; layer < 12; ++layer) {
    CHECK(is_power(quantized.activation(layer).scale));
  }
  for (const auto& parameters : quantized.template layer<1>().weight.parameters()) {
    CHECK(is_power(parameters.scale));
  }
}

TEST_CASE("quantize: one scale for each channel is at least as good, and far better where channels differ") {
  auto net = random_network<Convolutional>(4);
  const auto data = random_examples<Convolutional>(30);
  CHECK(quality<Int8<>>(net, data) > quality<Int8<Symmetric, PerTensor>>(net, data) - 1);
  for (std::size_t i = 0; i < 108; ++i) {  // channel o of the first layer by 4^-o
    net.parameters()[i] *= static_cast<float>(std::pow(4.0, -static_cast<double>(i / 18)));
  }
  const auto stage = [&](const auto& quantized) { return signal_to_noise(net, quantized, data)[1].noise; };
  const auto ranges = calibrate(net, data);
  CHECK(stage(quantize<Int8<>>(net, ranges)) < stage(quantize<Int8<Symmetric, PerTensor>>(net, ranges)));
  // The weights themselves: per channel, every one is within half of its own channel's step.
  const auto per_channel = quantize<Int8<>>(net, ranges).layer<1>().weight.dequantize();
  const auto per_tensor = quantize<Int8<Symmetric, PerTensor>>(net, ranges).layer<1>().weight.dequantize();
  const auto relative_error = [&](const std::vector<float>& reals) {
    double worst = 0;
    for (std::size_t o = 0; o < 6; ++o) {
      double noise = 0, signal = 0;
      for (std::size_t i = 18 * o; i < 18 * (o + 1); ++i) {
        const double wanted = static_cast<double>(net.parameters()[i]);
        noise += std::pow(static_cast<double>(reals[i]) - wanted, 2);
        signal += wanted * wanted;
      }
      worst = std::max(worst, std::sqrt(noise / signal));
    }
    return worst;
  };
  CHECK(relative_error(per_channel) < 0.01);
  CHECK(relative_error(per_tensor) > 0.5);
}

TEST_CASE_TEMPLATE("quantize: channels of zeros, no bias, and biases far larger than the weights", P, Int8<>,
                   Int8<Asymmetric>, Int8<Asymmetric, PerTensor>, Int8<Symmetric, PerChannel, PowerOfTwoShift>, Int16<>,
                   OfSchemes<Asymmetric, Asymmetric>, OfSchemes<Asymmetric, Asymmetric, PerTensor>) {
  using Net = Sequential<Input<4>, Dense<3>>;
  const FloatDataset data({0.1f, 0.9f, -0.4f, 0.5f, 1, -1, 0.2f, 0.3f}, {4}, {0, 0}, 1);
  const std::vector<float> x{0.1f, 0.9f, -0.4f, 0.5f, 1, -1, 0.2f, 0.3f};
  const auto check = [&](const std::vector<float>& parameters) {
    Network<Net, Float32> net;
    std::copy(parameters.begin(), parameters.end(), net.parameters().begin());
    const auto quantized = quantize<P>(net, calibrate(net, data));
    CHECK(quantized.template layer<1>().biases_within_proof());
    const auto expected = run(net, x), found = run(quantized, x);
    const double largest = std::max(static_cast<double>(range_of(expected).magnitude()), 1e-12);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CHECK(static_cast<double>(found[i]) ==
            doctest::Approx(static_cast<double>(expected[i])).epsilon(0.03).scale(largest));
    }
  };
  SUBCASE("all zero") { check({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}); }
  SUBCASE("one channel of zeros") { check({1, 2, -1, 0.5f, 0, 0, 0, 0, -1, 1, 0.3f, 2, 0.1f, 0.2f, -0.3f}); }
  SUBCASE("zeros with a bias") { check({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, -7, 0}); }
  SUBCASE("zero biases") { check({1, 2, -1, 0.5f, 1, 1, 1, 1, -1, 1, 0.3f, 2, 0, 0, 0}); }
  SUBCASE("huge biases") { check({1e-7f, 2e-7f, 0, 1e-7f, 1, 1, 1, 1, -1e-9f, 0, 0, 0, 1000, 900, -1000}); }
  SUBCASE("tiny weights everywhere") {
    check({1e-9f, 2e-9f, 0, 1e-9f, 1e-9f, 0, 0, 0, -1e-9f, 0, 0, 0, 1e4f, -2e4f, 3e4f});
  }
  SUBCASE("one-sided weights") { check({1, 2, 1, 0.5f, -1, -1, -2, -1, 1, 1, 1, 3, 0.5f, 0.5f, 0.5f}); }
}

TEST_CASE_TEMPLATE("quantize: what has no code is refused, naming the layer", P, Int8<>, Int8<Asymmetric, PerTensor>,
                   Int16<>) {
  using Net = Sequential<Input<2>, Dense<2>, ReLU, Dense<1>>;
  auto good = random_network<Net>(1);
  Ranges<Net> ranges;
  ranges.of_layer = {Range{-1, 1}, Range{-1, 1}, Range{0, 1}, Range{-1, 1}};
  CHECK_NOTHROW(quantize<P>(good, ranges));
  for (const float bad : {not_a_number, infinity, -infinity}) {
    for (const std::size_t position : {std::size_t{6}, std::size_t{8}}) {  // weight and bias of layer 3
      auto net = good;
      net.parameters()[position] = bad;
      CHECK_THROWS_WITH_AS(quantize<P>(net, ranges), doctest::Contains("layer 3 (Dense): "), NumericError);
    }
    auto net = good;
    net.parameters()[0] = bad;
    CHECK_THROWS_WITH_AS(quantize<P>(net, ranges), doctest::Contains("layer 1 (Dense): "), NumericError);
    Ranges<Net> broken = ranges;
    broken.of_layer[2] = {0, bad};
    CHECK_THROWS_WITH_AS(quantize<P>(good, broken), doctest::Contains("layer 1 (Dense): "), NumericError);
  }
  CHECK_THROWS_WITH_AS(quantize<P>(good, Ranges<Net>{}), doctest::Contains("layer 0 (Input): "), NumericError);
  Ranges<Net> apart = ranges;  // scales of input and output that no multiplier can join
  apart.of_layer[0] = {-1e13f, 1e13f};
  apart.of_layer[2] = {0, 1e-9f};
  CHECK_THROWS_WITH_AS(quantize<P>(good, apart), doctest::Contains("layer 1 (Dense): qnn: requantization multiplier"),
                       NumericError);
  Ranges<Net> absurd = ranges;
  absurd.of_layer[3] = {-1e38f, 1e38f};
  CHECK_THROWS_WITH_AS(quantize<P>(good, absurd), doctest::Contains("layer 3 (Dense): "), NumericError);
}

TEST_CASE("quantize: the range of a stage is taken behind its activation") {
  using Net = Sequential<Input<2>, Dense<2>, ReLU, Dense<1>>;
  const auto net = random_network<Net>(1);
  Ranges<Net> ranges;
  ranges.of_layer = {Range{-1, 1}, Range{-100, 2}, Range{0, 2}, Range{-1, 1}};
  const auto quantized = quantize<Int8<Asymmetric>>(net, ranges);
  CHECK(quantized.activation(1).scale == doctest::Approx(2.0 / 255));
  CHECK(quantized.activation(1).zero_point == -128);
  CHECK(quantized.activation(2) == quantized.activation(1));
}

}  // namespace quantize_test
