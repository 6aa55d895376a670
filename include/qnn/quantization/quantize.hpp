// SPDX-License-Identifier: MIT
/// @file
/// Post-training quantization: a float network and the ranges of its activations become an integer network.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/core/error.hpp"
#include "qnn/network/network.hpp"
#include "qnn/network/ranges.hpp"
#include "qnn/quantization/fold_batch_norm.hpp"
#include "qnn/quantization/stage_parameters.hpp"
#include "qnn/scheme/clipping.hpp"

#include <iterator>
#include <span>
#include <string>
#include <string_view>

namespace qnn {

/// How to quantize.
struct QuantizationOptions {
  WeightRange weights = WeightRange::min_max;  ///< by which weights are quantized, one for each of their scales
  /// In place of that, for each scale m > 0 of the range -m..m: those of all linear layers in order (MagnitudeLayout),
  /// or none.
  std::span<const float> weight_magnitudes = {};
};

/// Where the magnitudes of the ranges of weights stand, one for each scale, those of all linear layers in order.
template <class Architecture, IntegerPrecision P>
struct MagnitudeLayout {
  /// Those of layer I, and of the layers before it.
  template <Index I>
  static constexpr Index count = [] {
    if constexpr (Stages<Architecture>::template is_linear<I>) {
      return MachineOf<Architecture, P, I>::weight_scales;
    } else {
      return Index{0};
    }
  }();
  template <Index I>
  static constexpr Index before = [] {
    Index sum = 0;
    Trace<Architecture>::for_each_layer([&]<Index J>(IndexConstant<J>) { sum += J < I ? count<J> : 0; });
    return sum;
  }();
  /// Of all layers.
  static constexpr Index size = before<Trace<Architecture>::layer_count>;
  /// The part of layer I in a vector of all of them; nothing of an empty one.
  template <Index I, class T>
  static constexpr std::span<T> part(std::span<T> all) {
    return all.empty() ? all : all.subspan(static_cast<std::size_t>(before<I>), static_cast<std::size_t>(count<I>));
  }
};

/// Weights and bias of linear layer I as they are quantized: with the normalization of its stage, if there is one,
/// taken in. The bias is empty where there is neither.
template <Index I, class Architecture>
QNN_COLD FoldedLinear folded_linear(const Network<Architecture, Float32>& network) {
  const auto stage = stage_parameters<Architecture, I>(network.parameters());
  if (stage.normalization.empty()) {
    return {{stage.weights.begin(), stage.weights.end()}, {stage.bias.begin(), stage.bias.end()}};
  }
  return fold_batch_norm(stage.weights, stage.bias, stage.channels, stage.normalization.data());
}

namespace detail {

/// @throws NumericError what `error` says, behind the layer it was met in
[[noreturn]] QNN_COLD inline void rethrow_for_layer(const NumericError& error, Index layer, std::string_view name) {
  throw NumericError("layer " + std::to_string(layer) + " (" + std::string(name) + "): " + error.what());
}

/// Layer I of `target` from the same layer of `network`. The activation in front of it is known already.
template <Index I, class Architecture, class P>
QNN_COLD void quantize_layer(Network<Architecture, P>& target, const Network<Architecture, Float32>& network,
                             const Ranges<Architecture>& ranges, QuantizationOptions options) {
  auto& layer = target.template layer<I>();
  target.activations().template choose_received<I>(ranges);
  const auto input = target.template received<I>();
  auto& output = target.template activation<I>();
  output = layer.output_parameters(input, ranges.of_layer[Stages<Architecture>::template end<I>]);
  if constexpr (Stages<Architecture>::template is_linear<I>) {
    const FoldedLinear folded = folded_linear<I>(network);
    layer.quantize(folded.weights, folded.bias, input,
                   {options.weights, MagnitudeLayout<Architecture, P>::template part<I>(options.weight_magnitudes)});
  } else if constexpr (requires(const float* values) { layer.quantize(values, input, output); }) {
    layer.quantize(network.parameters().data() + ParameterLayout<Architecture>::template offset<I>, input, output);
  }
  target.template prepare_layer<I>();
}

}  // namespace detail

/// Quantizes into `target`, which may live wherever it fits. See quantize().
template <class Architecture, IntegerPrecision P>
QNN_COLD void quantize_to(Network<Architecture, P>& target, const Network<Architecture, Float32>& network,
                          const Ranges<Architecture>& ranges, QuantizationOptions options = {}) {
  [[maybe_unused]] constexpr Index scales = MagnitudeLayout<Architecture, P>::size;
  QNN_EXPECTS(options.weight_magnitudes.empty() || std::ssize(options.weight_magnitudes) == scales,
              "one magnitude for each scale of the weights");
  Index position = 0;
  std::string_view name = Trace<Architecture>::template layer<0>::name;
  try {
    using First = typename LayerPrecisions<Architecture, P>::template at<0>;
    target.template activation<0>() = First::activation_parameters(ranges.of_layer[0]);
    Trace<Architecture>::for_each_layer([&]<Index I>(IndexConstant<I>) {
      position = I;
      name = Trace<Architecture>::template layer<I>::name;
      detail::quantize_layer<I>(target, network, ranges, options);
    });
  } catch (const NumericError& error) {
    detail::rethrow_for_layer(error, position, name);
  }
}

/// Weights and activations at precision P: each stage (linear layer, BatchNorm, activation) becomes one integer
/// operation whose output is quantized once, by the range calibrated behind the activation. Weights take the range of
/// their values, or the one that the options choose, one scale a tensor or one an output channel as P says; biases are
/// codes at the scale of the accumulator.
///
/// @code
///   const auto ranges = qnn::calibrate(net, data.train.first(1024));
///   const auto int8 = qnn::quantize<qnn::Int8<qnn::Asymmetric>>(net, ranges);
///   const auto clipped = qnn::quantize<qnn::Int8<>>(net, ranges, {.weights =
///   qnn::WeightRange::minimal_squared_error});
/// @endcode
/// @throws NumericError where a weight, bias or range is NaN or infinite or their scales cannot be combined, naming the
/// layer
template <IntegerPrecision P, class Architecture>
Network<Architecture, P> quantize(const Network<Architecture, Float32>& network, const Ranges<Architecture>& ranges,
                                  QuantizationOptions options = {}) {
  Network<Architecture, P> target;
  quantize_to(target, network, ranges, options);
  return target;
}

}  // namespace qnn
