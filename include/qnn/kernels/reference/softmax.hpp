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

namespace detail {

/// Fractions in [0, 1] with 63 bits behind the point.
inline constexpr std::uint64_t fraction_one = std::uint64_t{1} << 63;

/// x * y, rounded down: the upper part of the 128-bit product, put together from four products of halves.
constexpr std::uint64_t multiply_fractions(std::uint64_t x, std::uint64_t y) {
  constexpr std::uint64_t low_half = 0xFFFFFFFF;
  const std::uint64_t low = (x & low_half) * (y & low_half);
  const std::uint64_t middle = (x >> 32) * (y & low_half) + (low >> 32);  // below 2^64, as is the next sum
  const std::uint64_t other = (x & low_half) * (y >> 32) + (middle & low_half);
  const std::uint64_t high = (x >> 32) * (y >> 32) + (middle >> 32) + (other >> 32);
  return (high << 1) | ((other >> 31) & 1);
}

/// exp(-x), off by less than 2^-51 for any x > 0: Taylor's series at x / 1024, by Horner's rule, squared ten times.
/// Integers only, since the exponentials of two C libraries may differ in their last bit.
constexpr std::uint64_t exponential_fraction(float x) {
  if (!(x < 64.0f)) {
    return 0;  // below 2^-92
  }
  const auto part = static_cast<std::uint64_t>(static_cast<double>(x) * 0x1p53);  // x / 1024, below 2^-4
  std::uint64_t result = fraction_one;
  for (std::uint64_t n = 12; n > 0; --n) {
    result = fraction_one - multiply_fractions(part, result) / n;
  }
  for (int squaring = 0; squaring < 10; ++squaring) {
    result = multiply_fractions(result, result);
  }
  return result;
}

}  // namespace detail

/// exp(-scale * d) for code differences d = 256 * high + low in 0..65535, as the product of two table entries of
/// 31 fractional bits: exp(-scale * 256 * high) * exp(-scale * low).
struct ExponentialTables {
  std::array<std::int32_t, 256> high{}, low{};

  /// @pre scale > 0
  static constexpr ExponentialTables of_scale(float scale) {
    ExponentialTables tables;
    const std::uint64_t step = detail::exponential_fraction(scale);
    fill(tables.high, fill(tables.low, step));
    return tables;
  }

  /// With 31 fractional bits, rounded down; at most 2^31 - 1, which stands for 1.
  constexpr std::int64_t at(std::int32_t difference) const {
    const auto d = static_cast<std::size_t>(difference);
    return (std::int64_t{high[d >> 8]} * low[d & 255]) >> 31;
  }

 private:
  /// table[i] = step^i, rounded to nearest; returns step^256.
  static constexpr std::uint64_t fill(std::array<std::int32_t, 256>& table, std::uint64_t step) {
    std::uint64_t power = detail::fraction_one;
    for (std::int32_t& entry : table) {
      entry = saturate_cast<std::int32_t>(static_cast<std::int64_t>((power + (std::uint64_t{1} << 31)) >> 32));
      power = detail::multiply_fractions(power, step);
    }
    return power;
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
