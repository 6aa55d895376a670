// SPDX-License-Identifier: MIT
/// @file
/// Fixed-point multipliers: how well they hold a real number, and their product against 128-bit integers.
#include "qnn/numeric/multiplier.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

namespace multiplier_test {
namespace {

using namespace qnn;

__extension__ using Int128 = __int128;

constexpr std::int32_t one = std::int32_t{1} << 30;
constexpr std::int32_t largest_mantissa = std::numeric_limits<std::int32_t>::max();

static_assert(to_fixed_point(1.0) == FixedPointMultiplier{one, 30});
static_assert(to_fixed_point(0.5) == FixedPointMultiplier{one, 31});
static_assert(to_fixed_point(0.75) == FixedPointMultiplier{one + one / 2, 31});
static_assert(to_fixed_point(3.0) == FixedPointMultiplier{one + one / 2, 29});
static_assert(to_fixed_point(0x1p30) == FixedPointMultiplier{one, 0});
static_assert(to_fixed_point(0x1p31 - 0.25) == FixedPointMultiplier{largest_mantissa, 0});  // nothing larger exists
static_assert(to_fixed_point(1.0 - 0x1p-53) == FixedPointMultiplier{one, 30});  // 2^31 - epsilon is rounded up to 1
static_assert(to_fixed_point(0x1p-32) == FixedPointMultiplier{one, 62});        // the last with a full mantissa
static_assert(to_fixed_point(0x1p-40) == FixedPointMultiplier{std::int32_t{1} << 22, 62});
static_assert(to_fixed_point(0x1p-70) == FixedPointMultiplier{0, 62});

/// The definition: floor(accumulator * mantissa / 2^shift + 1/2), limited to 32 bits.
std::int32_t exact_product(std::int64_t accumulator, FixedPointMultiplier multiplier) {
  const Int128 product = Int128{accumulator} * multiplier.mantissa;
  const Int128 twice = 2 * product + (Int128{1} << multiplier.shift);
  const Int128 rounded = twice >> (multiplier.shift + 1);  // an arithmetic shift is a floor division
  constexpr Int128 lowest = std::numeric_limits<std::int32_t>::min(),
                   highest = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(rounded < lowest ? lowest : rounded > highest ? highest : rounded);
}

TEST_CASE("to_fixed_point: 31 significant bits, and no neighbour is nearer") {
  Random random(1);
  for (int i = 0; i < 100'000; ++i) {
    const double significand = 1.0 + static_cast<double>(random() >> 12) * 0x1p-52;
    const double real = std::ldexp(significand, static_cast<int>(random.below(63)) - 32);
    const FixedPointMultiplier fixed = to_fixed_point(real);
    REQUIRE(fixed.mantissa >= one);
    REQUIRE(fixed.shift >= 0);
    REQUIRE(fixed.shift <= 62);
    const double error = std::abs(std::ldexp(static_cast<double>(fixed.mantissa), -fixed.shift) - real);
    REQUIRE(error <= real * 0x1p-31);
    REQUIRE(error <= std::ldexp(0.5, -fixed.shift));  // half of the distance between neighbouring mantissas
  }
}

TEST_CASE("to_fixed_point: below 2^-32 the absolute error is at most 2^-63") {
  Random random(2);
  for (int i = 0; i < 10'000; ++i) {
    const double real =
        std::ldexp(1.0 + static_cast<double>(random.uniform()), -33 - static_cast<int>(random.below(40)));
    const FixedPointMultiplier fixed = to_fixed_point(real);
    REQUIRE(fixed.shift == 62);
    REQUIRE(fixed.mantissa < one + 1);
    REQUIRE(std::abs(std::ldexp(static_cast<double>(fixed.mantissa), -62) - real) <= 0x1p-63);
  }
}

#if defined(QNN_CONTRACTS_THROW)
TEST_CASE("to_fixed_point: refuses what is not in (0, 2^31)") {
  for (const double real : {0.0, -0.0, -1.0, 0x1p31, std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(to_fixed_point(real), ContractViolation);
  }
}
#endif

TEST_CASE("multiply: known values, ties up") {
  constexpr FixedPointMultiplier half = to_fixed_point(0.5);
  static_assert(multiply(std::int32_t{5}, half) == 3 && multiply(std::int32_t{-5}, half) == -2);
  static_assert(multiply(std::int64_t{5}, half) == 3 && multiply(std::int64_t{-5}, half) == -2);
  constexpr FixedPointMultiplier thousand = to_fixed_point(1000.0);
  static_assert(multiply(std::int32_t{-7}, thousand) == -7000);
  static_assert(multiply(std::int64_t{1} << 40, thousand) == std::numeric_limits<std::int32_t>::max());
  static_assert(multiply(-(std::int64_t{1} << 40), thousand) == std::numeric_limits<std::int32_t>::min());
  static_assert(multiply(std::int64_t{1} << 40, to_fixed_point(0x1p-32)) == 256);
}

TEST_CASE_TEMPLATE("multiply: equals the 128-bit product at the extremes", Accumulator, std::int32_t, std::int64_t) {
  constexpr Accumulator lowest = std::numeric_limits<Accumulator>::min(),
                        highest = std::numeric_limits<Accumulator>::max();
  for (const Accumulator accumulator :
       {lowest, static_cast<Accumulator>(lowest + 1), static_cast<Accumulator>(lowest / 2), Accumulator{-1},
        Accumulator{0}, Accumulator{1}, static_cast<Accumulator>(highest / 2),
        static_cast<Accumulator>(highest / 2 + 1), static_cast<Accumulator>(highest - 1), highest}) {
    for (const std::int32_t mantissa : {0, 1, 2, 3, one - 1, one, one + 1, largest_mantissa - 1, largest_mantissa}) {
      for (int shift = 0; shift <= 62; ++shift) {
        const FixedPointMultiplier multiplier{mantissa, shift};
        CHECK(multiply(accumulator, multiplier) == exact_product(accumulator, multiplier));
      }
    }
  }
}

TEST_CASE_TEMPLATE("multiply: equals the 128-bit product at random", Accumulator, std::int32_t, std::int64_t) {
  Random random(3);
  constexpr int bits = 8 * sizeof(Accumulator);
  int wrong = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    // Every magnitude is equally likely: an accumulator of few bits meets large and small multipliers.
    const auto accumulator =
        static_cast<Accumulator>(static_cast<std::int64_t>(random()) >> (64 - bits + random.below(bits)));
    const FixedPointMultiplier multiplier{one + static_cast<std::int32_t>(random() >> 34),
                                          static_cast<std::int32_t>(random.below(63))};
    wrong += multiply(accumulator, multiplier) != exact_product(accumulator, multiplier);
  }
  CHECK(wrong == 0);
}

TEST_CASE("multiply: exact ties and their neighbours, at every shift and in both words") {
  for (int shift = 1; shift <= 62; ++shift) {
    for (std::int64_t odd = -9; odd <= 9; odd += 2) {
      // mantissa 2^30 makes ties where accumulator = odd * 2^(shift - 31)
      const std::int64_t accumulator = shift >= 31 ? odd * (std::int64_t{1} << (shift - 31)) : odd;
      for (const std::int64_t beside : {accumulator - 1, accumulator, accumulator + 1}) {
        const FixedPointMultiplier multiplier{one, shift};
        CHECK(multiply(beside, multiplier) == exact_product(beside, multiplier));
      }
    }
  }
}

}  // namespace

}  // namespace multiplier_test
