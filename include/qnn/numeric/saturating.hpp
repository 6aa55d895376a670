// SPDX-License-Identifier: MIT
/// @file
/// Ranges of integer codes, and conversions that stop at their ends.
#pragma once

#include "qnn/numeric/narrow_int.hpp"

#include <concepts>
#include <cstdint>
#include <limits>

namespace qnn {

/// The codes lowest..highest, both included.
struct CodeRange {
  std::int32_t lowest, highest;
  friend constexpr bool operator==(const CodeRange&, const CodeRange&) = default;

  constexpr std::int32_t clamp(std::int64_t value) const {
    return value < lowest ? lowest : value > highest ? highest : static_cast<std::int32_t>(value);
  }
};

/// Every value of the type: -8..7, -128..127, 0..255, -32768..32767.
template <CodeType Code>
inline constexpr CodeRange full_range{std::numeric_limits<Code>::min(), std::numeric_limits<Code>::max()};

/// A range that is its own negative: -1..1, -7..7, -127..127, -32767..32767. Symmetric weights live here, so that the
/// sum of two int8 products never exceeds 2 * 127 * 128 < 2^15 and negation never overflows.
template <CodeType Code>
  requires is_signed_code<Code>
inline constexpr CodeRange narrow_range{-std::numeric_limits<Code>::max(), std::numeric_limits<Code>::max()};

/// Nearest value of `To`: 300 becomes 127 as int8.
template <std::integral To>
  requires(sizeof(To) < sizeof(std::int64_t) || std::signed_integral<To>)
constexpr To saturate_cast(std::int64_t value) {
  constexpr std::int64_t lowest = std::numeric_limits<To>::min(), highest = std::numeric_limits<To>::max();
  return static_cast<To>(value < lowest ? lowest : value > highest ? highest : value);
}

}  // namespace qnn
