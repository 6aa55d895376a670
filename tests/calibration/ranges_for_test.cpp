// SPDX-License-Identifier: MIT
/// @file
/// Methods of calibration against values worked out by hand and against brute force.
#include "qnn/calibration/ranges_for.hpp"

#include "fixtures.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/core/random.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ranges_for_test {

using namespace qnn;
using namespace qnn::fixtures;

namespace {

/// What quantization by the range really costs.
double real_error(const std::vector<float>& values, Range range, const LevelRule& levels) {
  const auto parameters = levels.parameters_for(range);
  double sum = 0;
  for (const float value : values) {
    const auto code = quantize_value<std::int16_t>(value, parameters, levels.codes);
    sum += std::pow(static_cast<double>(value - dequantize_value(code, parameters)), 2);
  }
  return sum;
}

/// The smallest real error of many ranges: both ends on a grid of `steps`.
double brute_force(const std::vector<float>& values, const LevelRule& levels, int steps) {
  const Range whole = range_of(values);
  double least = std::numeric_limits<double>::infinity();
  for (int low = 1; low <= steps; ++low) {
    for (int high = 1; high <= steps; ++high) {
      if ((levels.symmetric || whole.lowest >= 0) && low != high) {
        continue;
      }
      const auto share = [&](int k) { return static_cast<float>(k) / static_cast<float>(steps); };
      least = std::min(least, real_error(values, {share(low) * whole.lowest, share(high) * whole.highest}, levels));
    }
  }
  return least;
}

}  // namespace

TEST_CASE("MinMax and MovingAverage choose what they observed") {
  Observation observation(MovingAverage(0.5f));
  observation.observe(std::vector<float>{-1, 4}, {-1, 4});
  observation.observe(std::vector<float>{-3, 2}, {-3, 2});
  CHECK(choose_range(MinMax{}, observation, symmetric8) == Range{-3, 4});
  CHECK(choose_range(MovingAverage(0.5f), observation, symmetric8) == Range{-2, 3});
  CHECK_THROWS_WITH_AS(choose_range(MovingAverage(0.25f), observation, symmetric8),
                       doctest::Contains("expected 0.500000, that of the observation, found 0.250000"), ArgumentError);
}

TEST_CASE("Percentile: known values") {
  std::vector<float> values;  // 1..100, one of each
  for (int k = 1; k <= 100; ++k) {
    values.push_back(static_cast<float>(k));
  }
  const double bin = 128.0 / 2048;
  const auto highest = [&](double share, const LevelRule& levels) {
    return static_cast<double>(choose_range(Percentile{share}, seen(values), levels).highest);
  };
  for (const LevelRule& levels : {symmetric8, asymmetric8}) {
    CHECK(highest(1.0, levels) == 100.0);
    CHECK(std::fabs(highest(0.95, levels) - 95) <= 2 * bin + 1e-6);  // the bin of 96 begins there
    CHECK(std::fabs(highest(0.5, levels) - 50) <= 1 + bin);
  }
  for (float& value : values) {
    value = value > 50 ? 50 - value : value;  // -1..-50 and 1..50
  }
  for (const LevelRule& levels : {symmetric8, asymmetric8}) {  // ten values beyond 45, five at each end
    const Range range = choose_range(Percentile{0.9}, seen(values), levels);
    CHECK(range.highest > 45.0f);
    CHECK(range.highest <= 46.0f + static_cast<float>(bin));
    CHECK(range.lowest == -range.highest);
  }
  for (const double share : {0.0, -0.1, 1.1, std::nan("")}) {
    CHECK_THROWS_AS(choose_range(Percentile{share}, seen(values), symmetric8), ArgumentError);
  }
}

TEST_CASE("Percentile: the share that is asked for stays inside") {
  for (const Shape1d shape : shapes) {
    const auto values = random_values(shape);
    for (const double share : {0.9, 0.99, 0.999}) {
      for (const LevelRule& levels : {symmetric8, asymmetric8}) {
        const Range range = choose_range(Percentile{share}, seen(values), levels);
        CHECK(part_inside(values, range) == doctest::Approx(share).epsilon(0.002));
      }
    }
  }
}

