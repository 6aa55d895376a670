// SPDX-License-Identifier: MIT
/// @file
/// What Sigmoid and Tanh share: both are tanh, moved and stretched.
#pragma once

#include "qnn/layers/table.hpp"

namespace qnn {

namespace detail {

/// exp(-x) for x >= 0, off by less than 2^-49: the product of the exponentials of three parts of x that floats hold
/// exactly, each made of integers (kernels/reference/softmax.hpp).
constexpr double exponential(double x) {
  namespace reference = kernels::reference::detail;
  if (!(x < 64.0)) {
    return 0.0;  // below 2^-92
  }
  std::uint64_t product = reference::fraction_one;
  for (const double unit : {0x1p-18, 0x1p-42, 0x1p-66}) {
    const double part = static_cast<double>(static_cast<std::int64_t>(x / unit)) * unit;
    x -= part;
    if (part > 0.0) {
      product = reference::multiply_fractions(product, reference::exponential_fraction(static_cast<float>(part)));
    }
  }
  return static_cast<double>(product) * 0x1p-63;
}

/// tanh(x), off by less than 2^-48.
constexpr double hyperbolic_tangent(double x) {
  const double e = exponential(x < 0.0 ? -2.0 * x : 2.0 * x);
  const double y = (1.0 - e) / (1.0 + e);
  return x < 0.0 ? -y : y;
}

/// tanh(x) is within half a step of 16 bits of 1 from here on.
inline constexpr double tangent_reach = 6.0;
inline constexpr std::int64_t tangent_segments = 512;
/// tanh(6 i / 512) for i = 0..513, with 30 fractional bits. A template, so that only who needs it computes it.
template <class Integer>
inline constexpr std::array<Integer, tangent_segments + 2> tangent_points = [] {
  std::array<Integer, tangent_segments + 2> points{};
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double x = static_cast<double>(i) * (tangent_reach / tangent_segments);
    points[i] = static_cast<Integer>(round_half_even(hyperbolic_tangent(x) * 0x1p30));
  }
  return points;
}();

/// The codes of f(x) = centre + amplitude tanh(inner x) for 16-bit codes, in integers. With d = q - zx:
///
///     p = |d| 512 inner sx / 6,  i = floor(p), g = p - i,   at most p = 512
///     t = T_i + g (T_i+1 - T_i) - g (1 - g) / 2 (T_i+2 - 2 T_i+1 + T_i)      (Newton's parabola through three points)
///     code = clamp(round_half_up(sign(d) t amplitude / sy) + zy + centre / sy)
///
/// The parabola is off by at most (6/512)^3 max|tanh'''| / (9 sqrt 3) = 2.1e-7, which is 0.007 steps; in all a code is
/// within 0.51 steps of f. One table of 2 KiB serves all layers, whatever their scales.
template <class Function, class Code>
struct TangentCurve {
  static constexpr int position_bits = 36, fraction_bits = 30;
  std::int64_t factor = 0;     ///< of |d|, with 36 fractional bits
  std::int64_t amplitude = 0;  ///< in steps, as is the middle
  std::int64_t middle = 0;
  std::int32_t input_zero_point = 0;
  CodeRange codes{};

  template <AffineParameters A>
  constexpr void prepare(const A& input, const A& output, CodeRange range) {
    constexpr double segments = static_cast<double>(tangent_segments) * 0x1p36;
    // More than all segments at the first code change nothing, and |d| < 2^16 of so many would not fit in 63 bits.
    const double wanted = static_cast<double>(input.scale) * Function::inner * segments / tangent_reach;
    factor = static_cast<std::int64_t>(round_half_even(std::min(wanted, segments)));
    amplitude = static_cast<std::int64_t>(Function::amplitude / static_cast<double>(output.scale));
    middle = output.zero_point + static_cast<std::int64_t>(Function::centre / static_cast<double>(output.scale));
    input_zero_point = input.zero_point;
    codes = range;
  }

  constexpr Code operator()(Code code) const {
    constexpr auto& points = tangent_points<std::int32_t>;
    const std::int64_t d = code - input_zero_point;
    const std::int64_t position = std::min((d < 0 ? -d : d) * factor, tangent_segments << position_bits);
    const std::int64_t i = std::min(position >> position_bits, tangent_segments - 1);
    const std::int64_t g = (position - (i << position_bits)) >> (position_bits - fraction_bits);
    const auto at = [&](std::int64_t k) { return std::int64_t{points[static_cast<std::size_t>(k)]}; };
    const std::int64_t slope = at(i + 1) - at(i), bend = at(i + 2) - at(i + 1) - slope;
    const std::int64_t half_parabola = (g * ((std::int64_t{1} << fraction_bits) - g)) >> (fraction_bits + 1);
    const std::int64_t t = at(i) + shift_round_half_up(g * slope - half_parabola * bend, fraction_bits);
    return static_cast<Code>(codes.clamp(shift_round_half_up((d < 0 ? -t : t) * amplitude, fraction_bits) + middle));
  }
};

/// f(x) = centre + amplitude tanh(inner x). The Function says `amplitude` and `inner`, powers of two, and `centre`.
template <class Function>
struct TangentLayer : TableLayer<Function> {
  static constexpr bool in_place = true;
  template <class Code>
  using wide = TangentCurve<Function, Code>;

  static constexpr double f(double x) {
    return Function::centre + Function::amplitude * hyperbolic_tangent(Function::inner * x);
  }
};

}  // namespace detail

}  // namespace qnn
