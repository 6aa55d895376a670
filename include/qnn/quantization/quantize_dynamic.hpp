// SPDX-License-Identifier: MIT
/// @file
/// A float network becomes one of precision Dynamic, without calibration.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/network/dynamic_network.hpp"
#include "qnn/quantization/quantize.hpp"

#include <iterator>

namespace qnn {

/// Quantizes into `target`, which may live wherever it fits. See quantize().
template <class Architecture, class P>
QNN_COLD void quantize_to(Network<Architecture, Dynamic<P>>& target, const Network<Architecture, Float32>& network,
                          QuantizationOptions options = {}) {
  using Magnitudes = MagnitudeLayout<Architecture, P>;
  QNN_EXPECTS(options.weight_magnitudes.empty() || std::ssize(options.weight_magnitudes) == Magnitudes::size,
              "one magnitude for each scale of the weights");
  detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
    const FoldedLinear folded = folded_linear<I>(network);
    try {
      target.template layer<I>().quantize(folded.weights, folded.bias,
                                          {options.weights, Magnitudes::template part<I>(options.weight_magnitudes)});
    } catch (const NumericError& error) {
      detail::rethrow_for_layer(error, I, Trace<Architecture>::template layer<I>::name);
    }
  });
}

/// Weights as P's, with the normalization of their stage folded in; biases stay float32. There are no ranges to be
/// given.
///
/// @code
///   const auto int8 = qnn::quantize<qnn::Dynamic<qnn::Int8<qnn::Asymmetric>>>(net);
/// @endcode
/// @throws NumericError where a weight or bias is NaN or infinite, naming the layer
template <class P, class Architecture>
  requires is_dynamic<P> Network<Architecture, P> quantize(const Network<Architecture, Float32>& network,
                                                           QuantizationOptions options = {}) {
    Network<Architecture, P> target;
    quantize_to(target, network, options);
    return target;
  }

}  // namespace qnn
