// SPDX-License-Identifier: MIT
/// @file
/// Linear layers of precision Dynamic: reals in, integer products, reals out.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/view.hpp"
#include "qnn/kernels/quantize.hpp"
#include "qnn/layers/linear_quantizer.hpp"
#include "qnn/numeric/accumulator.hpp"
#include "qnn/scheme/dynamic.hpp"
#include "qnn/scheme/output_stage.hpp"
#include "qnn/scheme/quant_tensor.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace qnn {

/// What the machines of Dense and Conv2d share: weights as codes, biases as reals. For each example by itself, with the
/// scale sx and zero point zx that the range of its values gives,
///
///     q_k = clamp(round_half_even(x_k / sx) + zx)
///     y_o = clamp(sx sw_o (sum_k q_k w_ok  -  zw_o sum_k q_k  -  zx sum_k (w_ok - zw_o))  +  b_o)
///
/// with exact integers in the inner brackets, converted to float32 once. The sums are those of the portable loops
/// (kernels/portable/linear.hpp): the vector kernels end in codes and have no entry that yields sums, so that this
/// precision saves memory and calibration, not time.
///
/// No sum overflows: the first two terms stay within half of the accumulator by the proof that QuantizedLinear has, and
/// the third within the other half, by the same bound.
/// @tparam P  formats of weights and of the codes of inputs
template <QuantizedPrecision P, StaticShape WeightShape>
struct DynamicLinear {
  using Accumulator = typename P::accumulator;
  using Code = typename P::activation;
  using Parameters = typename P::activations::parameters;
  using WeightGranularity = typename P::weights::granularity;
  using Weight = QuantTensor<typename P::weights::code, typename P::weights::scheme, WeightGranularity, WeightShape>;

  static constexpr Index channels = WeightShape::extents[0];
  static constexpr Index fan_in = WeightShape::size / channels;
  static constexpr Index weight_scales = WeightGranularity::groups(channels);
  static constexpr bool weight_has_zero_point = P::weights::scheme::has_zero_point;
  static constexpr Index safe_fan_in =
      largest_safe_fan_in<Accumulator>(term_bound(P::activation_codes, P::weight_integers, weight_has_zero_point));

  Weight weight;
  std::array<float, static_cast<std::size_t>(channels)> bias{};
  /// sum_k (w_k - zw) of each output channel. Whoever changes weights calls prepare() afterwards.
  std::array<Accumulator, static_cast<std::size_t>(channels)> weight_sums{};

  /// Float weights to codes. @param biases  one for each channel, or none
  /// @throws NumericError where a weight or bias is not finite
  QNN_COLD void quantize(std::span<const float> weights, std::span<const float> biases, WeightRanges ranges = {}) {
    if (!biases.empty()) {
      detail::check_range(range_of(biases));
    }
    detail::LinearQuantizer<P>{.channels = channels, .fan_in = fan_in, .input = {}, .ranges = ranges}.quantize_weights(
        weights, {}, weight.parameters(), weight.codes().data(), weight.multipliers());
    bias.fill(0.0f);
    std::copy(biases.begin(), biases.end(), bias.begin());
    prepare();
  }

  /// Derives the sums of the weights.
  QNN_COLD constexpr void prepare() {
    auto integer = weight.integers().begin();
    for (Index o = 0; o < channels; ++o) {
      Accumulator sum = 0;
      for (Index k = 0; k < fan_in; ++k) {
        sum += *integer++ - weight.parameters(o).zero_point;
      }
      weight_sums[static_cast<std::size_t>(o)] = sum;
    }
  }

  template <class Self, class Visitor>
  static constexpr void visit_tensors(Self& self, Visitor&& visitor) {
    visitor("weight", self.weight);
    visitor("bias", self.bias);
  }

 protected:
  /// Floats that take the room of some codes.
  static constexpr Index floats_for(Index codes) {
    return (codes * Index{sizeof(Code)} + Index{sizeof(float)} - 1) / Index{sizeof(float)};
  }

  /// What the kernels know of the layer while one example runs.
  struct Example {
    using Accumulator = typename DynamicLinear::Accumulator;
    static constexpr Index fan_in = DynamicLinear::fan_in;
    static constexpr bool weight_has_zero_point = DynamicLinear::weight_has_zero_point;
    const DynamicLinear& layer;
    const Weight& weight;
    Parameters input;
    Clamp clamp;

    /// From the two sums of output channel `o` to its value.
    float finish(Accumulator sum, [[maybe_unused]] Accumulator input_sum, Index o) const {
      const auto at = static_cast<std::size_t>(o);
      if constexpr (weight_has_zero_point) {
        sum -= static_cast<Accumulator>(weight.parameters(o).zero_point) * input_sum;
      }
      sum -= static_cast<Accumulator>(input.zero_point) * layer.weight_sums[at];
      return clamp.apply(static_cast<float>(sum) * (input.scale * weight.parameters(o).scale) + layer.bias[at]);
    }
  };

  /// Calls multiply(example, padding, codes, y) for each example, `padding` being the code of real 0.
  /// @param codes  memory for those of one example
  /// @throws NumericError where an input is NaN or infinite, or the range absurdly wide
  template <class In, class Out, class Multiply>
  void for_each_example(Batch<const float, In> x, Batch<float, Out> y, Code* codes, Clamp clamp,
                        Multiply&& multiply) const {
    for (Index n = 0; n < x.count(); ++n) {
      const std::span<const float> values(x[n].data(), static_cast<std::size_t>(In::size));
      const Parameters input = P::activation_parameters(range_of(values));
      kernels::quantize(values, input, P::activation_codes, codes);
      multiply(Example{*this, weight, input, clamp}, static_cast<Code>(input.zero_point),
               Batch<const Code, In>(codes, 1), y.slice(n, 1));
    }
  }
};

}  // namespace qnn
