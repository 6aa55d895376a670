// SPDX-License-Identifier: MIT
/// @file
/// Reals to codes and back, for every code type and scheme: ties, ends, zero, NaN; and powers of two as scales.
#include "qnn/scheme/affine.hpp"

#include "qnn/core/random.hpp"
#include "qnn/scheme/asymmetric.hpp"
#include "qnn/scheme/symmetric.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace affine_test {
namespace {

using namespace qnn;

constexpr float infinity = std::numeric_limits<float>::infinity();

template <CodeType C, class S>
struct Case {
  using code = C;
  using scheme = S;
  static constexpr CodeRange range = full_range<C>;
  static typename S::Parameters random_parameters(Random& random) {
    typename S::Parameters parameters;
    parameters.scale = std::ldexp(1.0f + random.uniform(), static_cast<int>(random.below(40)) - 20);
    if constexpr (S::has_zero_point) {
      parameters.zero_point = range.lowest + static_cast<std::int32_t>(random.below(range.highest - range.lowest + 1));
    }
    return parameters;
  }
};
#define QNN_EVERY_CASE                                                                        \
  Case<std::int8_t, Symmetric>, Case<std::int16_t, Symmetric>, Case<std::int8_t, Asymmetric>, \
      Case<std::uint8_t, Asymmetric>, Case<std::int16_t, Asymmetric>

static_assert(AffineParameters<Symmetric::Parameters> && AffineParameters<Asymmetric::Parameters>);
static_assert(sizeof(Symmetric::Parameters) == sizeof(float));  // the zero point costs nothing

constexpr std::int8_t symmetric_code(float real) {
  return quantize_value<std::int8_t>(real, Symmetric::Parameters{1.0f}, narrow_range<std::int8_t>);
}
static_assert(symmetric_code(0.5f) == 0 && symmetric_code(1.5f) == 2 && symmetric_code(2.5f) == 2);
static_assert(symmetric_code(-0.5f) == 0 && symmetric_code(-1.5f) == -2 && symmetric_code(-2.5f) == -2);
static_assert(symmetric_code(126.49f) == 126 && symmetric_code(126.5f) == 126 && symmetric_code(126.51f) == 127);
static_assert(symmetric_code(127.5f) == 127 && symmetric_code(1e30f) == 127 && symmetric_code(infinity) == 127);
static_assert(symmetric_code(-127.5f) == -127 && symmetric_code(-1e30f) == -127 && symmetric_code(-infinity) == -127);

// The zero point is added after rounding: ties go to even *steps*, so 2.5 steps above 3 is 5, not 6.
constexpr Asymmetric::Parameters at_three{1.0f, 3};
static_assert(quantize_value<std::uint8_t>(2.5f, at_three, full_range<std::uint8_t>) == 5);
static_assert(quantize_value<std::uint8_t>(3.5f, at_three, full_range<std::uint8_t>) == 7);
static_assert(quantize_value<std::uint8_t>(-2.5f, at_three, full_range<std::uint8_t>) == 1);
static_assert(quantize_value<std::uint8_t>(-3.5f, at_three, full_range<std::uint8_t>) == 0);
static_assert(dequantize_value<std::uint8_t>(0, at_three) == -3.0f);
static_assert(dequantize_value<std::uint8_t>(255, Asymmetric::Parameters{0.5f, 3}) == 126.0f);

static_assert(power_of_two_above(1.0f) == 1.0f && power_of_two_above(1.01f) == 2.0f &&
              power_of_two_above(0.3f) == 0.5f);
static_assert(power_of_two_above(smallest_scale) == smallest_scale &&
              power_of_two_above(largest_scale) == largest_scale);

TEST_CASE_TEMPLATE("quantize_value: the definition, in double, for every code type and scheme", C, QNN_EVERY_CASE) {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto parameters = C::random_parameters(random);
    // steps of a sixteenth times a scale of a few bits: the quotient is exact, so are its ties
    const float scale = std::ldexp(1.0f, std::ilogb(parameters.scale));
    auto exact = parameters;
    exact.scale = scale;
    const double steps = static_cast<double>(random.below(1 << 21) - (1 << 20)) / 16.0;
    const double rounded = std::nearbyint(steps) + exact.zero_point;
    const double expected = std::fmin(std::fmax(rounded, C::range.lowest), C::range.highest);
    const auto real = static_cast<float>(steps * static_cast<double>(scale));
    REQUIRE(static_cast<double>(quantize_value<typename C::code>(real, exact, C::range)) == expected);
  }
}

