// SPDX-License-Identifier: MIT
/// @file
/// How many bits the accumulators of an integer network really need.
#pragma once

#include "qnn/config.hpp"
#include "qnn/network/layer_precisions.hpp"
#include "qnn/network/network.hpp"
#include "qnn/numeric/rounding.hpp"
#include "qnn/quantization/stage_inputs.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace qnn {

/// Bits of the accumulators of a linear layer, the sign among them.
struct AccumulatorUse {
  int needed = 0;     ///< by the accumulators that were requantized; those of 24 bits and more are known to 2^-24
  int proven = 0;     ///< by the bound fan_in max|x| (max|w| + max|zw|) + max|bias| (numeric/accumulator.hpp)
  int available = 0;  ///< 32 or 64
};

namespace detail {

/// Bits of a signed integer that holds all of -magnitude..magnitude.
constexpr int signed_bits(std::uint64_t magnitude) { return static_cast<int>(std::bit_width(magnitude)) + 1; }

/// Computes the accumulators of one linear layer anew, with nothing of its type in it:
///     acc_o = sum_k (x_k - zx) (w_ok - zw_o) + b_o
class AccumulatorProbe {
 public:
  std::size_t layer = 0, producer = 0;  ///< its position, and that of what it reads
  Asymmetric::Parameters input{};       ///< of the codes that it reads
  CodeRange codes{};
  std::vector<double> bias;  ///< of each channel, without the zero point of the input
  std::function<std::span<const float>(std::span<const float> x)> products;
  AccumulatorUse use{};

  /// @param reals  what the producer gave for one example
  QNN_COLD void add(std::span<const float> reals) {
    x_.assign(reals.begin(), reals.end());
    const auto lowest = static_cast<float>(codes.lowest - input.zero_point);
    const auto highest = static_cast<float>(codes.highest - input.zero_point);
    for (float& value : x_) {
      value = round_half_even(std::clamp(value / input.scale, lowest, highest));
    }
    const auto sums = products(x_);
    double largest = 0;
    for (std::size_t k = 0; k < sums.size(); ++k) {
      largest = std::max(largest, std::fabs(static_cast<double>(sums[k]) + bias[k % bias.size()]));
    }
    use.needed = std::max(use.needed, signed_bits(static_cast<std::uint64_t>(largest)));
  }

 private:
  std::vector<float> x_;
};

/// The probe of linear layer I. Its products are those of the float machine, given codes instead of reals.
template <Index I, class Architecture, class P>
AccumulatorProbe probe_accumulators(const Network<Architecture, P>& network) {
  using Linear = FloatLinear<Architecture, I>;
  using Machine = MachineOf<Architecture, P, I>;
  const auto& layer = network.template layer<I>();
  const auto received = network.template received<I>();
  constexpr auto channels = static_cast<std::size_t>(Machine::channels),
                 fan_in = static_cast<std::size_t>(Machine::fan_in);
  AccumulatorProbe probe;
  probe.layer = static_cast<std::size_t>(I);
  probe.producer = static_cast<std::size_t>(observed_input<Architecture, I>);
  probe.input = {received.scale, received.zero_point};
  probe.codes = LayerPrecisions<Architecture, P>::template at<I>::activation_codes;

  // The bias, if the float layer has one, stays 0 here: it is added in double.
  std::vector<float> parameters(
      static_cast<std::size_t>(parameter_count(Trace<Architecture>::template machine<Float32, I>::parameters)));
  const auto codes = layer.weight.integers();
  std::int64_t largest_bias = 0;
  for (std::size_t o = 0; o < channels; ++o) {
    const std::int32_t zero_point = layer.weight.parameters(static_cast<Index>(o)).zero_point;
    std::int64_t sum = 0;
    for (std::size_t k = o * fan_in; k < (o + 1) * fan_in; ++k) {
      const std::int32_t centred = codes[k] - zero_point;
      parameters[k] = static_cast<float>(centred);
      sum += centred;
    }
    const std::int64_t folded = layer.folded_bias[o];
    probe.bias.push_back(static_cast<double>(folded + sum * received.zero_point));
    largest_bias = std::max(largest_bias, folded < 0 ? -folded : folded);
  }
  const auto linear = std::make_shared<Linear>();
  probe.products = [linear, parameters](std::span<const float> x) { return linear->forward(parameters, x); };
  const std::int64_t bound = Machine::term * Machine::fan_in + largest_bias;
  probe.use = {0, signed_bits(static_cast<std::uint64_t>(bound)),
               8 * static_cast<int>(sizeof(typename Machine::Accumulator))};
  return probe;
}

}  // namespace detail

}  // namespace qnn
