// SPDX-License-Identifier: MIT
/// @file
/// The proof that an integer accumulator cannot overflow, from fan-in and code ranges alone.
///
/// A kernel computes, for one output, acc = bias + sum_k x_k w_k - zw sum_k x_k over k = 1..fan_in. Every partial
/// sum, in any order, is at most
///
///     fan_in * max|x| * (max|w| + max|zw|) + |bias|
///
/// in magnitude. The products may use half of `accumulator_limit`; the rest belongs to the bias, whose codes are
/// compared with `bias_limit` when a network is quantized or loaded.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/numeric/saturating.hpp"

#include <cstdint>
#include <limits>

namespace qnn {

/// Largest magnitude an accumulator may reach: all of an int32; a quarter of an int64's range, which leaves
/// requantization the room to add its rounding term in 64 bits.
template <class Accumulator>
inline constexpr std::int64_t accumulator_limit = sizeof(Accumulator) == 8
                                                      ? (std::int64_t{1} << 61)
                                                      : std::int64_t{std::numeric_limits<Accumulator>::max()};

/// Largest magnitude of a code in `range`.
constexpr std::int64_t magnitude(CodeRange range) {
  return -std::int64_t{range.lowest} > range.highest ? -std::int64_t{range.lowest} : range.highest;
}

/// Largest magnitude that one term of the sum adds: |x| (|w| + |zw|), where zw is 0 for symmetric weights.
constexpr std::int64_t term_bound(CodeRange input, CodeRange weight, bool weight_has_zero_point) {
  return magnitude(input) * magnitude(weight) * (weight_has_zero_point ? 2 : 1);
}

/// Largest fan-in whose products are proven to stay within half of `accumulator_limit`.
template <class Accumulator>
constexpr Index largest_safe_fan_in(std::int64_t term) {
  return static_cast<Index>((accumulator_limit<Accumulator> / 2) / term);
}

/// Largest magnitude of a bias code (zero point folded in) that the proof allows beside `fan_in` products.
template <class Accumulator>
constexpr std::int64_t bias_limit(std::int64_t term, Index fan_in) {
  return accumulator_limit<Accumulator> - term * fan_in;
}

}  // namespace qnn
