// SPDX-License-Identifier: MIT
/// @file
/// The range that clipping and rounding cost least in, against brute force.
#include "qnn/scheme/clipping.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace clipping_test {

using namespace qnn;

namespace {

constexpr LevelRule narrow4{{-7, 7}, true}, narrow8{{-127, 127}, true}, asymmetric3{{-4, 3}, false};

std::vector<float> normal_values(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), [&] { return random.normal(); });
  return values;
}

double error_of(const std::vector<float>& values, Range range, const LevelRule& rule) {
  return squared_error(values, rule.parameters_for(range), rule.codes);
}

}  // namespace

TEST_CASE("LevelRule: the parameters are those of the scheme") {
  const Range range{-1.0f, 3.0f};
  CHECK(narrow8.parameters_for(range).scale == Symmetric::parameters_for(range, {-127, 127}).scale);
  CHECK(narrow8.parameters_for(range).zero_point == 0);
  CHECK(asymmetric3.parameters_for(range) == Asymmetric::parameters_for(range, {-4, 3}));
  constexpr auto shifted = LevelRule::of<Asymmetric>({-128, 127}, ScaleGrid::powers_of_two);
  CHECK(shifted.parameters_for(range).scale == power_of_two_above(4.0f / 255));
  CHECK(shifted.count() == 256);
}

TEST_CASE("squared_error: that of quantize_value") {
  const auto values = normal_values(500, 1);
  for (const LevelRule& rule : {narrow4, narrow8, asymmetric3}) {
    const auto parameters = rule.parameters_for({-1.5f, 2.0f});
    double sum = 0;
    for (const float value : values) {
      const auto code = quantize_value<std::int8_t>(value, parameters, rule.codes);
      sum += std::pow(static_cast<double>(value - dequantize_value(code, parameters)), 2);
    }
    CHECK(squared_error(values, parameters, rule.codes) == doctest::Approx(sum));
  }
}

TEST_CASE("choose_range: min_max holds all values, minimal_squared_error is as good as brute force") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    auto values = normal_values(300, seed);
    values[0] = 6.0f;
    const Range whole = range_of(values);
    for (const LevelRule& rule : {narrow4, narrow8, asymmetric3}) {
      CHECK(choose_range(WeightRange::min_max, values, rule) == whole);
      const Range chosen = choose_range(WeightRange::minimal_squared_error, values, rule);
      double least = std::numeric_limits<double>::infinity();
      for (int low = 1; low <= 100; ++low) {
        for (int high = 1; high <= 100; ++high) {
          if (!rule.symmetric || low == high) {
            const float below = static_cast<float>(low) / 100, above = static_cast<float>(high) / 100;
            least = std::min(least, error_of(values, {below * whole.lowest, above * whole.highest}, rule));
          }
        }
      }
      CHECK(error_of(values, chosen, rule) <= 1.03 * least);
      CHECK(error_of(values, chosen, rule) <= error_of(values, whole, rule));
    }
    CHECK(choose_range(WeightRange::minimal_squared_error, values, narrow4).magnitude() < 5.0f);
  }
}

TEST_CASE("choose_range: what cannot be clipped stays") {
  const std::vector<float> zeros(9), one{0, 0, 2}, broken{1, std::nanf("")};
  CHECK(choose_range(WeightRange::minimal_squared_error, zeros, narrow4) == Range{0, 0});
  CHECK(choose_range(WeightRange::minimal_squared_error, one, narrow4) == Range{0, 2});
  CHECK(!choose_range(WeightRange::minimal_squared_error, broken, narrow4).finite());
  CHECK(choose_range(WeightRange::minimal_squared_error, {}, narrow4).empty());
}

}  // namespace clipping_test
