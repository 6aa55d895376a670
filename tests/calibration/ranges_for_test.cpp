// SPDX-License-Identifier: MIT
/// @file
/// Methods of calibration against values worked out by hand and against brute force.
#include "qnn/calibration/ranges_for.hpp"

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

namespace {

constexpr LevelRule symmetric8{{-128, 127}, true}, asymmetric8{{-128, 127}, false}, symmetric4{{-8, 7}, true},
    asymmetric4{{-8, 7}, false}, asymmetric16{{-32768, 32767}, false};

Observation seen(const std::vector<float>& values) {
  Observation observation;
  observation.observe(values, range_of(values));
  return observation;
}

enum class Shape1d { normal, one_sided, heavy_tails, lopsided };

std::vector<float> random_values(Shape1d shape, std::size_t count = 20000) {
  Random random(7);
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] {
    const float normal = random.normal();
    switch (shape) {
      case Shape1d::normal:
        return normal;
      case Shape1d::one_sided:
        return std::max(normal, 0.0f);
      case Shape1d::heavy_tails:
        return normal * std::exp(random.normal());
      default:
        return normal < 0 ? 0.2f * normal : normal;
    }
  });
  return values;
}

constexpr auto shapes = {Shape1d::normal, Shape1d::one_sided, Shape1d::heavy_tails, Shape1d::lopsided};

double part_inside(const std::vector<float>& values, Range range) {
  return static_cast<double>(std::count_if(values.begin(), values.end(),
                                           [&](float x) { return x >= range.lowest && x <= range.highest; })) /
         static_cast<double>(values.size());
}

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

TEST_CASE("Entropy: the example of the publication") {
  const std::vector<double> bins{1, 0, 2, 3, 5, 3, 1, 7};
  std::vector<double> q(8);
  detail::spread_over_levels(bins, 2, q);
  CHECK(q == std::vector<double>{2, 0, 2, 2, 4, 4, 4, 4});
  // sum p log(p / q) with both of sum 22: 1 log 1/2 + 2 log 1 + 3 log 3/2 + 5 log 5/4 + 3 log 3/4 + log 1/4 + 7 log 7/4
  const double by_hand = (std::log(0.5) + 3 * std::log(1.5) + 5 * std::log(1.25) + 3 * std::log(0.75) + std::log(0.25) +
                          7 * std::log(1.75)) /
                         22;
  CHECK(detail::divergence(bins, 0, 0, 2, q) == doctest::Approx(by_hand));
  // Six outliers go to the last bin of P, not of Q: p sums to 28, q to 22.
  const double beyond = (std::log(0.5) + 3 * std::log(1.5) + 5 * std::log(1.25) + 3 * std::log(0.75) + std::log(0.25) +
                         13 * std::log(13.0 / 4)) /
                            28 +
                        std::log(22.0 / 28);
  CHECK(detail::divergence(bins, 0, 6, 2, q) == doctest::Approx(beyond));
}

TEST_CASE("Entropy: levels that do not divide the bins, and bins that hold nothing") {
  std::vector<double> q(5);
  detail::spread_over_levels(std::vector<double>{1, 2, 3, 5, 9}, 2, q);  // bins 0, 1, 2 and 3, 4
  CHECK(q == std::vector<double>{2, 2, 2, 7, 7});
  CHECK(std::isinf(detail::divergence(std::vector<double>{0, 0, 0}, 0, 1, 2, q)));
  // Four outliers go to the last bin that holds something: p = 1, 2 + 4 of 7; q = 1.5, 1.5 of 3.
  CHECK(detail::divergence(std::vector<double>{1, 2, 0}, 0, 4, 2, q) ==
        doctest::Approx((std::log(2.0 / 7) + 6 * std::log(12.0 / 7)) / 7));
  CHECK(detail::divergence(std::vector<double>{1, 2, 0}, 0, 0, 3, q) == doctest::Approx(0));
}

