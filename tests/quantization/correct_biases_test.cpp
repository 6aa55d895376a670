// SPDX-License-Identifier: MIT
/// @file
/// Corrected biases take back the mean error of each channel.
#include "qnn/quantization/correct_biases.hpp"

#include "fixtures.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/evaluation/predict.hpp"
#include "qnn/quantization/equalize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace correct_biases_test {

using namespace qnn;
using namespace qnn::fixtures;

namespace {

using Net = Sequential<Input<8, 8, 2>, Conv2d<6, Kernel<3>, Same, NoBias>, BatchNorm, ReLU6, DepthwiseConv2d<Kernel<3>>,
                       BatchNorm, ReLU, Residual<Sequential<Conv2d<6, Kernel<1>>>>, ReLU, Flatten, Dense<5>>;
using Pair = Sequential<Input<4>, Dense<8>, BatchNorm, ReLU, Dense<3>>;
/// Few codes for weights, so that there is something to correct: scales as if of the tensor with the largest weight.
using Coarse = Int8<Asymmetric, PerTensor>;

/// One weight of each linear layer is so large that the others keep few codes.
template <class Architecture>
Network<Architecture, Float32> coarse_network(std::uint64_t seed) {
  auto net = random_network<Architecture>(seed);
  detail::for_each_linear_layer<Architecture>(
      [&]<Index I>(IndexConstant<I>) { stage_parameters<Architecture, I>(net.parameters()).weights[0] *= 20.0f; });
  return net;
}

/// The root mean square over channels of the mean error of each output.
template <class P, class Architecture>
double mean_error(const Network<Architecture, Float32>& reference, const Network<Architecture, Float32>& net,
                  const Ranges<Architecture>& ranges, const FloatDataset& data) {
  const auto expected = predict(reference, data), found = predict(quantize<P>(net, ranges), data);
  const auto outputs = static_cast<std::size_t>(Trace<Architecture>::output::size);
  detail::ChannelMean mean(outputs);
  std::vector<float> errors(expected.size());
  std::transform(found.begin(), found.end(), expected.begin(), errors.begin(), std::minus<>());
  mean.add(errors);
  double sum = 0;
  for (std::size_t c = 0; c < outputs; ++c) {
    sum += mean[c] * mean[c];
  }
  return std::sqrt(sum / static_cast<double>(outputs));
}

}  // namespace

TEST_CASE("ChannelMean: by hand") {
  detail::ChannelMean mean(2);
  mean.add(std::vector<float>{1, 10, 3, 20});
  mean.add(std::vector<float>{5, 60});
  CHECK(mean[0] == doctest::Approx(3));
  CHECK(mean[1] == doctest::Approx(30));
}

TEST_CASE_TEMPLATE("correct_biases: the mean error of every output falls, also on other examples", P, Coarse,
                   Int8<Symmetric, PerTensor>) {
  const auto data = random_examples<Net>(200, 5), others = random_examples<Net>(200, 6);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto net = coarse_network<Net>(seed);
    const auto ranges = calibrate(net, data);
    const auto corrected = correct_biases<P>(net, ranges, data, {.batch = 30});
    const double before = mean_error<P>(net, net, ranges, data), after = mean_error<P>(net, corrected, ranges, data);
    MESSAGE("mean error before " << before << ", after " << after);
    CHECK(after < 0.5 * before);
    CHECK(mean_error<P>(net, corrected, ranges, others) < 0.7 * mean_error<P>(net, net, ranges, others));
    // Weights are those of the folded network.
    const auto folded = fold_batch_norms(net);
    const auto expected = stage_parameters<Net, 4>(folded.parameters()),
               found = stage_parameters<Net, 4>(corrected.parameters());
    CHECK(std::equal(expected.weights.begin(), expected.weights.end(), found.weights.begin()));
  }
}

TEST_CASE("correct_biases: one neuron by hand") {
  using One = Sequential<Input<2>, Dense<1>>;
  Network<One, Float32> net;
  const std::array<float, 3> values{1.27f, 0.004f, 0.5f};  // codes 127 and 0: the second weight is lost
  std::copy(values.begin(), values.end(), net.parameters().begin());
  Ranges<One> ranges;
  ranges.of_layer = {Range{-127, 127}, Range{-254, 254}};
  const FloatDataset data({10, 100, -10, 50}, {2}, {0, 0}, 1);
  const auto corrected = correct_biases<Int8<>>(net, ranges, data);
  CHECK(corrected.parameters()[2] == doctest::Approx(0.5 + 0.004 * 75));
}

