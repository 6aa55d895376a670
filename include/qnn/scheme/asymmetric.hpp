// SPDX-License-Identifier: MIT
/// @file
/// The asymmetric scheme: real = scale * (code - zero_point).
#pragma once

#include "qnn/scheme/affine.hpp"

namespace qnn {

/// Real 0 is the stored code `zero_point`, exactly, so that padding with it introduces no error.
struct Asymmetric {
  static constexpr auto name = "asymmetric";
  static constexpr bool has_zero_point = true;
  template <class Code>
  static constexpr bool supports = true;

  /// Scale and stored zero point of one group.
  struct Parameters {
    float scale = scale_of_zero;
    std::int32_t zero_point = 0;
    friend constexpr bool operator==(const Parameters&, const Parameters&) = default;
  };

  /// The range is widened to contain 0; scale = width / (number of codes - 1); the zero point is the code nearest to
  /// where 0 falls, codes.lowest - lowest / scale rounded half to even. Nudging it to an integer moves the ends of the
  /// covered range by at most half a step. On a power-of-two grid the covered range is wider than asked for.
  /// @pre codes.lowest < codes.highest
  /// @throws NumericError for a range that is empty, not finite or absurdly wide
  static constexpr Parameters parameters_for(Range range, CodeRange codes, ScaleGrid grid = ScaleGrid::any) {
    QNN_EXPECTS(codes.lowest < codes.highest, "an affine map needs at least two codes");
    detail::check_range(range);
    const double lowest = std::min(static_cast<double>(range.lowest), 0.0);
    const double highest = std::max(static_cast<double>(range.highest), 0.0);
    const float scale = detail::scale_for(highest - lowest, codes.highest - codes.lowest, grid);
    const double zero_point = round_half_even(codes.lowest - lowest / static_cast<double>(scale));
    return {scale, codes.clamp(static_cast<std::int64_t>(zero_point))};
  }
};

}  // namespace qnn
