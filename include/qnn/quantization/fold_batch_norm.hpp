// SPDX-License-Identifier: MIT
/// @file
/// A BatchNorm taken into the weights and bias of the linear layer before it.
#pragma once

#include "qnn/config.hpp"
#include "qnn/layers/batch_norm.hpp"
#include "qnn/network/network.hpp"
#include "qnn/quantization/stage_parameters.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace qnn {

/// A linear layer that computes what it and the normalization behind it computed.
struct FoldedLinear {
  std::vector<float> weights, bias;
};

/// w'_o = f_o w_o,  b'_o = f_o b_o + a_o, with the factor f and the addend a of BatchNorm::affine for each channel o.
/// @param weights (channels, ...)  @param bias one for each channel, or none  @param statistics parameters of the
/// BatchNorm Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
/// inference", 2018, section 3.2.
QNN_COLD inline FoldedLinear fold_batch_norm(std::span<const float> weights, std::span<const float> bias,
                                             std::size_t channels, const float* statistics) {
  std::vector<float> factors(channels), addends(channels);
  BatchNorm::affine(statistics, static_cast<Index>(channels), factors.data(), addends.data());
  FoldedLinear folded{{weights.begin(), weights.end()}, addends};
  const std::size_t fan_in = weights.size() / channels;
  for (std::size_t o = 0; o < channels; ++o) {
    for (std::size_t k = 0; k < fan_in; ++k) {
      folded.weights[o * fan_in + k] *= factors[o];
    }
    if (!bias.empty()) {
      folded.bias[o] += factors[o] * bias[o];
    }
  }
  return folded;
}

namespace detail {

/// The variance with which a BatchNorm multiplies by exactly 1.
inline constexpr float identity_variance = 1.0f - BatchNorm::epsilon;
static_assert(identity_variance + BatchNorm::epsilon == 1.0f);

/// Folds the normalization of a stage and leaves one behind that only adds: nothing, or where the linear layer has no
/// bias what its bias would be.
QNN_COLD inline void fold_in_place(const StageParameters<float>& stage) {
  const FoldedLinear folded = fold_batch_norm(stage.weights, stage.bias, stage.channels, stage.normalization.data());
  std::copy(folded.weights.begin(), folded.weights.end(), stage.weights.begin());
  const auto part = [&](std::size_t which) {
    return stage.normalization.subspan(which * stage.channels, stage.channels);
  };
  std::ranges::fill(part(0), 1.0f);
  std::ranges::fill(part(1), 0.0f);
  std::ranges::fill(part(2), 0.0f);
  std::ranges::fill(part(3), identity_variance);
  std::copy(folded.bias.begin(), folded.bias.end(), stage.addend().begin());
}

}  // namespace detail

/// The same function with every BatchNorm that belongs to a stage folded into its linear layer. The architecture stays,
/// and so do the BatchNorms: with factors of exactly 1, mean 0, and no shift but where the linear layer has no bias.
/// quantize() makes exactly the same codes of both networks. Folding twice changes nothing.
template <class Architecture>
Network<Architecture, Float32> fold_batch_norms(Network<Architecture, Float32> network) {
  detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
    const auto stage = stage_parameters<Architecture, I>(network.parameters());
    if (!stage.normalization.empty()) {
      detail::fold_in_place(stage);
    }
  });
  return network;
}

}  // namespace qnn
