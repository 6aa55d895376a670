// SPDX-License-Identifier: MIT
/// @file
/// What layers that join branches share.
#pragma once

#include "qnn/kernels/add_codes.hpp"
#include "qnn/layers/layer.hpp"

#include <array>

namespace qnn {

/// How a join at precision P brings the codes of `Count` inputs to the scale of its output.
/// @pre scales are positive
template <QuantizedPrecision P, std::size_t Count>
constexpr kernels::CodeSum<typename P::activation, Count> code_sum(
    const std::array<typename P::activations::parameters, Count>& inputs, typename P::activations::parameters output,
    CodeRange codes) {
  using Sum = kernels::CodeSum<typename P::activation, Count>;
  std::array<double, Count> ratios{};
  std::array<std::int32_t, Count> zero_points{};
  for (std::size_t k = 0; k < Count; ++k) {
    ratios[k] = static_cast<double>(inputs[k].scale) / static_cast<double>(output.scale);
    zero_points[k] = inputs[k].zero_point;
  }
  return {Rescaling<Count>::of(ratios, Sum::largest_factor), zero_points, output.zero_point, codes};
}

}  // namespace qnn
