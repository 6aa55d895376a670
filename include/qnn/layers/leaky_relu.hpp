// SPDX-License-Identifier: MIT
/// @file
/// LeakyReLU: negative values leak through.
#pragma once

#include "qnn/layers/table.hpp"

#include <string>

namespace qnn {

namespace detail {

/// The codes of x where x > 0 and Percent/100 x elsewhere, for 16-bit codes: a multiplier for each, rounded once, ties
/// up. The error before rounding is at most 2^-14 steps.
template <int Percent, class Code>
struct TwoSlopes {
  FixedPointMultiplier above{}, below{};
  std::int32_t input_zero_point = 0, zero_point = 0;
  CodeRange codes{};

  template <AffineParameters A>
  constexpr void prepare(const A& input, const A& output, CodeRange range) {
    const double ratio = ratio_of_scales(input, output);
    above = to_fixed_point(ratio);
    below = to_fixed_point(ratio * Percent / 100);
    input_zero_point = input.zero_point;
    zero_point = output.zero_point;
    codes = range;
  }
  constexpr Code operator()(Code code) const {
    const std::int32_t d = code - input_zero_point;
    return static_cast<Code>(codes.clamp(std::int64_t{multiply(d, d < 0 ? below : above)} + zero_point));
  }
};

}  // namespace detail

/// y = x where x >= 0, Percent/100 x elsewhere. In integers the output has the calibrated range; codes are the nearest
/// ones. Source: Maas, Hannun, Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.
template <int Percent = 1>
struct LeakyReLU : detail::TableLayer<LeakyReLU<Percent>> {
  static_assert(Percent > 0 && Percent < 100, "qnn::LeakyReLU: the slope of negative values is 1..99 percent");
  static constexpr auto name = "LeakyReLU";
  static constexpr bool is_homogeneous = true;
  static constexpr bool in_place = true;
  template <class Code>
  using wide = detail::TwoSlopes<Percent, Code>;

  template <class In>
  static std::string details() {
    return std::to_string(Percent) + " %";
  }

  static constexpr float slope = static_cast<float>(Percent) / 100.0f;
  static float f(float x) { return x < 0.0f ? x * slope : x; }
  static constexpr double f(double x) { return x < 0.0 ? x * Percent / 100 : x; }
  static float derivative(float y) { return y < 0.0f ? slope : 1.0f; }
};

}  // namespace qnn
