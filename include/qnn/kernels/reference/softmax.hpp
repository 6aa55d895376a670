// SPDX-License-Identifier: MIT
/// @file
/// The normative integer Softmax: tables in, no floating point at run time.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/numeric/rounding.hpp"
#include "qnn/numeric/saturating.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace qnn::kernels::reference {

/// exp(-scale * d) for code differences d = 256 * high + low in 0..65535, as the product of two table entries of
/// 31 fractional bits: exp(-scale * 256 * high) * exp(-scale * low).
struct ExponentialTables {
  std::array<std::int32_t, 256> high{}, low{};

  /// With 31 fractional bits, rounded down; at most 2^31 - 1, which stands for 1.
  constexpr std::int64_t at(std::int32_t difference) const {
    const auto d = static_cast<std::size_t>(difference);
    return (std::int64_t{high[d >> 8]} * low[d & 255]) >> 31;
  }
};

/// With m the largest input code, e_i = tables.at(m - x_i) and s the sum of the e_i:
/// y_i = clamp(round_half_even(e_i * steps / s) + zero_point), which is the probability at scale 1 / steps. O(size).
template <class Code, class S>
constexpr void softmax(const ExponentialTables& tables, std::int32_t steps, std::int32_t zero_point, CodeRange codes,
                       View<const Code, S> x, View<Code, S> y) {
  const std::int32_t largest = *std::max_element(x.begin(), x.end());
  std::int64_t sum = 0;
  for (const Code code : x) {
    sum += tables.at(largest - code);
  }
  for (Index i = 0; i < S::size; ++i) {
    const std::int64_t share = divide_round_half_even(tables.at(largest - x[i]) * steps, sum);
    y[i] = static_cast<Code>(codes.clamp(share + zero_point));
  }
}

}  // namespace qnn::kernels::reference
