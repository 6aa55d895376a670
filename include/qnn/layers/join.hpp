// SPDX-License-Identifier: MIT
/// @file
/// What layers that join branches share.
#pragma once

#include "qnn/kernels/reference/rescale.hpp"
#include "qnn/layers/layer.hpp"

#include <array>

namespace qnn {

/// How the codes of `Count` inputs, at scales of their own, are brought to the scale of the output.
/// @tparam Sum  a kernels::CodeSum  @pre scales are positive
template <class Sum, AffineParameters Input, std::size_t Count, AffineParameters Output>
constexpr Sum code_sum(const std::array<Input, Count>& inputs, const Output& output, CodeRange codes) {
  std::array<double, Count> ratios{};
  std::array<std::int32_t, Count> zero_points{};
  for (std::size_t k = 0; k < Count; ++k) {
    ratios[k] = static_cast<double>(inputs[k].scale) / static_cast<double>(output.scale);
    zero_points[k] = inputs[k].zero_point;
  }
  return {Rescaling<Count>::of(ratios, Sum::largest_factor), zero_points, output.zero_point, codes};
}

}  // namespace qnn
