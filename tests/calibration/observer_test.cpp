// SPDX-License-Identifier: MIT
/// @file
/// Observers end with the ranges that their formulas say, in fixed memory.
#include "qnn/calibration/observer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <type_traits>

namespace observer_test {

using namespace qnn;

TEST_CASE("MinMax: the smallest range that holds all batches") {
  MinMax seen;
  CHECK(seen.range().empty());
  seen.observe({-1, 2});
  CHECK(seen.range() == Range{-1, 2});
  seen.observe({0, 1});
  CHECK(seen.range() == Range{-1, 2});
  seen.observe({-3, -2});
  seen.observe({5, 5});
  CHECK(seen.range() == Range{-3, 5});
}

TEST_CASE("MovingAverage: from the first batch, a share of the way towards each other") {
  MovingAverage seen(0.25f);
  CHECK(seen.range().empty());
  seen.observe({-4, 8});
  CHECK(seen.range() == Range{-4, 8});
  seen.observe({0, 0});
  CHECK(seen.range() == Range{-3, 6});
  seen.observe({-7, 10});
  CHECK(seen.range() == Range{-4, 7});
  for (int i = 0; i < 200; ++i) {
    seen.observe({-1, 1});
  }
  CHECK(seen.range().lowest == doctest::Approx(-1));
  CHECK(seen.range().highest == doctest::Approx(1));
}

TEST_CASE("MovingAverage: a share of 1 keeps the last batch; others lie above 0") {
  MovingAverage last(1.0f);
  last.observe({-4, 8});
  last.observe({-1, 2});
  CHECK(last.range() == Range{-1, 2});
  for (const float share : {0.0f, -0.1f, 1.1f, std::nanf("")}) {
    CHECK_THROWS_AS(MovingAverage{share}, ArgumentError);
  }
}

TEST_CASE("observers keep a few numbers, whatever they see") {
  CHECK(std::is_trivially_copyable_v<MinMax>);
  CHECK(std::is_trivially_copyable_v<MovingAverage>);
  CHECK(sizeof(MinMax) <= 2 * sizeof(float));
  CHECK(sizeof(MovingAverage) <= 3 * sizeof(float));
}

}  // namespace observer_test
