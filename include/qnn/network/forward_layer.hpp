// SPDX-License-Identifier: MIT
/// @file
/// The step of a network forward: one layer. Functions of their own, so that a layer is compiled once and not again for
/// everyone who runs the network: who trains it, who evaluates it, who looks at its activations.
#pragma once

#include "qnn/config.hpp"
#include "qnn/layers/layer.hpp"

namespace qnn::detail {

/// y = f(x) of a float machine (layers/layer.hpp). @param clamp of the activation that a linear layer applies as well
template <class Machine, StaticShape In, StaticShape Out>
QNN_NOINLINE void forward_layer(const float* parameters, Batch<const float, In> x, Batch<float, Out> y, float* scratch,
                                [[maybe_unused]] Clamp clamp = {}) {
  if constexpr (requires { Machine::forward(parameters, x, y, scratch, clamp); }) {
    Machine::forward(parameters, x, y, scratch, clamp);
  } else {
    Machine::forward(parameters, x, y, scratch);
  }
}

/// y = f(x) of an integer machine. @param scratch what the machine asks for; it may have no need of it
template <class Machine, class Code, StaticShape In, StaticShape Out>
QNN_NOINLINE constexpr void forward_layer(const Machine& machine, Batch<const Code, In> x, Batch<Code, Out> y,
                                          [[maybe_unused]] Code* scratch) {
  if constexpr (has_scratch<Machine>) {
    machine.forward(x, y, scratch);
  } else {
    machine.forward(x, y);
  }
}

}  // namespace qnn::detail
