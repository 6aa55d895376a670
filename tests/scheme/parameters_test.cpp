// SPDX-License-Identifier: MIT
/// @file
/// How the schemes choose their parameters: known values, properties over random ranges, and what they refuse.
#include "qnn/core/random.hpp"
#include "qnn/scheme/asymmetric.hpp"
#include "qnn/scheme/symmetric.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace parameters_test {
namespace {

using namespace qnn;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float largest_float = std::numeric_limits<float>::max();
constexpr CodeRange int8 = full_range<std::int8_t>, uint8 = full_range<std::uint8_t>, int16 = full_range<std::int16_t>;
constexpr CodeRange narrow8 = narrow_range<std::int8_t>;

using Sym = Symmetric::Parameters;
using Asym = Asymmetric::Parameters;

// Symmetric: max|real| / highest code.
static_assert(Symmetric::parameters_for({-2.0f, 4.0f}, narrow8) == Sym{4.0f / 127});
static_assert(Symmetric::parameters_for({-4.0f, 2.0f}, int8) == Sym{4.0f / 127});
static_assert(Symmetric::parameters_for({2.0f, 4.0f}, int16) == Sym{4.0f / 32767});
static_assert(Symmetric::parameters_for({-4.0f, -2.0f}, {-7, 7}) == Sym{4.0f / 7});
static_assert(Symmetric::parameters_for({127.0f, 127.0f}, narrow8) == Sym{1.0f});  // constant

// Asymmetric: width / 255, and 0 falls on lowest + 255 * (0 - lowest real) / width.
static_assert(Asymmetric::parameters_for({-1.0f, 3.0f}, uint8) == Asym{4.0f / 255, 64});    // 63.75
static_assert(Asymmetric::parameters_for({-1.0f, 3.0f}, int8) == Asym{4.0f / 255, -64});    // -128 + 63.75 = -64.25
static_assert(Asymmetric::parameters_for({-3.0f, 1.0f}, uint8) == Asym{4.0f / 255, 191});   // 191.25
static_assert(Asymmetric::parameters_for({2.0f, 6.0f}, uint8) == Asym{6.0f / 255, 0});      // all positive: from 0
static_assert(Asymmetric::parameters_for({-6.0f, -2.0f}, uint8) == Asym{6.0f / 255, 255});  // all negative: up to 0
static_assert(Asymmetric::parameters_for({-6.0f, -2.0f}, int8) == Asym{6.0f / 255, 127});
static_assert(Asymmetric::parameters_for({5.0f, 5.0f}, int8) == Asym{5.0f / 255, -128});  // constant
static_assert(Asymmetric::parameters_for({-5.0f, -5.0f}, int16) == Asym{5.0f / 65535, 32767});
// The scale as a float is a little more than 2 / 255, so 0 falls on 127.4999996.
static_assert(2.0f / 255 > 2.0 / 255 && Asymmetric::parameters_for({-1.0f, 1.0f}, uint8) == Asym{2.0f / 255, 127});
static_assert(Asymmetric::parameters_for({-127.0f, 128.0f}, {0, 255}) == Asym{1.0f, 127});

// A tensor of zeros: the scale is free, and 1 keeps multipliers near 1.
static_assert(Symmetric::parameters_for({0.0f, 0.0f}, narrow8) == Sym{1.0f});
static_assert(Asymmetric::parameters_for({0.0f, 0.0f}, uint8) == Asym{1.0f, 0});
static_assert(Asymmetric::parameters_for({-0.0f, 0.0f}, int8) == Asym{1.0f, -128});

// Ranges so small that a scale for them would leave the allowed interval.
constexpr float tiny = std::numeric_limits<float>::denorm_min();
static_assert(Symmetric::parameters_for({-tiny, tiny}, int16) == Sym{smallest_scale});
static_assert(Asymmetric::parameters_for({0.0f, 3 * tiny}, uint8) == Asym{smallest_scale, 0});
static_assert(Asymmetric::parameters_for({-3 * tiny, 0.0f}, uint8).scale == smallest_scale);

// On the power-of-two grid the scale is the next power of two; one that is a power of two stays.
constexpr ScaleGrid grid = ScaleGrid::powers_of_two;
static_assert(Symmetric::parameters_for({-2.0f, 4.0f}, narrow8, grid) == Sym{0x1p-4f});  // 4 / 127 = 0.0315 > 2^-5
static_assert(Symmetric::parameters_for({-127.0f, 1.0f}, narrow8, grid) == Sym{1.0f});
static_assert(Asymmetric::parameters_for({-1.0f, 3.0f}, uint8, grid) == Asym{0x1p-5f, 32});  // 4 / 255 = 0.0157 > 2^-6
static_assert(Asymmetric::parameters_for({0.0f, 0.0f}, uint8, grid) == Asym{1.0f, 0});

template <CodeType C, class S>
struct Case {
  using code = C;
  using scheme = S;
  static constexpr CodeRange range =
      S::has_zero_point ? full_range<C> : CodeRange{-full_range<C>.highest, full_range<C>.highest};
};
#define QNN_EVERY_CASE                                                                        \
  Case<std::int8_t, Symmetric>, Case<std::int16_t, Symmetric>, Case<std::int8_t, Asymmetric>, \
      Case<std::uint8_t, Asymmetric>, Case<std::int16_t, Asymmetric>

Range random_range(Random& random) {
  const float magnitude = std::ldexp(1.0f + random.uniform(), static_cast<int>(random.below(50)) - 25);
  const float a = magnitude * random.uniform(-1.0f, 1.0f), b = magnitude * random.uniform(-1.0f, 1.0f);
  return {std::min(a, b), std::max(a, b)};
}

TEST_CASE_TEMPLATE("parameters_for: every value of the range comes back within half a step", C, QNN_EVERY_CASE) {
  Random random(1);
  for (const ScaleGrid scales : {ScaleGrid::any, ScaleGrid::powers_of_two}) {
    for (int i = 0; i < 2'000; ++i) {
      const Range range = random_range(random);
      const auto parameters = C::scheme::parameters_for(range, C::range, scales);
      REQUIRE(C::range.clamp(parameters.zero_point) == parameters.zero_point);
      REQUIRE(parameters.scale >= smallest_scale);
      for (const float share : {0.0f, 0.25f, 0.5f, 0.8f, 1.0f, random.uniform()}) {
        const float real =
            std::clamp(range.lowest + share * (range.highest - range.lowest), range.lowest, range.highest);
        const auto code = quantize_value<typename C::code>(real, parameters, C::range);
        const double error =
            std::abs(static_cast<double>(dequantize_value(code, parameters)) - static_cast<double>(real));
        // The scale, the quotient and the product are floats: each may add 2^-24 of the largest value.
        const double widest = static_cast<double>(std::max(std::abs(range.lowest), std::abs(range.highest)));
        REQUIRE(error <= static_cast<double>(parameters.scale) / 2 + 4 * 0x1p-24 * widest);
      }
    }
  }
}

TEST_CASE_TEMPLATE("parameters_for: no smaller scale would do", C, QNN_EVERY_CASE) {
  Random random(2);
  for (int i = 0; i < 2'000; ++i) {
    const Range range = random_range(random);
    const double lowest = std::min(0.0, static_cast<double>(range.lowest));
    const double highest = std::max(0.0, static_cast<double>(range.highest));
    const double exact = C::scheme::has_zero_point ? (highest - lowest) / (C::range.highest - C::range.lowest)
                                                   : static_cast<double>(range.magnitude()) / C::range.highest;
    const auto any = C::scheme::parameters_for(range, C::range);
    const auto power = C::scheme::parameters_for(range, C::range, grid);
    REQUIRE(any.scale == std::max(static_cast<float>(exact), smallest_scale));
    REQUIRE(power.scale >= any.scale);
    REQUIRE(power.scale < 2 * any.scale);
    REQUIRE(std::ldexp(1.0f, std::ilogb(power.scale)) == power.scale);
  }
}

TEST_CASE_TEMPLATE("parameters_for: refuses ranges that are empty, not finite or absurdly wide", C, QNN_EVERY_CASE) {
  const auto message_of = [](Range range) -> std::string {
    try {
      C::scheme::parameters_for(range, C::range);
    } catch (const NumericError& error) {
      return error.what();
    }
    return "accepted";
  };
  const auto says = [&](Range range, const char* words) { return message_of(range).find(words) != std::string::npos; };
  CHECK(says({}, "empty"));
  CHECK(says({1.0f, -1.0f}, "empty"));
  CHECK(says({nan, nan}, "NaN"));
  CHECK(says({nan, 1.0f}, "NaN"));
  CHECK(says({0.0f, nan}, "NaN"));
  CHECK(says({0.0f, infinity}, "infinity"));
  CHECK(says({-infinity, infinity}, "infinity"));
  CHECK(says({-largest_float, largest_float}, "absurdly large"));
  CHECK(message_of({0.0f, largest_scale}) == "accepted");
}

#if defined(QNN_CONTRACTS_THROW)
TEST_CASE("parameters_for: refuses code ranges that the scheme cannot use") {
  const Range range{-1.0f, 1.0f};
  CHECK_THROWS_AS(Symmetric::parameters_for(range, {0, 255}), ContractViolation);
  CHECK_THROWS_AS(Symmetric::parameters_for(range, {-7, 8}), ContractViolation);
  CHECK_THROWS_AS(Symmetric::parameters_for(range, {-8, 0}), ContractViolation);
  CHECK_THROWS_AS(Asymmetric::parameters_for(range, {4, 4}), ContractViolation);
  CHECK_THROWS_AS(Asymmetric::parameters_for(range, {5, 4}), ContractViolation);
}
#endif

}  // namespace

#undef QNN_EVERY_CASE

}  // namespace parameters_test
