// SPDX-License-Identifier: MIT
/// @file
/// What the integer machines of Dense and Conv2d share: codes of weights and bias, and the output stage.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/layers/layer.hpp"
#include "qnn/numeric/accumulator.hpp"
#include "qnn/scheme/quant_tensor.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>

namespace qnn {

namespace detail {

/// The parameter list of a float linear layer.
template <bool HasBias>
constexpr auto linear_parameters(ParameterInfo weight, [[maybe_unused]] ParameterInfo bias) {
  if constexpr (HasBias) {
    return std::array{weight, bias};
  } else {
    return std::array{weight};
  }
}

[[noreturn]] QNN_COLD inline void report_multiplier(std::size_t channel, double found) {
  raise(NumericError("qnn: requantization multiplier of output channel " + std::to_string(channel) +
                     ": expected a number in (0, 2^31), found " + std::to_string(found)));
}
[[noreturn]] QNN_COLD inline void report_bias(Index channel, double limit, double found) {
  raise(NumericError("qnn: bias of output channel " + std::to_string(channel) + ": expected a code within +-" +
                     std::to_string(limit) + ", found " + std::to_string(found) +
                     "; its weights or inputs are too small beside it"));
}

struct NotPacked {};
template <bool Packed, class P, Index Channels, Index FanIn, class Packing>
struct ChoosePacked {
  using type = NotPacked;
};
template <class P, Index Channels, Index FanIn, class Packing>
struct ChoosePacked<true, P, Channels, FanIn, Packing> {
  using type = typename Packing::template packed<P, Channels, FanIn>;
};
template <bool Packed, class P, Index Channels, Index FanIn, class Packing>
using PackedOrNone = typename ChoosePacked<Packed, P, Channels, FanIn, Packing>::type;

}  // namespace detail

/// Weights (out, ...) with fan-in = product of the other extents, and all that turns products into output codes.
///
///     code_o = stage( sum_k x_k w_ok  -  zw_o sum_k x_k  +  folded_bias_o )
///     folded_bias_o = round_half_even(b_o / (sx sw_o))  -  zx sum_k (w_ok - zw_o)
///
/// The formula is derived in kernels/reference/linear.hpp.
/// @tparam Packing    how the packed copy of the weights is arranged (vector/packed.hpp); PackNothing for layers that
///                    vector kernels do not compute
template <QuantizedPrecision P, StaticShape WeightShape,
          class Packing = kernels::vector::PackRuns<WeightShape::size / WeightShape::extents[0]>>
struct QuantizedLinear {
  using Accumulator = typename P::accumulator;
  using Policy = typename P::requantization;
  using Code = typename P::activation;
  using Parameters = typename P::activations::parameters;
  using WeightGranularity = typename P::weights::granularity;
  using WeightParameters = typename P::weights::parameters;

  static constexpr Index channels = WeightShape::extents[0];
  static constexpr Index code_bytes = sizeof(Code);
  static constexpr Index fan_in = WeightShape::size / channels;
  static constexpr bool weight_has_zero_point = P::weights::scheme::has_zero_point;
  /// The overflow proof (numeric/accumulator.hpp): the network refuses the layer where fan_in exceeds this.
  static constexpr std::int64_t term = term_bound(P::activation_codes, P::weight_codes, weight_has_zero_point);
  static constexpr Index safe_fan_in = largest_safe_fan_in<Accumulator>(term);
  static constexpr bool has_packed =
      !std::same_as<Packing, kernels::vector::PackNothing> && kernels::vector::has_kernels<P>;

  QuantTensor<typename P::weights::code, typename P::weights::scheme, WeightGranularity, WeightShape> weight;
  std::array<Accumulator, static_cast<std::size_t>(channels)> folded_bias{};
  OutputStage<typename P::requantization, typename P::activation, WeightGranularity::groups(channels)> stage;
  /// Bytes of `packed`.
  static constexpr Index packed_bytes =
      has_packed ? Index{sizeof(detail::PackedOrNone<has_packed, P, channels, fan_in, Packing>)} : 0;
  /// A copy of all that as vector kernels read it. Whoever changes weights, biases or multipliers calls prepare() or
  /// pack() afterwards.
  QNN_NO_UNIQUE_ADDRESS detail::PackedOrNone<has_packed, P, channels, fan_in, Packing> packed;

  /// The output has a range of its own: the calibrated one.
  static constexpr Parameters output_parameters(Parameters /*input*/, Range range) {
    return P::activations::scheme::parameters_for(range, P::activation_codes, P::requantization::scale_grid);
  }

