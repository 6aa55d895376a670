// SPDX-License-Identifier: MIT
/// @file
/// The step of a network forward: one layer. Functions of their own, so that a layer is compiled once and not again for
/// everyone who runs the network: who trains it, who evaluates it, who looks at its activations.
#pragma once

#include "qnn/config.hpp"
#include "qnn/layers/layer.hpp"

#include <algorithm>
#include <array>

namespace qnn::detail {

/// What a layer receives, `In` being one shape or several, from its sources.
template <class In>
struct InputsFrom;
template <Index... Ns>
struct InputsFrom<Shape<Ns...>> {
  template <class T>
  static constexpr Batch<const T, Shape<Ns...>> of(const std::array<const T*, 1>& sources, Index count) {
    return {sources[0], count};
  }
};
template <class... Shapes>
struct InputsFrom<Inputs<Shapes...>> {
  template <class T>
  static constexpr Batches<const T, Shapes...> of(const std::array<const T*, sizeof...(Shapes)>& sources, Index count) {
    return {sources, count};
  }
};

/// y = f(x) of a float machine (layers/layer.hpp). @param clamp of the activation that a linear layer applies as well
template <class Machine, class X, StaticShape Out>
QNN_NOINLINE void forward_layer(const float* parameters, X x, Batch<float, Out> y, float* scratch, Clamp clamp = {}) {
  if constexpr (requires { Machine::forward(parameters, x, y, scratch, clamp); }) {
    Machine::forward(parameters, x, y, scratch, clamp);
  } else {
    Machine::forward(parameters, x, y, scratch);
    if (clamp.is_active()) {
      std::transform(y.begin(), y.end(), y.data(), [&](float value) { return clamp.apply(value); });
    }
  }
}

/// y = f(x) of an integer machine. @param scratch what the machine asks for; it may have no need of it
template <class Machine, class X, class Code, StaticShape Out>
QNN_NOINLINE constexpr void forward_layer(const Machine& machine, X x, Batch<Code, Out> y,
                                          [[maybe_unused]] Code* scratch) {
  if constexpr (has_scratch<Machine>) {
    machine.forward(x, y, scratch);
  } else {
    machine.forward(x, y);
  }
}

}  // namespace qnn::detail
