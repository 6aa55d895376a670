// SPDX-License-Identifier: MIT
/// @file
/// The affine map between reals and codes, real = scale * (code - zero_point), and what every scheme shares.
/// Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
/// inference", CVPR 2018, equation 1.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/core/error.hpp"
#include "qnn/numeric/rounding.hpp"
#include "qnn/numeric/saturating.hpp"
#include "qnn/scheme/range.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>

namespace qnn {

/// What the parameters of every scheme offer: `Symmetric::Parameters` has its zero point as a compile-time fact.
template <class P>
concept AffineParameters = requires(const P parameters) {
  { parameters.scale } -> std::convertible_to<float>;
  { parameters.zero_point } -> std::convertible_to<std::int32_t>;
};

/// Scales lie in [smallest_scale, largest_scale]: wide enough for any network, narrow enough that products and
/// quotients of three scales stay far from overflow and underflow.
inline constexpr float smallest_scale = 0x1p-40f;
inline constexpr float largest_scale = 0x1p40f;
/// The scale of a tensor that is zero everywhere: any scale represents it exactly, this one keeps multipliers near 1.
inline constexpr float scale_of_zero = 1.0f;

/// clamp(round_half_even(real / scale) + zero_point) to `range`. Clamping first gives the same code, because the ends
/// are integers, and keeps the float small enough to convert. @pre real is not NaN
template <CodeType Code, AffineParameters P>
constexpr Code quantize_value(float real, const P& parameters, CodeRange range) {
  QNN_EXPECTS(real == real, "a NaN has no code");
  const auto lowest = static_cast<float>(range.lowest - parameters.zero_point);
  const auto highest = static_cast<float>(range.highest - parameters.zero_point);
  const float steps = round_half_even(std::clamp(real / parameters.scale, lowest, highest));
  return static_cast<Code>(static_cast<std::int32_t>(steps) + parameters.zero_point);
}

/// scale * (code - zero_point), rounded once: the difference of codes is exact in float.
template <CodeType Code, AffineParameters P>
constexpr float dequantize_value(Code code, const P& parameters) {
  return parameters.scale * static_cast<float>(code - parameters.zero_point);
}

/// 2^ceil(log2(scale)): the next power of two, for requantization by shifting.
constexpr float power_of_two_above(float scale) {
  float power = smallest_scale;
  while (power < scale) {
    power *= 2.0f;
  }
  return power;
}

/// Which scales a requantization policy can work with.
enum class ScaleGrid { any, powers_of_two };

namespace detail {

[[noreturn]] QNN_COLD inline void report_range(const char* found) {
  raise(NumericError(std::string("qnn: cannot quantize: ") + found));
}
[[noreturn]] QNN_COLD inline void report_width(double width) {
  raise(NumericError("qnn: cannot quantize: a range of width " + std::to_string(width) + " is absurdly large"));
}

/// @throws NumericError for a range that is empty or not finite
constexpr void check_range(Range range) {
  if (range.empty()) {
    report_range("the range of values is empty or NaN; observe at least one finite value");
  }
  if (!range.finite()) {
    report_range("among the values is a NaN or an infinity; all must be finite");
  }
}

/// `width / steps` on the grid, within [smallest_scale, largest_scale]. Double, since a width may exceed any float.
/// @throws NumericError where even largest_scale cannot cover the width
constexpr float scale_for(double width, std::int32_t steps, ScaleGrid grid) {
  const double exact = width / steps;
  if (exact > static_cast<double>(largest_scale)) {
    report_width(width);
  }
  if (exact == 0.0) {
    return scale_of_zero;
  }
  const float scale = std::max(static_cast<float>(exact), smallest_scale);
  return grid == ScaleGrid::any ? scale : power_of_two_above(scale);
}

}  // namespace detail

}  // namespace qnn
