// SPDX-License-Identifier: MIT
/// @file
/// Equalization keeps the function and brings the weights on both sides of a channel to one range.
#include "qnn/quantization/equalize.hpp"

#include "fixtures.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace equalize_test {

using namespace qnn;
using namespace qnn::fixtures;

namespace {

using Mobile = Sequential<Input<8, 8, 3>, Conv2d<6, Kernel<3>, Same, NoBias>, BatchNorm, ReLU,
                          DepthwiseConv2d<Kernel<3>, Same, Multiplier<2>>, BatchNorm, ReLU, MaxPool2d<2>,
                          Conv2d<8, Kernel<1>, Groups<4>>, BatchNorm, LeakyReLU<20>, AveragePool2d<2>, Flatten,
                          Dropout<10>, Dense<7>, ReLU, Dense<4>>;
/// Nothing may move here: ReLU6, a second reader, a join, a function that is not homogeneous.
using Fixed = Sequential<Input<6, 6, 2>, Conv2d<4, Kernel<3>, Same>, ReLU6, Conv2d<4, Kernel<3>, Same>, ReLU,
                         Residual<Sequential<Conv2d<4, Kernel<3>, Same>>>, ReLU, Conv2d<4, Kernel<1>>, HardSwish,
                         Flatten, Dense<3>>;
using Plain = Sequential<Input<3>, Dense<4>, BatchNorm, ReLU, Dense<2>>;

template <class Net>
std::vector<Index> layers_of(const std::vector<LinearPair>& pairs) {
  std::vector<Index> layers;
  for (const LinearPair& pair : pairs) {
    layers.insert(layers.end(), {pair.first.layer, pair.second.layer});
  }
  return layers;
}

/// Channels of the weights by powers of ten apart, as BatchNorm makes them in depthwise networks.
template <class Net>
Network<Net, Float32> uneven_network(std::uint64_t seed) {
  auto net = random_network<Net>(seed);
  Random random(seed + 7);
  detail::for_each_linear_layer<Net>([&]<Index I>(IndexConstant<I>) {
    const auto stage = stage_parameters<Net, I>(net.parameters());
    for (std::size_t o = 0; o < stage.channels; ++o) {
      const float factor = std::exp(1.5f * random.normal());
      for (float& weight : stage.weights.subspan(o * stage.fan_in(), stage.fan_in())) {
        weight *= factor;
      }
    }
  });
  return net;
}

}  // namespace

TEST_CASE("linear_pairs: only where one stage alone reads another through homogeneous layers") {
  auto mobile = random_network<Mobile>(1);
  CHECK(layers_of<Mobile>(linear_pairs<Mobile>(mobile.parameters())) == std::vector<Index>{1, 4, 4, 8, 8, 14, 14, 16});
  auto fixed = random_network<Fixed>(1);
  CHECK(linear_pairs<Fixed>(fixed.parameters()).empty());
  const auto pairs = linear_pairs<Mobile>(mobile.parameters());
  CHECK(!pairs[0].direct);  // the second pads
  CHECK(!pairs[1].direct);  // pooling between
  CHECK(pairs[3].direct);
  // Depthwise with multiplier 2: output o reads channel o / 2. Groups of 3 inputs and 2 outputs: of 12 channels.
  CHECK(pairs[0].read(5, 4) == 2);
  CHECK(pairs[1].read(5, 1) == 7);
  CHECK(pairs[2].read(3, 13) == 5);  // behind Flatten, channels last: 13 mod 8
}

TEST_CASE("equalize: two neurons by hand") {
  using Net = Sequential<Input<1>, Dense<2>, ReLU, Dense<1>>;
  Network<Net, Float32> net;
  const std::vector<float> values{8, 0.5f, 4, 1, 0.5f, 8, 3};  // w1, b1; w2, b2
  std::copy(values.begin(), values.end(), net.parameters().begin());
  const auto result = equalize(net);
  const std::vector<float> expected{2, 2, 1, 4, 2, 2, 3};  // factors 4 and 1/4
  CHECK(std::equal(expected.begin(), expected.end(), result.parameters().begin()));
}

TEST_CASE("equalize: the function stays, and the ranges of both sides become one") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto net = uneven_network<Mobile>(seed);
    auto result = equalize(net, {.sweeps = 500, .tolerance = 1e-5});
    const auto x = random_values(4 * 192, seed);
    const auto expected = run(net, x);
    CHECK(largest_difference(expected, run(result, x)) < 1e-4 * largest(expected));
    for (const LinearPair& pair : linear_pairs<Mobile>(result.parameters())) {
      for (const float factor : detail::equalizing_factors(pair)) {
        CHECK(factor == doctest::Approx(1).epsilon(1e-3));
      }
    }
  }
  const auto fixed = random_network<Fixed>(2);
  const auto same = equalize(fixed);
  CHECK(std::equal(fixed.parameters().begin(), fixed.parameters().end(), same.parameters().begin()));
}