TEST_CASE("MinimalSquaredError: the error expected from a histogram is the real one") {
  for (const Shape1d shape : shapes) {
    const auto values = random_values(shape);
    const auto observation = seen(values);
    for (const LevelRule& levels : {symmetric8, asymmetric8, symmetric4, asymmetric4}) {
      for (const float share : {1.0f, 0.6f, 0.2f, 0.05f}) {
        const Range range{share * observation.range().lowest, share * observation.range().highest};
        const double expected = squared_error(observation.histogram(), levels.parameters_for(range), levels.codes);
        CHECK(expected == doctest::Approx(real_error(values, range, levels)).epsilon(0.03));
      }
    }
    const double fine =
        squared_error(observation.histogram(), asymmetric16.parameters_for(observation.range()), asymmetric16.codes);
    CHECK(fine == doctest::Approx(real_error(values, observation.range(), asymmetric16)).epsilon(0.05));
  }
}

TEST_CASE("MinimalSquaredError: as good as brute force on the values themselves") {
  for (const Shape1d shape : shapes) {
    const auto values = random_values(shape, 4000);
    for (const LevelRule& levels : {symmetric8, symmetric4, asymmetric4}) {
      const Range range = choose_range(MinimalSquaredError{}, seen(values), levels);
      const double found = real_error(values, range, levels);
      CHECK(found <= 1.02 * brute_force(values, levels, levels.symmetric ? 400 : 40));
      CHECK(found <= 1.001 * real_error(values, range_of(values), levels));
    }
  }
}

TEST_CASE("MinimalSquaredError: few bits clip more than many, and zeros nothing") {
  const auto values = random_values(Shape1d::normal);
  const auto threshold = [&](int bits) {
    const std::int32_t highest = (1 << (bits - 1)) - 1;
    return choose_range(MinimalSquaredError{}, seen(values), {{-highest - 1, highest}, true}).magnitude();
  };
  CHECK(threshold(2) < threshold(4));
  CHECK(threshold(4) < threshold(8));
  // Banner et al., table of optimal clipping of a normal distribution: 2.55 deviations at 4 bits, 3.92 at 8.
  CHECK(threshold(4) == doctest::Approx(2.55).epsilon(0.06));
  CHECK(threshold(8) == doctest::Approx(3.92).epsilon(0.06));
  CHECK(choose_range(MinimalSquaredError{}, seen({0, 0}), asymmetric8) == Range{0, 0});
  CHECK(choose_range(MinimalSquaredError{}, seen({2}), asymmetric8).highest == doctest::Approx(2));
}

TEST_CASE("ranges_for: one pass serves all methods, MinMax as calibrate finds it") {
  using Net = Sequential<Input<6, 6, 1>, Conv2d<3, Kernel<3>>, ReLU, MaxPool2d<2>, Flatten, Dropout<20>, Dense<4>>;
  const Network<Net, Float32> net(HeNormal{.seed = 3});
  Random random(2);
  std::vector<float> values(36 * 50);
  std::generate(values.begin(), values.end(), [&] { return random.normal(); });
  const FloatDataset data(values, {6, 6, 1}, std::vector<std::int32_t>(50), 4);

  const auto observations = observe(net, data, {.batch = 16, .moving_average = MovingAverage(0.2f)});
  CHECK(ranges_for<Int8<>>(observations, MinMax{}).of_layer == calibrate(net, data, {.batch = 16}).of_layer);
  CHECK(ranges_for<Int8<>>(observations, MovingAverage(0.2f)).of_layer ==
        calibrate(net, data, {.batch = 16}, MovingAverage(0.2f)).of_layer);
  const auto whole = ranges_for<Int8<>>(observations, MinMax{});
  const auto check = [&](const auto& ranges) {
    for (std::size_t layer = 0; layer < whole.of_layer.size(); ++layer) {
      CHECK(ranges.of_layer[layer].empty() == whole.of_layer[layer].empty());
      CHECK(ranges.of_layer[layer].lowest >= std::min(whole.of_layer[layer].lowest, 0.0f));
      CHECK(ranges.of_layer[layer].highest <= std::max(whole.of_layer[layer].highest, 0.0f));
    }
  };
  check(ranges_for<Int8<Asymmetric>>(observations, Percentile{0.99}));
  check(ranges_for<Int8<>>(observations, Entropy{}));
  check(ranges_for<Int8<Asymmetric>>(observations, MinimalSquaredError{}));
  CHECK_THROWS_WITH_AS(observe(net, data, {.batch = 0}), doctest::Contains("calibrate: batch"), ArgumentError);
}

}  // namespace ranges_for_test
