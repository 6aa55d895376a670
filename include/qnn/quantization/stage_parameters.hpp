// SPDX-License-Identifier: MIT
/// @file
/// The float parameters of a stage: those of its linear layer and of the BatchNorm behind it.
#pragma once

#include "qnn/network/network.hpp"
#include "qnn/network/stage.hpp"

#include <cstddef>
#include <span>

namespace qnn {

/// Views into the parameters of a network. @tparam T float or const float
template <class T>
struct StageParameters {
  Index layer = 0;  ///< position of the linear layer
  std::size_t channels = 0;
  std::span<T> weights;        ///< (channels, ...)
  std::span<T> bias;           ///< one for each channel, or none
  std::span<T> normalization;  ///< scale, shift, mean, variance of each channel, or none

  std::size_t fan_in() const { return weights.size() / channels; }
  /// What is added to each channel last: the bias, or where there is none the shift of the BatchNorm, or nothing. After
  /// fold_batch_norms() it is all that is added.
  std::span<T> addend() const {
    return bias.empty() && !normalization.empty() ? normalization.subspan(channels, channels) : bias;
  }
};

/// Those of the stage that linear layer I starts, in the parameters of a network.
template <class Architecture, Index I, class T>
StageParameters<T> stage_parameters(std::span<T> all) {
  using layout = ParameterLayout<Architecture>;
  constexpr auto& parameters = Trace<Architecture>::template machine<Float32, I>::parameters;
  constexpr auto channels = static_cast<std::size_t>(parameters[0].extents[0]);
  constexpr auto weights = static_cast<std::size_t>(parameters[0].extents.size());
  constexpr auto first = static_cast<std::size_t>(layout::template offset<I>);
  constexpr Index normalization = Stages<Architecture>::template normalization<I>;
  StageParameters<T> stage{
      I, channels, all.subspan(first, weights), all.subspan(first + weights, parameters.size() > 1 ? channels : 0), {}};
  if constexpr (normalization != I) {
    stage.normalization = all.subspan(static_cast<std::size_t>(layout::template offset<normalization>), 4 * channels);
  }
  return stage;
}

namespace detail {

/// Calls f(IndexConstant<I>) for every linear layer, in order.
template <class Architecture, class Function>
void for_each_linear_layer(Function&& f) {
  Trace<Architecture>::for_each_layer([&]<Index I>(IndexConstant<I> layer) {
    if constexpr (Stages<Architecture>::template is_linear<I>) {
      f(layer);
    }
  });
}

}  // namespace detail

}  // namespace qnn
