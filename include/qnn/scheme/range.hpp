// SPDX-License-Identifier: MIT
/// @file
/// An interval of real numbers that a tensor takes its values from.
#pragma once

#include "qnn/numeric/rounding.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace qnn {

/// lowest..highest, both included. `Range{}` is empty; widening it by the first value makes it that value.
struct Range {
  float lowest = std::numeric_limits<float>::infinity();
  float highest = -std::numeric_limits<float>::infinity();

  constexpr bool empty() const { return !(lowest <= highest); }
  constexpr bool finite() const { return is_finite(lowest) && is_finite(highest); }
  constexpr float magnitude() const { return std::max(-lowest, highest); }
  /// The smallest range that contains this one and `other`.
  constexpr Range united(Range other) const {
    return {std::min(lowest, other.lowest), std::max(highest, other.highest)};
  }
  friend constexpr bool operator==(const Range&, const Range&) = default;
};

/// Smallest range that contains all values. One NaN or infinity makes it the whole real line, which is not finite() and
/// stays so through united(): a range of NaNs could be lost there, since every comparison with a NaN is false.
constexpr Range range_of(std::span<const float> values) {
  Range range;
  bool finite = true;
  for (const float value : values) {
    range.lowest = value < range.lowest ? value : range.lowest;
    range.highest = value > range.highest ? value : range.highest;
    finite &= is_finite(value);
  }
  constexpr float infinity = std::numeric_limits<float>::infinity();
  return finite ? range : Range{-infinity, infinity};
}

}  // namespace qnn
