// SPDX-License-Identifier: MIT
/// @file
/// What layers that join branches share.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/kernels/add_codes.hpp"
#include "qnn/layers/layer.hpp"

#include <array>
#include <string>

namespace qnn {

/// Whether codes at scale `input` can be brought to scale `output` by `Sum`, a kernels::CodeSum. Beyond its largest
/// factor one step of the input is over 8,000 times as many steps of the output as there are codes: every code but that
/// of zero would saturate. An input whose range was found to be 0, which has the scale `scale_of_zero`, is no obstacle:
/// its codes are zeros.
template <class Sum>
constexpr bool can_be_rescaled(float input, float output) {
  return input == scale_of_zero || static_cast<double>(input) / static_cast<double>(output) <= Sum::largest_factor;
}

namespace detail {

[[noreturn]] QNN_COLD inline void report_scale_ratio(float input, float output) {
  const double ratio = static_cast<double>(input) / static_cast<double>(output);
  raise(NumericError("qnn: cannot quantize: a branch has " + std::to_string(ratio) +
                     " times the scale of what it is joined to; branches cancel but for what no code can tell"));
}

}  // namespace detail

/// How the codes of `Count` inputs, at scales of their own, are brought to the scale of the output.
/// @tparam Sum  a kernels::CodeSum  @pre scales are positive
/// @throws NumericError where an input cannot be rescaled
template <class Sum, AffineParameters Input, std::size_t Count, AffineParameters Output>
constexpr Sum code_sum(const std::array<Input, Count>& inputs, const Output& output, CodeRange codes) {
  std::array<double, Count> ratios{};
  std::array<std::int32_t, Count> zero_points{};
  for (std::size_t k = 0; k < Count; ++k) {
    if (!can_be_rescaled<Sum>(inputs[k].scale, output.scale)) {
      detail::report_scale_ratio(inputs[k].scale, output.scale);
    }
    ratios[k] = static_cast<double>(inputs[k].scale) / static_cast<double>(output.scale);
    zero_points[k] = inputs[k].zero_point;
  }
  return {Rescaling<Count>::of(ratios, Sum::largest_factor), zero_points, output.zero_point, codes};
}

}  // namespace qnn
