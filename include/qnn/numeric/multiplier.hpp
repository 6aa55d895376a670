// SPDX-License-Identifier: MIT
/// @file
/// A positive real multiplier as an integer mantissa and a shift, and its exact application to accumulators.
#pragma once

#include "qnn/core/contract.hpp"
#include "qnn/numeric/rounding.hpp"
#include "qnn/numeric/saturating.hpp"

#include <cstdint>
#include <limits>

namespace qnn {

/// real = mantissa * 2^-shift, mantissa in [2^30, 2^31) (31 significant bits: relative error at most 2^-31),
/// shift in 0..62. Multipliers below 2^-32 keep shift 62 and lose leading bits of the mantissa instead: their error is
/// at most 2^-63, absolute.
struct FixedPointMultiplier {
  std::int32_t mantissa = 0;
  std::int32_t shift = 0;
  friend constexpr bool operator==(const FixedPointMultiplier&, const FixedPointMultiplier&) = default;
};

/// Largest real multiplier that can be represented, exclusive. A scale that needs more is a mistake of calibration.
inline constexpr double multiplier_limit = 0x1p31;

/// The nearest FixedPointMultiplier; a mantissa half-way between two integers is rounded up.
/// @pre 0 < real < multiplier_limit
constexpr FixedPointMultiplier to_fixed_point(double real) {
  QNN_EXPECTS(real > 0.0 && real < multiplier_limit, "a requantization multiplier lies in (0, 2^31)");
  int shift = 0;
  while (real < 0x1p30 && shift < 62) {
    real *= 2.0;  // exact
    ++shift;
  }
  const auto mantissa = static_cast<std::int64_t>(real + 0.5);
  if (mantissa == std::int64_t{1} << 31) {  // 2^31 - epsilon was rounded up: one bit fewer, twice the value
    return shift == 0 ? FixedPointMultiplier{std::numeric_limits<std::int32_t>::max(), 0}
                      : FixedPointMultiplier{std::int32_t{1} << 30, shift - 1};
  }
  return {static_cast<std::int32_t>(mantissa), shift};
}

/// floor(accumulator * mantissa * 2^-shift + 1/2), one rounding, ties up; the product needs at most 62 bits.
constexpr std::int32_t multiply(std::int32_t accumulator, FixedPointMultiplier multiplier) {
  const std::int64_t product = std::int64_t{accumulator} * multiplier.mantissa;
  return saturate_cast<std::int32_t>(shift_round_half_up(product, multiplier.shift));
}

/// The same for a 64-bit accumulator. The 95-bit product is held in two words, high * 2^32 + low, so that no
/// compiler extension is needed: below a shift of 32 the low word carries the rounding, above it the high word does.
constexpr std::int32_t multiply(std::int64_t accumulator, FixedPointMultiplier multiplier) {
  const std::int64_t mantissa = multiplier.mantissa;
  const std::int64_t low_product = (accumulator & 0xFFFFFFFF) * mantissa;  // in 0 .. 2^63
  const std::int64_t high = (accumulator >> 32) * mantissa + (low_product >> 32);
  const std::int64_t low = low_product & 0xFFFFFFFF;
  const int shift = multiplier.shift;
  if (shift > 32) {
    return saturate_cast<std::int32_t>(shift_round_half_up(high, shift - 32));
  }
  const std::int64_t rounded_low = shift == 0 ? low : low + (std::int64_t{1} << (shift - 1));
  const std::int64_t carried = high + (rounded_low >> 32);
  if (carried >= (std::int64_t{1} << 31) || carried < -(std::int64_t{1} << 31)) {  // beyond 32 bits at any shift <= 32
    return carried < 0 ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int32_t>::max();
  }
  const std::int64_t whole = carried * (std::int64_t{1} << 32) + (rounded_low & 0xFFFFFFFF);
  return saturate_cast<std::int32_t>(whole >> shift);
}

}  // namespace qnn