TEST_CASE("equalize: channels of zeros stay") {
  auto net = random_network<Mobile>(1);
  const auto stage = stage_parameters<Mobile, 4>(net.parameters());
  std::ranges::fill(stage.weights.first(18), 0.0f);
  const auto result = equalize(net);
  CHECK(std::all_of(result.parameters().begin(), result.parameters().end(),
                    [](float value) { return std::isfinite(value); }));
  const auto x = random_values(192, 1);
  CHECK(largest_difference(run(net, x), run(result, x)) < 1e-4 * largest(run(net, x)));
}

TEST_CASE_TEMPLATE("equalize: one scale a tensor suffices afterwards", P, Int8<Symmetric, PerTensor>,
                   Int8<Asymmetric, PerTensor>) {
  double before = 0, after = 0;
  const auto data = random_examples<Mobile>(40);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto net = uneven_network<Mobile>(seed);
    const auto quality = [&](const Network<Mobile, Float32>& float_net) {
      const auto quantized = quantize<P>(float_net, calibrate(float_net, data));
      return signal_to_noise(float_net, quantized, data).back().decibels() / 5;
    };
    before += quality(net);
    after += quality(equalize(net));
  }
  MESSAGE("decibels before and after: " << before << ", " << after);
  CHECK(after > before + 3);
}

TEST_CASE("equalize: statistics follow the network, and absorbed biases change nothing above 0") {
  Network<Plain, Float32> net = random_network<Plain>(3);
  const auto stage = stage_parameters<Plain, 1>(net.parameters());
  for (std::size_t c = 0; c < 4; ++c) {
    stage.normalization[c] = c == 1 ? -0.5f : 0.5f;                          // deviation
    stage.normalization[4 + c] = c == 3 ? 0.1f : static_cast<float>(4 + c);  // mean
  }
  auto statistics = batch_norm_statistics(net);
  CHECK(statistics.of_layer[1].mean == std::vector<float>{4, 5, 6, 0.1f});
  CHECK(statistics.of_layer[1].deviation == std::vector<float>{0.5f, 0.5f, 0.5f, 0.5f});
  CHECK(statistics.of_layer[4].empty());

  auto equalized = equalize(net, statistics);
  const auto before = stage_parameters<Plain, 1>(std::as_const(equalized).parameters());
  auto folded = fold_batch_norms(net);
  const auto whole = stage_parameters<Plain, 1>(std::as_const(folded).parameters());
  for (std::size_t c = 0; c < 4; ++c) {
    const float factor = whole.bias[c] / before.bias[c];
    CHECK(statistics.of_layer[1].mean[c] * factor == doctest::Approx(c == 3 ? 0.1f : static_cast<float>(4 + c)));
    CHECK(statistics.of_layer[1].deviation[c] * factor == doctest::Approx(0.5f));
  }
  const auto scaled = statistics;
  const auto absorbed = absorb_biases(equalized, statistics);
  const auto after = stage_parameters<Plain, 1>(absorbed.parameters());
  for (std::size_t c = 0; c < 4; ++c) {
    const float surplus = std::max(0.0f, scaled.of_layer[1].mean[c] - 3 * scaled.of_layer[1].deviation[c]);
    CHECK((c == 3) == (surplus == 0.0f));
    CHECK(after.bias[c] == doctest::Approx(before.bias[c] - surplus));
    CHECK(statistics.of_layer[1].mean[c] == doctest::Approx(scaled.of_layer[1].mean[c] - surplus));
  }
  // With inputs whose activations all lie above what was absorbed the function is the same, with a smaller range.
  std::vector<float> x;
  for (const float value : random_values(3 * 2000, 4)) {
    x.push_back(0.2f * value);
  }
  const FloatDataset data(x, {3}, std::vector<std::int32_t>(2000), 1);
  CHECK(largest_difference(run(equalized, x), run(absorbed, x)) < 1e-3 * largest(run(equalized, x)));
  CHECK(calibrate(absorbed, data).of_layer[3].highest < calibrate(equalized, data).of_layer[3].highest);
}

TEST_CASE("clamped_normal_mean: against sampling, and its limits") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Random random(1);
  for (const Clamp clamp : {Clamp{0, infinity}, Clamp{0, 6}, Clamp{-1, 2}, Clamp{}}) {
    for (const double mean : {-2.0, 0.0, 1.5}) {
      for (const double deviation : {0.0, 0.5, 3.0}) {
        double sum = 0;
        for (int k = 0; k < 20000; ++k) {
          sum += static_cast<double>(
              clamp.apply(static_cast<float>(mean + deviation * static_cast<double>(random.normal()))));
        }
        CHECK(std::fabs(detail::clamped_normal_mean(mean, deviation, clamp) - sum / 20000) < 0.03 * deviation + 1e-5);
      }
    }
  }
  CHECK(detail::clamped_normal_mean(0, 1, {0, infinity}) == doctest::Approx(0.3989422804));
}

TEST_CASE("equalize: options out of range") {
  const auto net = random_network<Plain>(1);
  CHECK_THROWS_AS(equalize(net, {.sweeps = 0}), ArgumentError);
  CHECK_THROWS_AS(equalize(net, {.tolerance = -1}), ArgumentError);
  CHECK_THROWS_AS(equalize(net, {.tolerance = std::nan("")}), ArgumentError);
}

}  // namespace equalize_test
