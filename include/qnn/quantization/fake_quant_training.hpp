// SPDX-License-Identifier: MIT
/// @file
/// Quantization-aware training: what qnn::train needs to know of a fake-quantized network.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/quantization/fake_quant.hpp"
#include "qnn/quantization/straight_through.hpp"
#include "qnn/training/trainee.hpp"

#include <span>

namespace qnn {

/// The integer network is made anew in every step.
template <class Architecture, IntegerPrecision P, class... Rules>
struct Trainee<Architecture, FakeQuant<P, Rules...>> {
  using Network = qnn::Network<Architecture, FakeQuant<P, Rules...>>;
  using Layout = typename Network::Layout;
  using Pass = Backpropagation<Architecture, StraightThrough<Architecture, P, Rules...>>;

  static Pass pass(const Network& network) { return Pass(Pass::default_chunk, network); }
  static AlignedVector<float> values(const Network& network) { return network.values(); }
  static void assign(Network& network, std::span<const float> values) { network.assign(values); }
  static void project(std::span<float> values) { Network::project(values); }
  static const float* parameters(Network& network, std::span<const float> values) {
    network.assign(values);
    return network.effective_parameters().data();
  }
  static void pull_back(const Network& network, std::span<float> gradients) { network.pull_back(gradients); }
};

}  // namespace qnn
