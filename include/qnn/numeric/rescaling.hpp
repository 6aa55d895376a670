// SPDX-License-Identifier: MIT
/// @file
/// Integers at several scales brought to one: factors with a common shift, and their exact sum.
#pragma once

#include "qnn/core/contract.hpp"
#include "qnn/numeric/rounding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace qnn {

/// sum_k ratio_k x_k, rounded once, ties up:
///
///     floor(2^-shift (sum_k factor_k x_k) + 1/2),   factor_k = round(ratio_k 2^shift)
///
/// The shift is the largest, at most 30, with which no factor exceeds `largest_factor`: with 21 bits (8-bit codes) a
/// factor's error moves the result by at most |x| 2^-22 of the largest ratio.
template <std::size_t Count>
struct Rescaling {
  std::array<std::int32_t, Count> factor{};
  std::int32_t shift = 0;

  /// Largest ratio that there is a factor for, given the largest factor.
  static constexpr double limit(std::int32_t largest_factor) { return static_cast<double>(largest_factor); }

  /// @pre every ratio lies in (0, limit(largest_factor)]
  static constexpr Rescaling of(const std::array<double, Count>& ratios, std::int32_t largest_factor) {
    const double largest = *std::max_element(ratios.begin(), ratios.end());
    QNN_EXPECTS(largest > 0.0 && largest <= limit(largest_factor), "a ratio of scales lies in (0, largest factor]");
    Rescaling result;
    double unit = 1.0;
    while (result.shift < 30 && largest * unit * 2.0 <= static_cast<double>(largest_factor)) {
      unit *= 2.0;
      ++result.shift;
    }
    for (std::size_t k = 0; k < Count; ++k) {
      result.factor[k] = static_cast<std::int32_t>(ratios[k] * unit + 0.5);
    }
    return result;
  }
};

}  // namespace qnn