TEST_CASE("correct_biases_towards: one neuron by hand, corrected twice towards the same reference") {
  const FloatDataset data({10, 100, -10, 50}, {2}, {0, 0}, 1);
  const auto check = [&]<class One>(const std::vector<float>& values, std::size_t addend) {
    Network<One, Float32> net;
    std::copy(values.begin(), values.end(), net.parameters().begin());
    Ranges<One> ranges;
    ranges.of_layer.fill({-254, 254});
    ranges.of_layer[0] = {-127, 127};
    const auto once = correct_biases_towards<Int8<>>(net, net, ranges, data);
    const auto twice = correct_biases_towards<Int8<>>(net, once, ranges, data);
    CHECK(once.parameters()[addend] == doctest::Approx(0.5 + 0.004 * 75));
    CHECK(twice.parameters()[addend] == doctest::Approx(0.5 + 0.004 * 75));
  };
  check.operator()<Sequential<Input<2>, Dense<1>>>({1.27f, 0.004f, 0.5f}, 2);
  // The bias stands in the BatchNorm: scale, shift, mean, variance.
  check.operator()<Sequential<Input<2>, Dense<1, NoBias>, BatchNorm>>(
      {1.27f, 0.004f, 1.0f, 0.5f, 0.0f, 1.0f - BatchNorm::epsilon}, 3);
}

TEST_CASE("correct_biases: without data, from the statistics of the BatchNorm") {
  // Inputs for which the statistics hold: the BatchNorm is given the mean and variance of what it reads.
  double before = 0, after = 0, empirical = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto net = coarse_network<Pair>(seed);
    const auto data = random_examples<Pair>(4000, seed);
    const auto stage = stage_parameters<Pair, 1>(net.parameters());
    std::vector<double> sums(8), squares(8);
    detail::observe_layers(net, data, 100, [&](Index layer, std::span<const float> x, Range) {
      for (std::size_t k = 0; layer == 1 && k < x.size(); ++k) {
        sums[k % 8] += static_cast<double>(x[k]) / 4000;
        squares[k % 8] += static_cast<double>(x[k]) * static_cast<double>(x[k]) / 4000;
      }
    });
    for (std::size_t c = 0; c < 8; ++c) {
      stage.normalization[16 + c] = static_cast<float>(sums[c]);
      stage.normalization[24 + c] = static_cast<float>(squares[c] - sums[c] * sums[c]);
    }
    const auto ranges = calibrate(net, data);
    const auto statistics = batch_norm_statistics(net);
    const auto corrected = correct_biases<Coarse>(net, ranges, statistics);
    before += mean_error<Coarse>(net, net, ranges, data);
    after += mean_error<Coarse>(net, corrected, ranges, data);
    empirical += mean_error<Coarse>(net, correct_biases<Coarse>(net, ranges, data), ranges, data);
  }
  MESSAGE("mean error before " << before << ", analytic " << after << ", empirical " << empirical);
  CHECK(after < 0.6 * before);
  CHECK(empirical <= after);
}

TEST_CASE("correct_biases: what knows nothing stays; corrections compose") {
  const auto net = coarse_network<Net>(1);
  const auto data = random_examples<Net>(50);
  const auto ranges = calibrate(net, data);
  const auto folded = fold_batch_norms(net);
  const auto same = correct_biases<Int8<>>(net, ranges, OutputStatistics<Net>{});
  CHECK(std::equal(folded.parameters().begin(), folded.parameters().end(), same.parameters().begin()));

  auto statistics = batch_norm_statistics(net);
  const auto equalized = equalize(net, statistics);
  const auto new_ranges = calibrate(equalized, data);
  const auto corrected = correct_biases<Coarse>(equalized, new_ranges, statistics);
  const auto twice = correct_biases<Coarse>(corrected, new_ranges, data);
  CHECK(largest(run(twice, random_values(128, 1))) < 1e6);
  CHECK(mean_error<Coarse>(equalized, twice, new_ranges, data) <= mean_error<Coarse>(net, net, ranges, data));
  CHECK_THROWS_AS(correct_biases<Int8<>>(net, ranges, data, {.batch = 0}), ArgumentError);

  // Weights that were rounded before know nothing of the error; the network that they came from does.
  auto rounded = equalized;
  const auto codes = quantize<Coarse>(equalized, new_ranges);
  detail::for_each_linear_layer<Net>([&]<Index I>(IndexConstant<I>) {
    codes.template layer<I>().weight.dequantize(stage_parameters<Net, I>(rounded.parameters()).weights);
  });
  const auto towards = correct_biases_towards<Coarse>(equalized, rounded, new_ranges, data);
  const double before = mean_error<Coarse>(equalized, rounded, new_ranges, data);
  CHECK(mean_error<Coarse>(equalized, towards, new_ranges, data) < 0.5 * before);
}

}  // namespace correct_biases_test