  /// Float weights and biases, which may be none, to codes. The bias is rounded to nearest, ties to even.
  /// @throws NumericError where a weight or bias is not finite
  void quantize(std::span<const float> weights, std::span<const float> bias, Parameters input) {
    constexpr auto group_size = static_cast<std::size_t>(WeightShape::size / WeightGranularity::groups(channels));
    for (std::size_t group = 0; group < stage.multipliers.size(); ++group) {
      const auto reals = weights.subspan(group * group_size, group_size);
      const auto biases = bias.empty() ? bias : bias.subspan(first_channel(group), channels / stage.multipliers.size());
      const WeightParameters parameters = weight_parameters(range_of(reals), range_of(biases), biases.empty(), input);
      weight.parameters()[group] = parameters;
      std::transform(reals.begin(), reals.end(), weight.codes().data() + group * group_size, [&](float value) {
        return quantize_value<typename P::weights::code>(value, parameters, P::weight_codes);
      });
    }
    for (Index o = 0; o < channels; ++o) {
      const auto at = static_cast<std::size_t>(o);
      const double code = bias.empty() ? 0.0 : static_cast<double>(bias[at]) / accumulator_scale(input, o);
      folded_bias[at] = folded(round_half_even(code) - static_cast<double>(shift_of(input, o)), o);
    }
  }

  /// Derives the output stage from the scales. @throws NumericError where the scales do not fit together
  constexpr void prepare(Parameters input, Parameters output, Clamp fused) {
    for (std::size_t group = 0; group < stage.multipliers.size(); ++group) {
      const double real = static_cast<double>(input.scale) * static_cast<double>(weight.parameters()[group].scale) /
                          static_cast<double>(output.scale);
      if (!(real > 0.0 && real < multiplier_limit)) {
        detail::report_multiplier(first_channel(group), real);
      }
      stage.multipliers[group] = P::requantization::multiplier(real);
    }
    stage.zero_point = output.zero_point;
    stage.codes = fused.template codes<typename P::activation>(output, P::activation_codes);
    pack();
  }

  /// Brings the packed copy up to date.
  constexpr void pack() {
    if constexpr (has_packed) {
      packed.pack(*this);
    }
  }

  /// Whether every bias code keeps to the overflow proof; to be asked of codes that come from a file.
  constexpr bool biases_within_proof() const {
    return std::all_of(folded_bias.begin(), folded_bias.end(), [](std::int64_t code) {
      return code <= bias_limit<Accumulator>(term, fan_in) && code >= -bias_limit<Accumulator>(term, fan_in);
    });
  }

  template <class Self, class Visitor>
  static constexpr void visit_tensors(Self& self, Visitor&& visitor) {
    visitor("weight", self.weight);
    visitor("folded_bias", self.folded_bias);
  }

  /// From the two sums of output channel `o` to its code.
  constexpr typename P::activation finish(Accumulator sum, [[maybe_unused]] Accumulator input_sum, Index o) const {
    Accumulator accumulator = sum + folded_bias[static_cast<std::size_t>(o)];
    if constexpr (weight_has_zero_point) {
      accumulator -= static_cast<Accumulator>(weight.parameters(o).zero_point) * input_sum;
    }
    return stage(accumulator, WeightGranularity::group_of(o));
  }

 private:
  static constexpr std::size_t first_channel(std::size_t group) {
    return group * static_cast<std::size_t>(channels) / static_cast<std::size_t>(WeightGranularity::groups(channels));
  }

  constexpr double accumulator_scale(Parameters input, Index channel) const {
    return static_cast<double>(input.scale) * static_cast<double>(weight.parameters(channel).scale);
  }

  /// @throws NumericError where the folded bias could overflow the accumulator beside the products
  static Accumulator folded(double code, Index channel) {
    constexpr auto limit = static_cast<double>(bias_limit<Accumulator>(term, fan_in));
    if (!(code <= limit && code >= -limit)) {
      detail::report_bias(channel, limit, code);
    }
    return static_cast<Accumulator>(code);
  }

  /// zx sum_k (w_k - zw) of one output channel.
  constexpr std::int64_t shift_of(Parameters input, Index channel) const {
    std::int64_t sum = 0;
    for (Index k = 0; k < fan_in; ++k) {
      sum += weight.codes()[static_cast<std::size_t>(channel * fan_in + k)] - weight.parameters(channel).zero_point;
    }
    return sum * input.zero_point;
  }

  /// The smallest range that holds the weights, or a coarser scale where the bias asks for it: its code, at scale
  /// sx sw, must fit beside the products. All-zero weights leave the scale free; it is chosen to hold the bias well.
  static WeightParameters weight_parameters(Range weights, Range bias, bool no_bias, Parameters input) {
    constexpr ScaleGrid grid = P::requantization::scale_grid;
    WeightParameters parameters = P::weights::scheme::parameters_for(weights, P::weight_codes, grid);
    if (no_bias) {
      return parameters;
    }
    detail::check_range(bias);
    const double bias_in_inputs = static_cast<double>(bias.magnitude()) / static_cast<double>(input.scale);
    if (weights.magnitude() == 0.0f) {
      constexpr double code_of_bias = 0x1p20;
      parameters.scale = bias_in_inputs == 0.0 ? scale_of_zero : scale_on(grid, bias_in_inputs / code_of_bias);
      return parameters;
    }
    // Half of the limit: the folded zero point takes its share of the rest.
    constexpr double largest_code = static_cast<double>(bias_limit<Accumulator>(term, fan_in)) / 2.0;
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

}  // namespace qnn
