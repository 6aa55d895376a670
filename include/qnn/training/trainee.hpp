// SPDX-License-Identifier: MIT
/// @file
/// What training needs to know of the precision that a network is trained at.
#pragma once

#include "qnn/network/network.hpp"
#include "qnn/training/backpropagation.hpp"
#include "qnn/training/straight_through.hpp"

#include <algorithm>
#include <span>

namespace qnn {

/// How a network of precision P is trained; one specialization for each precision that can be:
///   - `Network`, `Layout`          the network, and where its parameters lie in one vector, as ParameterLayout says
///   - `Pass`, `pass(network)`      a Backpropagation, one for each thread
///   - `values(network)`            all that is trained
///   - `assign(network, values)`    and back into the network
///   - `parameters(network, values)`  what a Pass reads in the next step; the network may be brought up to date first
///   - `pull_back(network, gradients)`  gradients of `parameters` to gradients of `values`, in place
template <class Architecture, class P>
struct Trainee;

template <class Architecture>
struct Trainee<Architecture, Float32> {
  using Network = qnn::Network<Architecture, Float32>;
  using Layout = ParameterLayout<Architecture>;
  using Pass = Backpropagation<Architecture>;

  static Pass pass(const Network& /*network*/) { return Pass(); }
  static std::span<const float> values(const Network& network) { return network.parameters(); }
  static void assign(Network& network, std::span<const float> values) {
    std::copy(values.begin(), values.end(), network.parameters().begin());
  }
  static const float* parameters(Network& /*network*/, std::span<const float> values) { return values.data(); }
  static void pull_back(const Network& /*network*/, std::span<float> /*gradients*/) {}
};

/// The integer network is made anew in every step.
template <class Architecture, QuantizedPrecision P, class RangeRule>
struct Trainee<Architecture, FakeQuant<P, RangeRule>> {
  using Network = qnn::Network<Architecture, FakeQuant<P, RangeRule>>;
  using Layout = typename Network::Layout;
  using Pass = Backpropagation<Architecture, StraightThrough<Architecture, P, RangeRule>>;

  static Pass pass(const Network& network) { return Pass(Pass::default_chunk, network); }
  static AlignedVector<float> values(const Network& network) { return network.values(); }
  static void assign(Network& network, std::span<const float> values) { network.assign(values); }
  static const float* parameters(Network& network, std::span<const float> values) {
    network.assign(values);
    return network.effective_parameters().data();
  }
  static void pull_back(const Network& network, std::span<float> gradients) { network.pull_back(gradients); }
};

}  // namespace qnn
