// SPDX-License-Identifier: MIT
/// @file
/// What the integer machines of Dense and Conv2d share: codes of weights and bias, and the output stage.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/layers/layer.hpp"
#include "qnn/layers/linear_quantizer.hpp"
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
  /// Scales of the weights.
  static constexpr Index weight_scales = WeightGranularity::groups(channels);
  static constexpr bool weight_has_zero_point = P::weights::scheme::has_zero_point;
  /// The overflow proof (numeric/accumulator.hpp): the network refuses the layer where fan_in exceeds this.
  static constexpr std::int64_t term = term_bound(P::activation_codes, P::weight_integers, weight_has_zero_point);
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
  void quantize(std::span<const float> weights, std::span<const float> bias, Parameters input,
                WeightRanges ranges = {}) {
    detail::LinearQuantizer<P>{.channels = channels, .fan_in = fan_in, .input = input, .ranges = ranges}.quantize(
        weights, bias, weight.parameters(), weight.codes().data(), weight.multipliers(), folded_bias.data());
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
};

}  // namespace qnn
