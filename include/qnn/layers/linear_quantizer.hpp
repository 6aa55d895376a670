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
#include <type_traits>

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
  static constexpr bool has_groups = is_grouped<WeightGranularity>;
  using Multipliers = std::conditional_t<has_groups, MultiplierSpan, NoMultipliers>;
  static constexpr std::int64_t term = term_bound(P::activation_codes, P::weight_integers, weight_has_zero_point);
  static constexpr LevelRule integer_levels =
      LevelRule::of<typename P::weights::scheme>(P::weight_integers, P::requantization::scale_grid);

  Index channels, fan_in;
  Parameters input;
  WeightRanges ranges = {};

  /// Weights to codes, and biases to codes at the scale of accumulators.
  /// @param parameters  one for each scale  @param multipliers  one for each group, if there are groups
  /// @throws NumericError where a weight or bias is not finite, or a bias has no code
  QNN_COLD void quantize(std::span<const float> weights, std::span<const float> bias,
                         std::span<WeightParameters> parameters, Codes codes, Multipliers multipliers,
                         Accumulator* folded_bias) const {
    quantize_weights(weights, bias, parameters, codes, multipliers);
    fold_biases(bias, parameters, integers(codes, multipliers), folded_bias);
  }
  /// Weights alone; their scales leave room for the biases, if there are any.
  QNN_COLD void quantize_weights(std::span<const float> weights, std::span<const float> bias,
                                 std::span<WeightParameters> parameters, Codes codes, Multipliers multipliers) const {
    const std::size_t size = weights.size() / parameters.size(), biases = bias.size() / parameters.size();
    const WeightScaleRule rule{integer_levels, bias_limit<Accumulator>(term, fan_in), input.scale};
    for (std::size_t group = 0; group < parameters.size(); ++group) {
      const auto reals = weights.subspan(group * size, size);
      const Range range =
          ranges.are_given() ? Range{-ranges.magnitudes[group], ranges.magnitudes[group]} : range_for(reals);
      parameters[group] = parameters_from<WeightParameters>(
          rule.parameters_for(range, range_of(bias.subspan(group * biases, biases)), biases == 0));
      const Codes first = codes + static_cast<Index>(group * size);
      if constexpr (has_groups) {
        const std::size_t count = multipliers.size() / parameters.size();
        const float scale = parameters[group].scale;
        quantize_groups(reals, group_size<WeightGranularity>, scale, P::weight_codes, first,
                        multipliers.subspan(group * count, count).data(), [&](std::span<const float> part) {
                          return choose_multiplier(ranges.by, part, scale, P::weight_codes);
                        });
      } else {
        std::transform(reals.begin(), reals.end(), first, [&](float real) {
          return quantize_value<WeightCode>(real, parameters[group], P::weight_codes);
        });
      }
    }
  }

 private:
  Range range_for(std::span<const float> reals) const {
    if constexpr (has_groups) {
      return choose_range_of_groups(ranges.by, reals, group_size<WeightGranularity>, P::weight_codes);
    } else {
      return choose_range(ranges.by, reals, integer_levels);
    }
  }
  /// What inputs are multiplied with.
  auto integers(Codes codes, [[maybe_unused]] Multipliers multipliers) const {
    if constexpr (has_groups) {
      return GroupedPointer<WeightCode, group_size<WeightGranularity>>(codes, multipliers.data(), fan_in);
    } else {
      return codes;
    }
  }
  template <class Integers>
  void fold_biases(std::span<const float> bias, std::span<const WeightParameters> parameters, Integers integers,
                   Accumulator* folded_bias) const {
    for (Index o = 0; o < channels; ++o, integers += fan_in) {
      const WeightParameters& own = parameters[static_cast<std::size_t>(WeightGranularity::group_of(o))];
      const double scale = static_cast<double>(input.scale) * static_cast<double>(own.scale);
      const double bias_code = bias.empty() ? 0.0 : static_cast<double>(bias[static_cast<std::size_t>(o)]) / scale;
      folded_bias[o] = folded(round_half_even(bias_code) - static_cast<double>(shift_of(integers, own)), o);
    }
  }
  /// @throws NumericError where the folded bias could overflow the accumulator beside the products
  Accumulator folded(double code, Index channel) const {
    const auto limit = static_cast<double>(bias_limit<Accumulator>(term, fan_in));
    if (!(code <= limit && code >= -limit)) {
      report_bias(channel, limit, code);
    }
    return static_cast<Accumulator>(code);
  }

  /// zx sum_k (w_k - zw) of one output channel.
  template <class Integers>
  std::int64_t shift_of(Integers integers, const WeightParameters& parameters) const {
    std::int64_t sum = 0;
    for (Index k = 0; k < fan_in; ++k) {
      sum += integers[k] - parameters.zero_point;
    }
    return sum * input.zero_point;
  }
};

}  // namespace qnn::detail
