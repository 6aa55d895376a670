// SPDX-License-Identifier: MIT
/// @file
/// Weights and biases of a linear layer to codes. Takes the numbers of the layer, not its type: compiled once for all
/// layers of a precision.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/layers/weight_scale_rule.hpp"
#include "qnn/numeric/accumulator.hpp"
#include "qnn/scheme/clipping.hpp"
#include "qnn/scheme/code_storage.hpp"
#include "qnn/scheme/precision.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

namespace qnn::detail {

[[noreturn]] QNN_COLD inline void report_bias(Index channel, double limit, double found) {
  raise(NumericError("qnn: bias of output channel " + std::to_string(channel) + ": expected a code within +-" +
                     std::to_string(limit) + ", found " + std::to_string(found) +
                     "; its weights or inputs are too small beside it"));
}

/// See QuantizedLinear for the formulas.
template <QuantizedPrecision P>
struct LinearQuantizer {
  using Accumulator = typename P::accumulator;
  using Parameters = typename P::activations::parameters;
  using WeightCode = typename P::weights::code;
  using Codes = CodePointer<WeightCode>;
  using WeightParameters = typename P::weights::parameters;
  using WeightGranularity = typename P::weights::granularity;
  static constexpr bool weight_has_zero_point = P::weights::scheme::has_zero_point;
  static constexpr std::int64_t term = term_bound(P::activation_codes, P::weight_codes, weight_has_zero_point);

  Index channels, fan_in;
  Parameters input;
  WeightRanges ranges = {};

  /// @param parameters of each group  @throws NumericError where a weight or bias is not finite, or a bias has no code
  QNN_COLD void quantize(std::span<const float> weights, std::span<const float> bias,
                         std::span<WeightParameters> parameters, Codes codes, Accumulator* folded_bias) const {
    const std::size_t group_size = weights.size() / parameters.size(), biases = bias.size() / parameters.size();
    const WeightScaleRule rule{weight_levels<P>, bias_limit<Accumulator>(term, fan_in), input.scale};
    Codes code = codes;
    for (std::size_t group = 0; group < parameters.size(); ++group) {
      const auto reals = weights.subspan(group * group_size, group_size);
      const Range range = ranges.are_given() ? Range{-ranges.magnitudes[group], ranges.magnitudes[group]}
                                             : choose_range(ranges.by, reals, weight_levels<P>);
      parameters[group] = parameters_from<WeightParameters>(
          rule.parameters_for(range, range_of(bias.subspan(group * biases, biases)), biases == 0));
      for (const float real : reals) {
        *code++ = quantize_value<WeightCode>(real, parameters[group], P::weight_codes);
      }
    }
    for (Index o = 0; o < channels; ++o, codes += fan_in) {
      const WeightParameters& own = parameters[static_cast<std::size_t>(WeightGranularity::group_of(o))];
      const double scale = static_cast<double>(input.scale) * static_cast<double>(own.scale);
      const double bias_code = bias.empty() ? 0.0 : static_cast<double>(bias[static_cast<std::size_t>(o)]) / scale;
      folded_bias[o] = folded(round_half_even(bias_code) - static_cast<double>(shift_of(codes, own)), o);
    }
  }

 private:
  /// @throws NumericError where the folded bias could overflow the accumulator beside the products
  Accumulator folded(double code, Index channel) const {
    const auto limit = static_cast<double>(bias_limit<Accumulator>(term, fan_in));
    if (!(code <= limit && code >= -limit)) {
      report_bias(channel, limit, code);
    }
    return static_cast<Accumulator>(code);
  }

  /// zx sum_k (w_k - zw) of one output channel.
  std::int64_t shift_of(Codes codes, const WeightParameters& parameters) const {
    std::int64_t sum = 0;
    for (Index k = 0; k < fan_in; ++k) {
      sum += codes[k] - parameters.zero_point;
    }
    return sum * input.zero_point;
  }
};

}  // namespace qnn::detail
