// SPDX-License-Identifier: MIT
/// @file
/// A BatchNorm taken into the weights and bias of the linear layer before it.
#pragma once

#include "qnn/config.hpp"
#include "qnn/layers/batch_norm.hpp"

#include <span>
#include <vector>

namespace qnn {

/// A linear layer that computes what it and the normalization behind it computed.
struct FoldedLinear {
  std::vector<float> weights, bias;
};

/// w'_o = f_o w_o,  b'_o = f_o b_o + a_o, with the factor f and the addend a of BatchNorm::affine for each channel o.
/// @param weights (channels, ...)  @param bias one for each channel, or none  @param statistics parameters of the BatchNorm
/// Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
/// 2018, section 3.2.
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

}  // namespace qnn
