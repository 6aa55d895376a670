// SPDX-License-Identifier: MIT
/// @file
/// Ranges of values, and that no NaN is lost in one.
#include "qnn/scheme/range.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace range_test {
namespace {

using namespace qnn;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

static_assert(Range{}.empty() && !Range{}.finite());
static_assert(Range{}.united({3.0f, 3.0f}) == Range{3.0f, 3.0f});
static_assert(Range{-1.0f, 2.0f}.united({0.0f, 5.0f}) == Range{-1.0f, 5.0f});
static_assert(Range{-1.0f, 2.0f}.united(Range{}) == Range{-1.0f, 2.0f});
static_assert(Range{-3.0f, 2.0f}.magnitude() == 3.0f && Range{-3.0f, 4.0f}.magnitude() == 4.0f);
static_assert(Range{1.0f, 2.0f}.magnitude() == 2.0f && Range{-2.0f, -1.0f}.magnitude() == 2.0f);
static_assert(Range{nan, nan}.empty() && !Range{nan, 1.0f}.finite());

constexpr std::array<float, 4> values{0.5f, -2.0f, 7.0f, 0.0f};
static_assert(range_of(values) == Range{-2.0f, 7.0f});
static_assert(range_of({}).empty());

// Infinity is refused at compile time too, without stopping the compiler.
constexpr std::array<float, 2> with_infinity{1.0f, infinity};
static_assert(!range_of(with_infinity).finite());

TEST_CASE("range_of: equals the smallest and the largest value") {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    std::vector<float> some(static_cast<std::size_t>(1 + random.below(50)));
    std::generate(some.begin(), some.end(), [&] { return random.uniform(-5.0f, 3.0f); });
    const auto [lowest, highest] = std::minmax_element(some.begin(), some.end());
    CHECK(range_of(some) == Range{*lowest, *highest});
  }
}

TEST_CASE("range_of: one NaN or infinity anywhere shows, alone and through united") {
  for (const float bad : {nan, -nan, infinity, -infinity}) {
    for (std::size_t position = 0; position < 5; ++position) {
      std::vector<float> some{1.0f, -2.0f, 3.0f, 0.0f, 2.0f};
      some[position] = bad;
      CHECK_FALSE(range_of(some).finite());
      const Range good{-1.0f, 1.0f};
      CHECK_FALSE(good.united(range_of(some)).finite());
      CHECK_FALSE(range_of(some).united(good).finite());
      CHECK_FALSE(Range{}.united(range_of(some)).united(good).finite());
    }
    CHECK_FALSE(range_of(std::array{bad}).finite());
  }
}

}  // namespace

}  // namespace range_test
