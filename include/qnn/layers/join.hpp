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

/// The largest ratio of the scales of an input and the output of a join at precision P. Beyond it one step of the input is
/// over 8,000 times as many steps of the output as there are codes: every code but that of zero would saturate.
template <QuantizedPrecision P>
inline constexpr double largest_scale_ratio = kernels::CodeSum<typename P::activation, 1>::largest_factor;

/// Whether a join at precision P can bring codes at scale `input` to scale `output`. An input whose range was found to be
/// 0, which has the scale `scale_of_zero`, is no obstacle: its codes are zeros.
template <QuantizedPrecision P>
constexpr bool can_be_rescaled(float input, float output) {
  return input == scale_of_zero || static_cast<double>(input) / static_cast<double>(output) <= largest_scale_ratio<P>;
}

namespace detail {

[[noreturn]] QNN_COLD inline void report_scale_ratio(float input, float output) {
  const double ratio = static_cast<double>(input) / static_cast<double>(output);
  raise(NumericError("qnn: cannot quantize: a branch has " + std::to_string(ratio) +
                     " times the scale of what it is joined to; branches cancel but for what no code can tell"));
}

}  // namespace detail

/// How a join at precision P brings the codes of `Count` inputs to the scale of its output.
/// @pre scales are positive
/// @throws NumericError where an input cannot be rescaled
template <QuantizedPrecision P, std::size_t Count>
constexpr kernels::CodeSum<typename P::activation, Count> code_sum(
    const std::array<typename P::activations::parameters, Count>& inputs, typename P::activations::parameters output,
    CodeRange codes) {
  using Sum = kernels::CodeSum<typename P::activation, Count>;
  std::array<double, Count> ratios{};
  std::array<std::int32_t, Count> zero_points{};
  for (std::size_t k = 0; k < Count; ++k) {
    if (!can_be_rescaled<P>(inputs[k].scale, output.scale)) {
      detail::report_scale_ratio(inputs[k].scale, output.scale);
    }
    ratios[k] = static_cast<double>(inputs[k].scale) / static_cast<double>(output.scale);
    zero_points[k] = inputs[k].zero_point;
  }
  return {Rescaling<Count>::of(ratios, Sum::largest_factor), zero_points, output.zero_point, codes};
}

}  // namespace qnn
