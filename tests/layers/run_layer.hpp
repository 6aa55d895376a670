// SPDX-License-Identifier: MIT
/// @file
/// Runs one float layer on values written by hand.
#pragma once

#include "qnn/layers/layer.hpp"

#include <vector>

/// Outputs of `Layer` for the examples in `x`; `parameters` in the order of the layer's list.
template <class Layer, qnn::StaticShape In>
std::vector<float> outputs_of(const std::vector<float>& x, const std::vector<float>& parameters = {}) {
  using Machine = typename Layer::template at<qnn::Float32, In>;
  using Out = typename Layer::template output<In>;
  const qnn::Index count = static_cast<qnn::Index>(x.size()) / In::size;
  std::vector<float> y(static_cast<std::size_t>(count * Out::size)),
      scratch(static_cast<std::size_t>(Machine::scratch));
  Machine::forward(parameters.data(), qnn::Batch<const float, In>(x.data(), count),
                   qnn::Batch<float, Out>(y.data(), count), scratch.data());
  return y;
}
