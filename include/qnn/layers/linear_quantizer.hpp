// SPDX-License-Identifier: MIT
/// @file
/// Weights and biases of a linear layer to codes. Takes the numbers of the layer, not its type: compiled once for all
/// layers of a precision.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
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
    Codes code = codes;
    for (std::size_t group = 0; group < parameters.size(); ++group) {
      const auto reals = weights.subspan(group * group_size, group_size);
      const Range range = ranges.are_given() ? Range{-ranges.magnitudes[group], ranges.magnitudes[group]}
                                             : choose_range(ranges.by, reals, weight_levels<P>);
      parameters[group] = weight_parameters(range, range_of(bias.subspan(group * biases, biases)), biases == 0);
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

  /// The scale of the range chosen for the weights, or a coarser one where the bias asks for it: its code, at scale
  /// sx sw, must fit beside the products. All-zero weights leave the scale free; it is chosen to hold the bias well.
  WeightParameters weight_parameters(Range weights, Range bias, bool no_bias) const {
    constexpr ScaleGrid grid = P::requantization::scale_grid;
    WeightParameters parameters = P::weights::scheme::parameters_for(weights, P::weight_codes, grid);
    if (no_bias) {
      return parameters;
    }
    check_range(bias);
    const double bias_in_inputs = static_cast<double>(bias.magnitude()) / static_cast<double>(input.scale);
    if (weights.magnitude() == 0.0f) {
      constexpr double code_of_bias = 0x1p20;
      parameters.scale = bias_in_inputs == 0.0 ? scale_of_zero : scale_on(grid, bias_in_inputs / code_of_bias);
      return parameters;
    }
    // Half of the limit: the folded zero point takes its share of the rest.
    const double largest_code = static_cast<double>(bias_limit<Accumulator>(term, fan_in)) / 2.0;
    const double needed = bias_in_inputs / largest_code;
    if (static_cast<double>(parameters.scale) >= needed) {
      return parameters;
    }
    // From the weights themselves, not from their scale, which is bounded below: a dead unit's weights may decay to any
    // number above 0. A range with an end at `needed * steps` has at least the needed scale.
    constexpr double steps =
        weight_has_zero_point ? P::weight_codes.highest - P::weight_codes.lowest : P::weight_codes.highest;
    const double widening = needed * steps / static_cast<double>(weights.magnitude());
    const auto widened = [&](float end) { return static_cast<float>(static_cast<double>(end) * widening); };
    return P::weights::scheme::parameters_for({widened(weights.lowest), widened(weights.highest)}, P::weight_codes,
                                              grid);
  }

  static constexpr float scale_on(ScaleGrid grid, double scale) {
    const float kept = std::clamp(static_cast<float>(scale), smallest_scale, largest_scale);
    return grid == ScaleGrid::any ? kept : power_of_two_above(kept);
  }
};

}  // namespace qnn::detail
