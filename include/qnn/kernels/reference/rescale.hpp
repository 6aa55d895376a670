// SPDX-License-Identifier: MIT
/// @file
/// The normative kernels of joins: codes at their own scales become codes at one scale.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/numeric/rescaling.hpp"
#include "qnn/scheme/affine.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

namespace qnn::kernels {

/// What turns codes x_k with zero points zx_k into the codes of sum_k real(x_k):
///
///     y = clamp(floor(2^-shift sum_k factor_k (x_k - zx_k) + 1/2) + zy)
template <class Code, std::size_t Count>
struct CodeSum {
  /// 8-bit codes: factors of 21 bits, so that the sum of two products of 9 and 21 bits fits in 32 bits.
  using Sum = std::conditional_t<sizeof(Code) == 1, std::int32_t, std::int64_t>;
  static constexpr std::int32_t largest_factor = sizeof(Code) == 1 ? 1 << 21 : 1 << 30;

  Rescaling<Count> rescaling;
  Sum offset = 0;  ///< half - sum_k factor_k zx_k: what is the same for all codes
  std::int32_t zero_point = 0;
  CodeRange codes = full_range<Code>;

  constexpr CodeSum() = default;
  /// @pre the ratios of the scales have factors
  constexpr CodeSum(const Rescaling<Count>& of, const std::array<std::int32_t, Count>& input_zero_points,
                    std::int32_t output_zero_point, CodeRange range)
      : rescaling(of), zero_point(output_zero_point), codes(range) {
    offset = rescaling.shift == 0 ? 0 : Sum{1} << (rescaling.shift - 1);
    for (std::size_t k = 0; k < Count; ++k) {
      offset -= Sum{rescaling.factor[k]} * input_zero_points[k];
    }
  }

  /// Of 8-bit codes, no sum with its offset reaches 2^31 - 2^8.
  constexpr Code finish(Sum sum) const {
    const Sum code = ((sum + offset) >> rescaling.shift) + zero_point;
    return static_cast<Code>(std::clamp<Sum>(code, codes.lowest, codes.highest));
  }
};

/// What turns codes into those of the same reals in another format. The codes of all types fit in its 16 bits.
using CodeConversion = CodeSum<std::int16_t, 1>;

/// y[i] = the code of x[i], which may be held in another type; rounded once, ties up.
template <class From, class To>
constexpr void convert_codes(const CodeConversion& conversion, const From* x, Index size, To* y) {
  for (Index i = 0; i < size; ++i) {
    y[i] = static_cast<To>(conversion.finish(CodeConversion::Sum{conversion.rescaling.factor[0]} * x[i]));
  }
}

namespace reference {

/// y[i] = the code of the sum of x[k][i] over k.
template <class Code, std::size_t Count>
constexpr void add_codes(const CodeSum<Code, Count>& sum, const std::array<const Code*, Count>& x, Index size,
                         Code* y) {
  using Sum = typename CodeSum<Code, Count>::Sum;
  for (Index i = 0; i < size; ++i) {
    Sum total = 0;
    for (std::size_t k = 0; k < Count; ++k) {
      total += Sum{sum.rescaling.factor[k]} * x[k][i];
    }
    y[i] = sum.finish(total);
  }
}

}  // namespace reference

}  // namespace qnn::kernels
