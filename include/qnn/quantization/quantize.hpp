// SPDX-License-Identifier: MIT
/// @file
/// Post-training quantization: a float network and the ranges of its activations become an integer network.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/network/network.hpp"
#include "qnn/network/ranges.hpp"
#include "qnn/quantization/fold_batch_norm.hpp"

#include <span>
#include <string>
#include <string_view>

namespace qnn {

namespace detail {

/// @throws NumericError what `error` says, behind the layer it was met in
[[noreturn]] QNN_COLD inline void rethrow_for_layer(const NumericError& error, Index layer, std::string_view name) {
  throw NumericError("layer " + std::to_string(layer) + " (" + std::string(name) + "): " + error.what());
}

/// Layer I of `target` from the same layer of `network`. The activation in front of it is known already.
template <Index I, class Architecture, class P>
QNN_COLD void quantize_layer(Network<Architecture, P>& target, const Network<Architecture, Float32>& network,
                             const Ranges<Architecture>& ranges) {
  auto& layer = target.template layer<I>();
  target.activations().template choose_received<I>(ranges);
  const auto input = target.template received<I>();
  auto& output = target.template activation<I>();
  output = layer.output_parameters(input, ranges.of_layer[Stages<Architecture>::template end<I>]);
  const float* const values = network.parameters().data() + ParameterLayout<Architecture>::template offset<I>;
  if constexpr (is_linear<typename Trace<Architecture>::template layer<I>>) {
    constexpr auto& parameters = Trace<Architecture>::template machine<Float32, I>::parameters;
    constexpr auto channels = static_cast<std::size_t>(parameters[0].extents[0]);
    constexpr Index normalization = Stages<Architecture>::template normalization<I>;
    const std::span<const float> weights(values, static_cast<std::size_t>(parameters[0].extents.size()));
    const std::span<const float> bias(values + weights.size(), parameters.size() > 1 ? channels : 0);
    if constexpr (normalization != I) {
      const float* const statistics =
          network.parameters().data() + ParameterLayout<Architecture>::template offset<normalization>;
      const FoldedLinear folded = fold_batch_norm(weights, bias, channels, statistics);
      layer.quantize(folded.weights, folded.bias, input);
    } else {
      layer.quantize(weights, bias, input);
    }
  } else if constexpr (requires { layer.quantize(values, input, output); }) {
    layer.quantize(values, input, output);
  }
  target.template prepare_layer<I>();
}

}  // namespace detail

/// Quantizes into `target`, which may live wherever it fits. See quantize().
template <class Architecture, IntegerPrecision P>
QNN_COLD void quantize_to(Network<Architecture, P>& target, const Network<Architecture, Float32>& network,
                          const Ranges<Architecture>& ranges) {
  Index position = 0;
  std::string_view name = Trace<Architecture>::template layer<0>::name;
  try {
    using First = typename LayerPrecisions<Architecture, P>::template at<0>;
    target.template activation<0>() = First::activation_parameters(ranges.of_layer[0]);
    Trace<Architecture>::for_each_layer([&]<Index I>(IndexConstant<I>) {
      position = I;
      name = Trace<Architecture>::template layer<I>::name;
      detail::quantize_layer<I>(target, network, ranges);
    });
  } catch (const NumericError& error) {
    detail::rethrow_for_layer(error, position, name);
  }
}

/// Weights and activations at precision P: each stage (linear layer, BatchNorm, activation) becomes one integer operation whose
/// output is quantized once, by the range calibrated behind the activation. Weights take the range of their values, one
/// scale a tensor or one an output channel as P says; biases are codes at the scale of the accumulator.
///
/// @code
///   const auto ranges = qnn::calibrate(net, data.train.first(1024));
///   const auto int8 = qnn::quantize<qnn::Int8<qnn::Asymmetric>>(net, ranges);
/// @endcode
/// @throws NumericError where a weight, bias or range is NaN or infinite or their scales cannot be combined, naming the layer
template <IntegerPrecision P, class Architecture>
Network<Architecture, P> quantize(const Network<Architecture, Float32>& network, const Ranges<Architecture>& ranges) {
  Network<Architecture, P> target;
  quantize_to(target, network, ranges);
  return target;
}

}  // namespace qnn
