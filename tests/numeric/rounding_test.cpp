// SPDX-License-Identifier: MIT
/// @file
/// Every rounding against the table of its header, and against its definition in 128-bit integers.
#include "qnn/numeric/rounding.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace rounding_test {
namespace {

using namespace qnn;

__extension__ using Int128 = __int128;

/// floor(numerator / denominator), denominator > 0.
constexpr Int128 floor_divide(Int128 numerator, Int128 denominator) {
  const Int128 quotient = numerator / denominator;
  return numerator % denominator < 0 ? quotient - 1 : quotient;
}

/// The definition of "nearest, ties up": floor(x / 2^shift + 1/2).
constexpr Int128 nearest_ties_up(Int128 x, int shift) {
  return floor_divide(2 * x + (Int128{1} << shift), Int128{1} << (shift + 1));
}

/// The definition of "nearest, ties away": the magnitude is rounded with ties up, the sign stays.
constexpr Int128 nearest_ties_away(Int128 x, int shift) {
  return x < 0 ? -nearest_ties_up(-x, shift) : nearest_ties_up(x, shift);
}

/// Of the two integers around numerator / denominator the nearer one, at equal distance the even one.
constexpr Int128 nearest_ties_even(Int128 numerator, Int128 denominator) {
  const Int128 below = floor_divide(numerator, denominator);
  const Int128 to_below = numerator - below * denominator, to_above = (below + 1) * denominator - numerator;
  if (to_below == to_above) {
    return below % 2 == 0 ? below : below + 1;
  }
  return to_below < to_above ? below : below + 1;
}

// The table at the head of the file.
static_assert(round_half_even(2.5f) == 2.0f && round_half_even(-2.5f) == -2.0f && round_half_even(3.5f) == 4.0f);
static_assert(round_half_even(2.5) == 2.0 && round_half_even(-2.5) == -2.0 && round_half_even(3.5) == 4.0);
static_assert(shift_round_half_up(5, 1) == 3 && shift_round_half_up(-5, 1) == -2 && shift_round_half_up(7, 1) == 4);
static_assert(shift_round_half_away(5, 1) == 3 && shift_round_half_away(-5, 1) == -3 &&
              shift_round_half_away(7, 1) == 4);
static_assert(divide_round_half_even(5, 2) == 2 && divide_round_half_even(-5, 2) == -2 &&
              divide_round_half_even(7, 2) == 4);

static_assert(is_finite(0.0f) && is_finite(std::numeric_limits<float>::max()) && is_finite(-0.0));
static_assert(is_finite(std::numeric_limits<double>::lowest()) && is_finite(std::numeric_limits<float>::denorm_min()));
static_assert(!is_finite(std::numeric_limits<float>::infinity()) &&
              !is_finite(-std::numeric_limits<double>::infinity()));
static_assert(!is_finite(std::numeric_limits<float>::quiet_NaN()) &&
              !is_finite(std::numeric_limits<double>::quiet_NaN()));

TEST_CASE_TEMPLATE("round_half_even: every half-integer goes to its even neighbour", Real, float, double) {
  for (int i = -2000; i <= 2000; ++i) {
    const Real half = static_cast<Real>(i) + Real{0.5};
    const int even = i % 2 == 0 ? i : i + 1;
    CHECK(round_half_even(half) == static_cast<Real>(even));
    CHECK(round_half_even(std::nextafter(half, Real{-1e9})) == static_cast<Real>(i));
    CHECK(round_half_even(std::nextafter(half, Real{1e9})) == static_cast<Real>(i + 1));
    CHECK(round_half_even(static_cast<Real>(i)) == static_cast<Real>(i));
  }
}

TEST_CASE_TEMPLATE("round_half_even: equals nearbyint around every power of two", Real, float, double) {
  for (int exponent = -60; exponent < std::numeric_limits<Real>::max_exponent; ++exponent) {
    for (const Real sign : {Real{1}, Real{-1}}) {
      Real x = sign * std::ldexp(Real{1}, exponent);
      for (int step = 0; step < 5; ++step, x = std::nextafter(x, Real{0})) {
        CHECK(round_half_even(x) == std::nearbyint(x));
        CHECK(round_half_even(x + sign * Real{0.5}) == std::nearbyint(x + sign * Real{0.5}));
      }
      x = sign * std::ldexp(Real{1}, exponent);
      for (int step = 0; step < 5 && std::isfinite(x); ++step, x *= 1 + std::numeric_limits<Real>::epsilon()) {
        CHECK(round_half_even(x) == std::nearbyint(x));
      }
    }
  }
}

TEST_CASE("round_half_even: equals nearbyint for random bit patterns") {
  Random random(1);
  int wrong = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const auto word = random();
    const auto x = std::bit_cast<float>(static_cast<std::uint32_t>(word >> 32));
    const auto y = std::bit_cast<double>(word);
    wrong += std::isfinite(x) && round_half_even(x) != std::nearbyint(x);
    wrong += std::isfinite(y) && round_half_even(y) != std::nearbyint(y);
    const float usual = random.uniform(-70000.0f, 70000.0f);
    wrong += round_half_even(usual) != std::nearbyint(usual);
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("round_half_even: infinities and NaN stay what they are", Real, float, double) {
  constexpr Real infinity = std::numeric_limits<Real>::infinity();
  CHECK(round_half_even(infinity) == infinity);
  CHECK(round_half_even(-infinity) == -infinity);
  CHECK(std::isnan(round_half_even(std::numeric_limits<Real>::quiet_NaN())));
}

TEST_CASE("shift_round_half_up: equals floor(x / 2^shift + 1/2)") {
  Random random(2);
  for (int shift = 0; shift <= 62; ++shift) {
    const std::int64_t room = shift == 0 ? 0 : std::int64_t{1} << (shift - 1);
    const std::int64_t largest = std::numeric_limits<std::int64_t>::max() - room;
    for (const std::int64_t x : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                                 std::int64_t{1}, room, room - 1, -room, -room - 1, 3 * (room / 2), largest}) {
      CHECK(shift_round_half_up(x, shift) == nearest_ties_up(x, shift));
    }
    int wrong = 0;
    for (int i = 0; i < 20'000; ++i) {
      const auto x = static_cast<std::int64_t>(random()) >> random.below(64);
      wrong += x <= largest && shift_round_half_up(x, shift) != nearest_ties_up(x, shift);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("shift_round_half_away: equals the magnitude rounded with ties up, with its sign") {
  Random random(3);
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();
  for (int shift = 0; shift <= 31; ++shift) {
    for (const std::int32_t x : {lowest, lowest + 1, -3, -2, -1, 0, 1, 2, 3, highest - 1, highest}) {
      CHECK(shift_round_half_away(x, shift) == nearest_ties_away(x, shift));
    }
    int wrong = 0;
    for (int i = 0; i < 20'000; ++i) {
      const auto x = static_cast<std::int32_t>(static_cast<std::int64_t>(random()) >> (32 + random.below(32)));
      wrong += shift_round_half_away(x, shift) != nearest_ties_away(x, shift);
      wrong += x > lowest && shift_round_half_away(-x, shift) != -shift_round_half_away(x, shift);  // odd symmetry
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("divide_round_half_even: equals the nearest integer, ties to even") {
  for (std::int64_t denominator = 1; denominator <= 40; ++denominator) {
    for (std::int64_t numerator = -200; numerator <= 200; ++numerator) {
      CHECK(divide_round_half_even(numerator, denominator) == nearest_ties_even(numerator, denominator));
    }
  }
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t denominator : {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, highest / 2}) {
    for (const std::int64_t numerator : {lowest, lowest + 1, highest - 1, highest}) {
      CHECK(divide_round_half_even(numerator, denominator) == nearest_ties_even(numerator, denominator));
    }
  }
  Random random(4);
  int wrong = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto numerator = static_cast<std::int64_t>(random()) >> random.below(64);
    const auto denominator = static_cast<std::int64_t>(random() >> (2 + random.below(62)));
    wrong +=
        denominator > 0 && divide_round_half_even(numerator, denominator) != nearest_ties_even(numerator, denominator);
  }
  CHECK(wrong == 0);
}

#if defined(QNN_CONTRACTS_THROW)
TEST_CASE("divide_round_half_even: refuses a divisor that is not positive") {
  CHECK_THROWS_AS(divide_round_half_even(1, 0), ContractViolation);
  CHECK_THROWS_AS(divide_round_half_even(1, -2), ContractViolation);
}
#endif

}  // namespace

}  // namespace rounding_test
