// SPDX-License-Identifier: MIT
/// @file
/// The roundings of the library, each named, each constexpr. Ties are where roundings differ:
///
/// | function                     | 2.5 | -2.5 | 3.5 | used by                                           |
/// |------------------------------|-----|------|-----|---------------------------------------------------|
/// | round_half_even              | 2   | -2   | 4   | quantize, FloatScale (IEEE 754, ONNX)             |
/// | shift_round_half_up          | 3   | -2   | 4   | IntegerMultiplier, PowerOfTwoShift                |
/// | shift_round_half_away        | 3   | -3   | 4   | DoubleRounding (gemmlowp's RoundingDivideByPOT)   |
/// | divide_round_half_even       | 2   | -2   | 4   | average pooling, integer Softmax                  |
#pragma once

#include "qnn/core/contract.hpp"

#include <concepts>
#include <cstdint>
#include <limits>

namespace qnn {

/// Nearest integer, ties to even. Exact for every finite x; infinities and NaN stay what they are.
/// Adding and subtracting 1.5 * 2^52 makes the floating-point unit itself round (it is in round-to-nearest mode, as C++
/// starts), without a branch: floats beyond 2^51 are integers, which the way through double returns unharmed. The
/// conversion also keeps a product in x from being fused with the sum, which would round it a different way.
constexpr float round_half_even(float x) { return static_cast<float>((static_cast<double>(x) + 0x1.8p52) - 0x1.8p52); }

/// Nearest integer, ties to even. Exact for every finite x: below 2^52, x + 2^52 has no bit left for a fraction.
constexpr double round_half_even(double x) {
  constexpr double magic = 0x1p52;
  if (!(x < magic && x > -magic)) {
    return x;
  }
  return x < 0.0 ? (x - magic) + magic : (x + magic) - magic;
}

/// floor(x / 2^shift + 1/2): one rounding, ties towards +infinity. The result of an arithmetic shift, so it needs no
/// branch on the sign. @pre 0 <= shift <= 62 and x + 2^(shift-1) fits in 64 bits
constexpr std::int64_t shift_round_half_up(std::int64_t x, int shift) {
  return shift == 0 ? x : (x + (std::int64_t{1} << (shift - 1))) >> shift;
}

/// x / 2^shift to the nearest integer, ties away from zero. Source: gemmlowp, fixedpoint.h, RoundingDivideByPOT.
/// @pre 0 <= shift <= 31
constexpr std::int32_t shift_round_half_away(std::int32_t x, int shift) {
  const std::int64_t mask = (std::int64_t{1} << shift) - 1;
  const std::int64_t remainder = x & mask;
  const std::int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return static_cast<std::int32_t>((std::int64_t{x} >> shift) + (remainder > threshold ? 1 : 0));
}

/// numerator / denominator to the nearest integer, ties to even. @pre denominator > 0, twice its value fits in 64 bits
constexpr std::int64_t divide_round_half_even(std::int64_t numerator, std::int64_t denominator) {
  QNN_EXPECTS(denominator > 0, "the divisor must be positive");
  std::int64_t quotient = numerator / denominator;
  std::int64_t remainder = numerator % denominator;
  if (remainder < 0) {  // make it a floor division, whose remainder is never negative
    remainder += denominator;
    --quotient;
  }
  const std::int64_t twice = 2 * remainder;
  const bool up = twice > denominator || (twice == denominator && quotient % 2 != 0);
  return quotient + (up ? 1 : 0);
}

/// Whether x is neither NaN nor infinite; constexpr, unlike std::isfinite in C++20.
template <std::floating_point Real>
constexpr bool is_finite(Real x) {
  return x >= std::numeric_limits<Real>::lowest() && x <= std::numeric_limits<Real>::max();
}

}  // namespace qnn