TEST_CASE("Entropy: the threshold by an independent search") {
  // 2 levels; an outlier at the end. All thresholds, each by the formula written out.
  const std::vector<double> bins{8, 6, 5, 3, 2, 1, 1, 0, 0, 0, 0, 1};
  std::size_t expected = 0;
  double least = 1e9;
  for (std::size_t n = 2; n <= bins.size(); ++n) {
    double inside = 0, all = 0, sum = 0;
    for (std::size_t k = 0; k < bins.size(); ++k) {
      (k < n ? inside : all) += bins[k];
    }
    const double outliers = all;
    all += inside;
    for (std::size_t k = 0; k < n; ++k) {
      const bool upper = 2 * k >= n;
      double level = 0, filled = 0;
      for (std::size_t j = 0; j < n; ++j) {
        if ((2 * j >= n) == upper && bins[j] > 0) {
          level += bins[j];
          ++filled;
        }
      }
      const std::size_t last_filled = n < 8 ? n - 1 : n < 12 ? 6 : 11;
      const double p = (bins[k] + (k == last_filled ? outliers : 0)) / all;
      const double q = bins[k] > 0 ? level / filled / inside : 0;
      sum += p == 0 ? 0 : p * std::log(p / q);
    }
    // Filled bins beyond the first of each of the two levels, half a value of 27 each.
    const auto filled = [&](std::size_t from, std::size_t to) {
      return static_cast<double>(std::count_if(bins.begin() + static_cast<std::ptrdiff_t>(from),
                                               bins.begin() + static_cast<std::ptrdiff_t>(to),
                                               [](double count) { return count > 0; }));
    };
    const std::size_t half = (n + 1) / 2;
    sum -= (filled(0, half) - 1 + std::max(filled(half, n) - 1, 0.0)) / 2 / 27;
    if (sum < least) {
      least = sum;
      expected = n;
    }
  }
  CHECK(expected < bins.size());
  CHECK(detail::least_divergent_threshold(bins, 0, 2) == expected);
  // Mirrored around 0 with twice the levels it is the same question.
  std::vector<double> mirrored(bins.rbegin(), bins.rend());
  mirrored.insert(mirrored.end(), bins.begin(), bins.end());
  CHECK(detail::least_divergent_threshold(mirrored, bins.size(), 4) == expected);
}

TEST_CASE("Entropy: clips outliers, not what is spread evenly; 16 bits clip nothing") {
  std::vector<float> even;
  for (int k = 0; k < 20000; ++k) {
    even.push_back(static_cast<float>(k) / 20000);
  }
  CHECK(choose_range(Entropy{}, seen(even), asymmetric8).highest > 0.97f);
  auto values = random_values(Shape1d::one_sided);
  values.push_back(40.0f);
  for (const LevelRule& levels : {symmetric8, asymmetric8}) {
    const Range range = choose_range(Entropy{}, seen(values), levels);
    CHECK(range.highest < 35.0f);  // beyond 5 there is nothing that tells thresholds apart
    CHECK(range.highest > 1.0f);
    CHECK(range.lowest == 0.0f);
  }
  for (const std::size_t count : {std::size_t{1000}, std::size_t{5000}, std::size_t{50000}}) {
    const auto normal = random_values(Shape1d::normal, count);
    for (const LevelRule& levels : {symmetric8, asymmetric8}) {
      const Range range = choose_range(Entropy{}, seen(normal), levels);
      CAPTURE(range.highest);
      CHECK(part_inside(normal, range) > 0.99);  // however few were seen
    }
  }
  CHECK(choose_range(Entropy{}, seen(values), asymmetric16).highest == 40.0f);
  CHECK(choose_range(Entropy{}, seen({0, 0, 0}), symmetric8) == Range{0, 0});
  CHECK(choose_range(Entropy{}, seen({-3, -3}), asymmetric8) == Range{-3, 0});
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
