// SPDX-License-Identifier: MIT
/// @file
/// The symmetric scheme: real = scale * code.
#pragma once

#include "qnn/scheme/affine.hpp"

namespace qnn {

/// Real 0 is code 0, known to the compiler, so kernels spend nothing on zero points. Needs a signed code type.
/// Wastes half of the codes on tensors of one sign, such as the output of ReLU: see Asymmetric.
struct Symmetric {
  static constexpr auto name = "symmetric";
  static constexpr bool has_zero_point = false;
  template <CodeType Code>
  static constexpr bool supports = is_signed_code<Code>;

  /// The scale of one group; its zero point is 0 by type.
  struct Parameters {
    float scale = scale_of_zero;
    static constexpr std::int32_t zero_point = 0;
    friend constexpr bool operator==(const Parameters&, const Parameters&) = default;
  };

  /// scale = max|real| / codes.highest, which covers [-max|real|, max|real|]. @pre codes.lowest <= -codes.highest < 0
  /// @throws NumericError for a range that is empty, not finite or absurdly wide
  static constexpr Parameters parameters_for(Range range, CodeRange codes, ScaleGrid grid = ScaleGrid::any) {
    QNN_EXPECTS(codes.highest > 0 && codes.lowest <= -codes.highest, "symmetric codes reach as far down as up");
    detail::check_range(range);
    return {detail::scale_for(static_cast<double>(range.magnitude()), codes.highest, grid)};
  }
};

}  // namespace qnn