TEST_CASE_TEMPLATE("quantize_value: the ends are reached and kept", C, QNN_EVERY_CASE) {
  Random random(2);
  for (int i = 0; i < 1'000; ++i) {
    const auto parameters = C::random_parameters(random);
    for (const float far : {std::numeric_limits<float>::max(), infinity}) {
      CHECK(quantize_value<typename C::code>(far, parameters, C::range) == C::range.highest);
      CHECK(quantize_value<typename C::code>(-far, parameters, C::range) == C::range.lowest);
    }
    constexpr CodeRange inner{C::range.lowest + 5, C::range.highest - 3};
    if (inner.clamp(parameters.zero_point) == parameters.zero_point) {
      CHECK(quantize_value<typename C::code>(infinity, parameters, inner) == inner.highest);
      CHECK(quantize_value<typename C::code>(-infinity, parameters, inner) == inner.lowest);
    }
  }
}

TEST_CASE_TEMPLATE("zero is exact: both ways, for any scale and zero point", C, QNN_EVERY_CASE) {
  Random random(3);
  for (int i = 0; i < 10'000; ++i) {
    const auto parameters = C::random_parameters(random);
    for (const float zero : {0.0f, -0.0f, std::numeric_limits<float>::denorm_min()}) {
      const auto code = quantize_value<typename C::code>(zero, parameters, C::range);
      REQUIRE(code == parameters.zero_point);
      REQUIRE(dequantize_value<typename C::code>(code, parameters) == 0.0f);
    }
  }
}

TEST_CASE_TEMPLATE("every code survives the way to its real and back", C, QNN_EVERY_CASE) {
  Random random(4);
  for (int i = 0; i < 20; ++i) {
    const auto parameters = C::random_parameters(random);
    int lost = 0;
    for (std::int32_t code = C::range.lowest; code <= C::range.highest; ++code) {
      const float real = dequantize_value(static_cast<typename C::code>(code), parameters);
      lost += quantize_value<typename C::code>(real, parameters, C::range) != code;
    }
    CHECK(lost == 0);
  }
}

TEST_CASE_TEMPLATE("larger reals never get smaller codes", C, QNN_EVERY_CASE) {
  Random random(5);
  const auto parameters = C::random_parameters(random);
  const float width = parameters.scale * static_cast<float>(C::range.highest - C::range.lowest);
  auto previous = quantize_value<typename C::code>(-2 * width, parameters, C::range);
  for (float real = -2 * width; real < 2 * width; real += width / 50'000) {
    const auto code = quantize_value<typename C::code>(real, parameters, C::range);
    REQUIRE(code >= previous);
    previous = code;
  }
}

TEST_CASE("dequantize_value: rounded once, since the difference of codes is exact") {
  Random random(6);
  for (std::int32_t code = -32768; code <= 32767; code += 7) {
    const Asymmetric::Parameters parameters{random.uniform(0.1f, 2.0f),
                                            static_cast<std::int32_t>(random.below(65536)) - 32768};
    const double exact = static_cast<double>(parameters.scale) * (code - parameters.zero_point);
    REQUIRE(dequantize_value(static_cast<std::int16_t>(code), parameters) == static_cast<float>(exact));
  }
}

TEST_CASE("power_of_two_above: never below, and less than twice") {
  Random random(7);
  for (int i = 0; i < 10'000; ++i) {
    const float scale = std::ldexp(1.0f + random.uniform(), static_cast<int>(random.below(78)) - 39);
    const float power = power_of_two_above(scale);
    REQUIRE(std::exp2(static_cast<float>(std::ilogb(power))) == power);
    REQUIRE(power >= scale);
    REQUIRE(power < 2.0f * scale);
  }
}

#if defined(QNN_CONTRACTS_THROW)
TEST_CASE_TEMPLATE("quantize_value: a NaN has no code", C, QNN_EVERY_CASE) {
  const typename C::scheme::Parameters parameters{};
  CHECK_THROWS_AS(quantize_value<typename C::code>(std::numeric_limits<float>::quiet_NaN(), parameters, C::range),
                  ContractViolation);
}
#endif

}  // namespace

#undef QNN_EVERY_CASE

}  // namespace affine_test
