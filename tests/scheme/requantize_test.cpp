// SPDX-License-Identifier: MIT
/// @file
/// The four requantization policies: hand-worked values, independent oracles, and bias and maximum error as gemmlowp
/// measures them.
#include "qnn/scheme/requantize.hpp"

#include "qnn/numeric/accumulator.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace requantize_test {
namespace {

using namespace qnn;

__extension__ using Int128 = __int128;

constexpr std::int32_t lowest32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest32 = std::numeric_limits<std::int32_t>::max();

template <class Policy>
constexpr std::int32_t apply(std::int32_t accumulator, double real) {
  return Policy::apply(accumulator, Policy::multiplier(real));
}

/// What the four policies make of one accumulator.
constexpr bool gives(std::int32_t accumulator, double real, std::int32_t integer, std::int32_t floating,
                     std::int32_t doubled, std::int32_t shifted) {
  return apply<IntegerMultiplier>(accumulator, real) == integer && apply<FloatScale>(accumulator, real) == floating &&
         apply<DoubleRounding>(accumulator, real) == doubled && apply<PowerOfTwoShift>(accumulator, real) == shifted;
}

//                  acc    M    IntegerMultiplier FloatScale DoubleRounding PowerOfTwoShift
//                                (ties up)      (to even)  (up, then away)   (ties up)
static_assert(gives(0, 0.25, 0, 0, 0, 0));
static_assert(gives(5, 0.50, 3, 2, 3, 3));        //  2.5, and M = 2^-1 needs the first rounding only
static_assert(gives(-5, 0.50, -2, -2, -2, -2));   // -2.5
static_assert(gives(7, 0.50, 4, 4, 4, 4));        //  3.5
static_assert(gives(-7, 0.50, -3, -4, -3, -3));   // -3.5
static_assert(gives(10, 0.25, 3, 2, 3, 3));       //  2.5:  10 / 2 =  5 exactly, then  5 / 2 =  2.5 goes away
static_assert(gives(-10, 0.25, -2, -2, -3, -2));  // -2.5: -10 / 2 = -5 exactly, then -5 / 2 = -2.5 goes away
static_assert(gives(9, 0.25, 2, 2, 3, 2));        //  2.25: 4.5 goes up to 5, 2.5 goes away to 3: off by one
static_assert(gives(-9, 0.25, -2, -2, -2, -2));   // -2.25: -4.5 goes up to -4, and -2 is exact
static_assert(gives(11, 0.25, 3, 3, 3, 3));       //  2.75
static_assert(gives(-11, 0.25, -3, -3, -3, -3));  // -2.75: -5.5 goes up to -5, -2.5 goes away to -3
static_assert(gives(19, 0.125, 2, 2, 3, 2));      //  2.375: 9.5 goes up to 10, 10 / 4 = 2.5 goes away to 3: off by one
static_assert(gives(20, 0.125, 3, 2, 3, 3));      //  2.5
static_assert(gives(-3, 4.00, -12, -12, -12, -12));
// Beyond 32 bits the results stop at the ends. gemmlowp stops one step earlier, at acc * 2^e, and then still multiplies
// by m = 1/2: 2^30, which every code type limits to the same code.
static_assert(gives(highest32, 4.0, highest32, highest32, 1 << 30, highest32));
static_assert(gives(lowest32, 4.0, lowest32, lowest32, -(1 << 30), lowest32));
static_assert(gives(lowest32, 1.0, lowest32, lowest32, -(1 << 30), lowest32));
// A float cannot hold 2^31 - 1; it becomes 2^31, which is limited to 2^31 - 1 again.
static_assert(gives(highest32, 1.0, highest32, highest32, 1 << 30, highest32));
// 2^24 + 1 is the first integer that float32 rounds.
static_assert(apply<FloatScale>((1 << 24) + 1, 1.0) == 1 << 24 &&
              apply<IntegerMultiplier>((1 << 24) + 1, 1.0) == (1 << 24) + 1);

// The multipliers, worked by hand: 3/8 = 0.75 * 2^-1.
static_assert(IntegerMultiplier::multiplier(0.375) == FixedPointMultiplier{0x60000000, 32});
static_assert(FloatScale::multiplier(0.1) == 0.1f);
static_assert(DoubleRounding::multiplier(0.375) == DoubleRounding::Multiplier{0x60000000, -1});
static_assert(DoubleRounding::multiplier(1.0) == DoubleRounding::Multiplier{0x40000000, 1});
static_assert(DoubleRounding::multiplier(0x1p-32) == DoubleRounding::Multiplier{0x40000000, -31});
static_assert(DoubleRounding::multiplier(0x1p-33) == DoubleRounding::Multiplier{0, 0});
static_assert(DoubleRounding::multiplier(0x1p30) == DoubleRounding::Multiplier{0x40000000, 31});
static_assert(PowerOfTwoShift::multiplier(0.125) == PowerOfTwoShift::Multiplier{3});
static_assert(PowerOfTwoShift::multiplier(8.0) == PowerOfTwoShift::Multiplier{-3});
static_assert(PowerOfTwoShift::multiplier(0x1p-62) == PowerOfTwoShift::Multiplier{62});
static_assert(PowerOfTwoShift::multiplier(0x1p30) == PowerOfTwoShift::Multiplier{-30});

static_assert(!Requantization<DoubleRounding, std::int64_t> && !Requantization<int, std::int32_t>);

/// A multiplier of any significand, 2^-24 .. 2^8.
double random_multiplier(Random& random) {
  const double significand = 1.0 + static_cast<double>(random() >> 12) * 0x1p-52;
  return std::ldexp(significand, static_cast<int>(random.below(32)) - 24);
}

template <class Accumulator>
inline constexpr int bits_of = static_cast<int>(8 * sizeof(Accumulator));

/// An accumulator of at most `bits` bits; small ones are as likely as large ones.
template <class Accumulator>
Accumulator random_accumulator(Random& random, int bits = bits_of<Accumulator>) {
  return static_cast<Accumulator>(static_cast<std::int64_t>(random()) >> (64 - bits + random.below(28)));
}

Int128 floor_divide(Int128 numerator, Int128 denominator) {
  return numerator / denominator - (numerator % denominator < 0 ? 1 : 0);
}

std::int32_t limited(Int128 value) {
  return static_cast<std::int32_t>(value < lowest32 ? Int128{lowest32} : value > highest32 ? Int128{highest32} : value);
}

/// The primitives of gemmlowp from their definitions. First the doubling high product: the integer nearest to
/// a b / 2^31, ties towards +infinity as ARM's VQRDMULH has them.
std::int32_t high_product(std::int32_t a, std::int32_t b) {
  return limited(floor_divide(2 * Int128{a} * b + (Int128{1} << 31), Int128{1} << 32));
}
/// Its customary form in portable C++, a truncating division after a nudge that depends on the sign.
std::int32_t high_product_by_nudging(std::int32_t a, std::int32_t b) {
  const std::int64_t product = std::int64_t{a} * b;
  const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
  return static_cast<std::int32_t>((product + nudge) / (std::int64_t{1} << 31));
}
/// Then the division by 2^n: the integer nearest to x / 2^n, ties away from zero.
std::int32_t divided_by_power(std::int32_t x, int n) {
  const Int128 magnitude = x < 0 ? -Int128{x} : Int128{x};
  const Int128 nearest = (2 * magnitude + (Int128{1} << n)) / (Int128{1} << (n + 1));
  return limited(x < 0 ? -nearest : nearest);
}

TEST_CASE_TEMPLATE("IntegerMultiplier: equals the 128-bit product", Accumulator, std::int32_t, std::int64_t) {
  Random random(1);
  int wrong = 0;
  for (int i = 0; i < 300'000; ++i) {
    const auto accumulator = random_accumulator<Accumulator>(random);
    const auto m = IntegerMultiplier::multiplier(random_multiplier(random));
    const Int128 exact =
        floor_divide(2 * Int128{accumulator} * m.mantissa + (Int128{1} << m.shift), Int128{2} << m.shift);
    wrong += IntegerMultiplier::apply(accumulator, m) != limited(exact);
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("FloatScale: equals nearbyint of the float product", Accumulator, std::int32_t, std::int64_t) {
  Random random(2);
  int wrong = 0;
  for (int i = 0; i < 300'000; ++i) {
    const auto accumulator = random_accumulator<Accumulator>(random);
    const float m = FloatScale::multiplier(random_multiplier(random));
    volatile float product = static_cast<float>(accumulator) * m;  // volatile: nothing is fused with the product
    const double rounded = static_cast<double>(std::nearbyint(static_cast<float>(product)));
    const double bounded = std::clamp(rounded, static_cast<double>(lowest32), static_cast<double>(highest32));
    wrong += FloatScale::apply(accumulator, m) != static_cast<std::int32_t>(bounded);
  }
  CHECK(wrong == 0);
}

TEST_CASE("DoubleRounding: equals gemmlowp's two primitives, in both of their forms") {
  Random random(3);
  int wrong = 0, unlike_one_rounding = 0, far_from_one_rounding = 0;
  const auto check = [&](std::int32_t accumulator, double real) {
    int exponent = 0;
    const double significand = std::frexp(real, &exponent);  // in [1/2, 1)
    auto mantissa = static_cast<std::int64_t>(std::floor(significand * 0x1p31 + 0.5));
    if (mantissa == std::int64_t{1} << 31) {
      mantissa /= 2;
      ++exponent;
    }
    const std::int32_t shifted = limited(Int128{accumulator} * (Int128{1} << std::max(exponent, 0)));
    const std::int32_t high = high_product(shifted, static_cast<std::int32_t>(mantissa));
    wrong += high != high_product_by_nudging(shifted, static_cast<std::int32_t>(mantissa));
    const std::int32_t expected = divided_by_power(high, std::max(-exponent, 0));
    wrong += apply<DoubleRounding>(accumulator, real) != expected;
    const std::int32_t difference = full_range<std::int16_t>.clamp(expected) -
                                    full_range<std::int16_t>.clamp(apply<IntegerMultiplier>(accumulator, real));
    unlike_one_rounding += difference != 0;
    far_from_one_rounding += std::abs(difference) > 1;
  };
  for (int i = 0; i < 300'000; ++i) {
    check(random_accumulator<std::int32_t>(random), random_multiplier(random));
  }
  for (const std::int32_t accumulator : {lowest32, lowest32 + 1, -1, 0, 1, highest32 - 1, highest32}) {
    for (int exponent = -31; exponent < 31; ++exponent) {
      check(accumulator, std::ldexp(1.0, exponent));
      check(accumulator, std::ldexp(1.0 + 0x1p-30, exponent));
      check(accumulator, std::ldexp(2.0 - 0x1p-52, exponent - 1));
    }
  }
  for (std::int32_t accumulator = -4096; accumulator <= 4096; ++accumulator) {  // ties of both roundings
    for (int exponent = -8; exponent <= 2; ++exponent) {
      check(accumulator, std::ldexp(1.0, exponent));
      check(accumulator, std::ldexp(1.5, exponent));
    }
  }
  CHECK(wrong == 0);
  CHECK(unlike_one_rounding > 0);  // otherwise the policy would not be needed
  CHECK(far_from_one_rounding == 0);
}

TEST_CASE_TEMPLATE("PowerOfTwoShift: equals floor(acc / 2^shift + 1/2)", Accumulator, std::int32_t, std::int64_t) {
  Random random(4);
  int wrong = 0;
  for (int shift = -30; shift <= 62; ++shift) {
    const auto m = PowerOfTwoShift::multiplier(std::ldexp(1.0, -shift));
    REQUIRE(m.shift == shift);
    for (int i = 0; i < 5'000; ++i) {
      // 62 bits: the accumulator proof keeps a 64-bit accumulator within 2^61.
      const auto accumulator = random_accumulator<Accumulator>(random, std::min(bits_of<Accumulator>, 62));
      const Int128 numerator = shift < 0 ? Int128{accumulator} << -shift : Int128{accumulator};
      const Int128 exact =
          shift <= 0 ? numerator : floor_divide(2 * numerator + (Int128{1} << shift), Int128{2} << shift);
      wrong += PowerOfTwoShift::apply(accumulator, m) != limited(exact);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("PowerOfTwoShift: agrees with the integer multiplier wherever both are defined") {
  Random random(5);
  for (int i = 0; i < 100'000; ++i) {
    const double real = std::ldexp(1.0, static_cast<int>(random.below(60)) - 30);
    const auto accumulator = random_accumulator<std::int32_t>(random);
    REQUIRE(apply<PowerOfTwoShift>(accumulator, real) == apply<IntegerMultiplier>(accumulator, real));
  }
}

/// Mean and maximum of code - acc * M over accumulators whose codes lie in -128..127.
struct Error {
  double bias = 0.0, largest = 0.0;
};
template <class Policy>
Error error_of(Random& random, bool power_of_two) {
  constexpr int count = 400'000;
  Error error;
  for (int i = 0; i < count; ++i) {
    const double real = power_of_two ? 0x1p-9 : std::ldexp(1.0 + static_cast<double>(random.uniform()), -9);
    const auto accumulator = static_cast<std::int32_t>(random.below(1 << 16)) - (1 << 15);
    const double signed_error = apply<Policy>(accumulator, real) - static_cast<double>(accumulator) * real;
    error.bias += signed_error / count;
    error.largest = std::max(error.largest, std::abs(signed_error));
  }
  return error;
}

TEST_CASE_TEMPLATE("every policy: no bias and a bounded error for multipliers of any value", Policy, IntegerMultiplier,
                   FloatScale, DoubleRounding) {
  Random random(6);
  const Error error = error_of<Policy>(random, false);
  // The mean of n errors, uniform in -1/2..1/2, deviates by 0.289 / sqrt(n) = 0.00046; four times that is allowed.
  CHECK(std::abs(error.bias) < 0.0019);
  constexpr bool twice = std::is_same_v<Policy, DoubleRounding>;
  CHECK(error.largest <= (twice ? 0.5 + 0x1p-8 : 0.5 + 0x1p-16));
  CHECK(error.largest > 0.499);
}

TEST_CASE_TEMPLATE("every policy: the bias of ties at a power of two is what its rounding says", Policy,
                   IntegerMultiplier, FloatScale, DoubleRounding, PowerOfTwoShift) {
  // M = 2^-4: one accumulator in 16 is a tie. Ties up add 1/2 to each, on average 1/32; ties to even cancel.
  double sum = 0.0, largest = 0.0;
  constexpr std::int32_t half = 1 << 12;
  for (std::int32_t accumulator = -half; accumulator < half; ++accumulator) {
    const double signed_error = apply<Policy>(accumulator, 0x1p-4) - accumulator * 0x1p-4;
    sum += signed_error;
    largest = std::max(largest, std::abs(signed_error));
  }
  const double bias = sum / (2 * half);
  if constexpr (std::is_same_v<Policy, FloatScale>) {
    CHECK(bias == 0.0);
    CHECK(largest == 0.5);
  } else if constexpr (std::is_same_v<Policy, DoubleRounding>) {
    // acc / 2 goes up where acc is odd: 1/4 of an eighth, 1/32 again. The division by 8 that follows adds nothing to
    // the mean, since it treats both signs alike; but what went up by 1/16 may now be a tie and go up by another half.
    CHECK(bias == 1.0 / 32);
    CHECK(largest == 0.5 + 1.0 / 16);
  } else {
    CHECK(bias == 1.0 / 32);
    CHECK(largest == 0.5);
  }
}

TEST_CASE("DoubleRounding: three quarters of a step is the largest error, met at M = 1/4") {
  double largest = 0.0;
  for (int exponent = -12; exponent <= 0; ++exponent) {
    for (std::int32_t accumulator = -5000; accumulator <= 5000; ++accumulator) {
      const double real = std::ldexp(1.0, exponent);
      largest = std::max(largest, std::abs(apply<DoubleRounding>(accumulator, real) - accumulator * real));
    }
  }
  CHECK(largest == 0.75);
}

TEST_CASE_TEMPLATE("every policy: larger accumulators never give smaller codes", Policy, IntegerMultiplier, FloatScale,
                   DoubleRounding, PowerOfTwoShift) {
  for (const double real : {0x1p-5, 0x1p-1, 1.0, 0x1p3}) {
    for (std::int32_t accumulator = -3000; accumulator < 3000; ++accumulator) {
      REQUIRE(apply<Policy>(accumulator, real) <= apply<Policy>(accumulator + 1, real));
    }
  }
}

#if defined(QNN_CONTRACTS_THROW)
TEST_CASE_TEMPLATE("every policy: refuses multipliers that are no positive numbers below 2^31", Policy,
                   IntegerMultiplier, FloatScale, DoubleRounding, PowerOfTwoShift) {
  for (const double real :
       {0.0, -1.0, 0x1p31, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(Policy::multiplier(real), ContractViolation);
  }
}

TEST_CASE("PowerOfTwoShift: refuses what is not a power of two") {
  CHECK_THROWS_AS(PowerOfTwoShift::multiplier(0.3), ContractViolation);
  CHECK_THROWS_AS(PowerOfTwoShift::multiplier(3.0), ContractViolation);
}
#endif

TEST_CASE("PowerOfTwoShift: multipliers too small to matter shift every accumulator to 0") {
  CHECK(PowerOfTwoShift::multiplier(0x1p-63) == PowerOfTwoShift::Multiplier{62});
  CHECK(PowerOfTwoShift::multiplier(0x1p-120) == PowerOfTwoShift::Multiplier{62});
  const auto tiny = PowerOfTwoShift::multiplier(0x1p-90);
  CHECK(PowerOfTwoShift::apply(std::numeric_limits<std::int32_t>::min(), tiny) == 0);
  CHECK(PowerOfTwoShift::apply(accumulator_limit<std::int64_t> - 1, tiny) == 0);
}

}  // namespace

}  // namespace requantize_test
