// SPDX-License-Identifier: MIT
/// @file
/// HardSwish: a smooth bend made of a parabola.
#pragma once

#include "qnn/layers/table.hpp"

namespace qnn {

namespace detail {

/// The codes of x min(max(x + 3, 0), 6) / 6 for 16-bit codes. A table has no point at the kinks, -3 and 3, and would be
/// off by many steps there; the formula itself needs one product more. With d = q - zx and three = round(3 2^k / sx), k
/// such that it has 30 bits:
///
///     code = clamp(round_half_up(d min(max(d 2^k + three, 0), 2 three) M) + zy),   M = sx / (sy 2 three)
///
/// Off before rounding by at most 2^-29 of 3 / sy, and by 2^-31 of the result.
template <class Code>
struct HardSwishFormula {
  FixedPointMultiplier multiplier{};
  std::int64_t three = 0;
  std::int32_t k = 0, input_zero_point = 0, zero_point = 0;
  CodeRange codes{};

  template <AffineParameters A>
  constexpr void prepare(const A& input, const A& output, CodeRange range) {
    double real_three = 3.0 / static_cast<double>(input.scale);
    for (k = 0; real_three >= 0x1p30; --k) {
      real_three /= 2.0;
    }
    for (; real_three < 0x1p29 && k < 40; ++k) {  // beyond 40 every d but 0 is far from the parabola
      real_three *= 2.0;
    }
    three = static_cast<std::int64_t>(round_half_even(real_three));
    multiplier = to_fixed_point(ratio_of_scales(input, output) / static_cast<double>(2 * three));
    input_zero_point = input.zero_point;
    zero_point = output.zero_point;
    codes = range;
  }
  constexpr Code operator()(Code code) const {
    const std::int64_t d = code - input_zero_point;
    const std::int64_t scaled = k < 0 ? d >> -k : d * (std::int64_t{1} << k);
    const std::int64_t product = d * std::clamp<std::int64_t>(scaled + three, 0, 2 * three);  // 17 and 31 bits
    return static_cast<Code>(codes.clamp(std::int64_t{multiply(product, multiplier)} + zero_point));
  }
};

}  // namespace detail

/// y = x min(max(x + 3, 0), 6) / 6: a cheap Swish, x sigmoid(x). In integers the output has the calibrated range; codes
/// are the nearest ones. Source: Howard et al., "Searching for MobileNetV3", 2019.
struct HardSwish : detail::TableLayer<HardSwish> {
  static constexpr auto name = "HardSwish";
  template <class Code>
  using wide = detail::HardSwishFormula<Code>;

  template <class Real>
  static constexpr Real f(Real x) {
    return x <= Real{-3} ? Real{0} : x >= Real{3} ? x : x * (x + Real{3}) / Real{6};
  }
  static float derivative(float x) { return x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : (2.0f * x + 3.0f) / 6.0f; }
};

}  // namespace qnn
