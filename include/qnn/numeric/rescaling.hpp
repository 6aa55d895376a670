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
/// The shift is the largest, at most 30, with which no factor exceeds `largest_factor`: with 2^21 (8-bit codes) a
/// factor's error, half a unit, is at most 2^-21 of the largest ratio; where that is below 2^-9 it is 2^-31, absolute.
template <std::size_t Count>
struct Rescaling {
  std::array<std::int32_t, Count> factor{};
  std::int32_t shift = 0;

  /// A ratio beyond the largest factor is that of an input whose range was found to be 0 (layers/join.hpp refuses all
  /// others): it has no part in the choice of the shift, and takes the largest factor. @pre every ratio is positive
  static constexpr Rescaling of(const std::array<double, Count>& ratios, std::int32_t largest_factor) {
    const auto limit = static_cast<double>(largest_factor);
    double largest = 0.0;
    for (const double ratio : ratios) {
      QNN_EXPECTS(ratio > 0.0, "a ratio of scales is positive");
      largest = ratio <= limit ? std::max(largest, ratio) : largest;
    }
    Rescaling result;
    double unit = 1.0;
    while (largest > 0.0 && result.shift < 30 && largest * unit * 2.0 <= limit) {
      unit *= 2.0;
      ++result.shift;
    }
    for (std::size_t k = 0; k < Count; ++k) {
      result.factor[k] = static_cast<std::int32_t>(std::min(ratios[k] * unit + 0.5, limit));
    }
    return result;
  }
};

}  // namespace qnn
