// SPDX-License-Identifier: MIT
/// @file
/// What the layers of an integer network really receive: the inputs by which its float weights are corrected.
#pragma once

#include "qnn/calibration/observe_layers.hpp"
#include "qnn/config.hpp"
#include "qnn/core/aligned.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/network.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace qnn::detail {

/// The position under which an observer of an integer network sees what layer I reads.
template <class Architecture, Index I>
inline constexpr Index observed_input = Trace<Architecture>::producer[Trace<Architecture>::template source<I>];

/// Given dequantized outputs for the examples of a batch.
using DequantizedObserver = std::function<void(std::span<const float> values)>;

/// Runs an integer network on all examples and calls observer, batch by batch, with the dequantized output of the stage
/// that ends with layer `position`, or with 0 the input. A std::function, so that a network is compiled once for all.
/// @throws ArgumentError as observe_batches()
template <class Architecture, class P, ExampleSource S>
QNN_COLD void observe_dequantized(const Network<Architecture, P>& network, const S& examples, Index batch,
                                  Index position, const DequantizedObserver& observer) {
  std::vector<float> values;
  observe_batches(network, examples, batch, [&]<Index I>(IndexConstant<I>, const auto& codes, Index /*first*/) {
    if (I == position) {
      values.resize(static_cast<std::size_t>(codes.size()));
      std::transform(codes.begin(), codes.end(), values.begin(),
                     [&](auto code) { return dequantize_value(code, network.activation(I)); });
      observer(values);
    }
  });
}

/// The float machine of linear layer I with parameters that are not the network's: weights, then the bias if it has
/// one.
template <class Architecture, Index I>
class FloatLinear {
  using Machine = typename Trace<Architecture>::template machine<Float32, I>;
  using In = typename Trace<Architecture>::template received<I>;
  using Out = typename Trace<Architecture>::template shape<I>;

 public:
  static constexpr auto inputs = static_cast<std::size_t>(In::size), outputs = static_cast<std::size_t>(Out::size);

  /// y of as many examples as x holds, before normalization and activation.
  std::span<const float> forward(std::span<const float> parameters, std::span<const float> x) {
    y_.resize(x.size() / inputs * outputs);
    Machine::forward(parameters.data(), batch(x), {y_.data(), count(x)}, scratch_.data());
    return y_;
  }
  /// Adds dL/dparameters to gradients, from dL/dy. @pre forward() was called with the same x
  void add_gradients(std::span<const float> parameters, std::span<const float> x, std::span<const float> dy,
                     std::span<float> gradients) {
    Machine::backward({.parameters = parameters.data(),
                       .x = batch(x),
                       .y = {y_.data(), count(x)},
                       .dy = {dy.data(), count(x)},
                       .dx = {nullptr, count(x)},
                       .gradients = gradients.data(),
                       .scratch = scratch_.data(),
                       .step = {}});
  }

 private:
  static Index count(std::span<const float> x) { return static_cast<Index>(x.size() / inputs); }
  static Batch<const float, In> batch(std::span<const float> x) { return {x.data(), count(x)}; }

  std::vector<float> y_;
  AlignedVector<float> scratch_ =
      AlignedVector<float>(static_cast<std::size_t>(std::max<Index>({Machine::scratch, Machine::backward_scratch, 1})));
};

/// The weights of linear layer I as the integer network has them, and behind them the float bias if there is one.
template <Index I, class Architecture, class P>
std::vector<float> dequantized_parameters(const Network<Architecture, P>& network, std::span<const float> bias) {
  std::vector<float> parameters = network.template layer<I>().weight.dequantize();
  parameters.insert(parameters.end(), bias.begin(), bias.end());
  return parameters;
}

}  // namespace qnn::detail
