// SPDX-License-Identifier: MIT
/// @file
/// What training needs to know of the precision that a network is trained at.
#pragma once

#include "qnn/network/network.hpp"
#include "qnn/training/backpropagation.hpp"

#include <algorithm>
#include <span>

namespace qnn {

/// How a network of precision P is trained; one specialization for each precision that can be (that of FakeQuant stands
/// in quantization/fake_quant_training.hpp):
///   - `Network`, `Layout`          the network, and where its parameters lie in one vector, as ParameterLayout says
///   - `Pass`, `pass(network)`      a Backpropagation, one for each thread
///   - `values(network)`            all that is trained
///   - `assign(network, values)`    and back into the network
///   - `project(values)`            brings what a step led beyond the values that a network can have back to these
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
  static void project(std::span<float> /*values*/) {}
  static const float* parameters(Network& /*network*/, std::span<const float> values) { return values.data(); }
  static void pull_back(const Network& /*network*/, std::span<float> /*gradients*/) {}
};

}  // namespace qnn
