// SPDX-License-Identifier: MIT
/// @file
/// Cross-layer equalization: the weights of neighbouring layers brought to like ranges, the function kept.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/quantization/fold_batch_norm.hpp"
#include "qnn/quantization/linear_pair.hpp"
#include "qnn/quantization/output_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace qnn {

/// When equalization ends.
struct EqualizationOptions {
  int sweeps = 50;          ///< over all pairs, at most
  double tolerance = 1e-3;  ///< it ends where a sweep changes no channel by a larger part
};

namespace detail {

/// The factor that each channel of the first stage is divided by, sqrt(r1 / r2) with the largest magnitudes r1 of its
/// weights in the first stage and r2 in the second: both become sqrt(r1 r2). 1 where one of them is 0.
inline std::vector<float> equalizing_factors(const LinearPair& pair) {
  std::vector<float> first(pair.first.channels), second(pair.first.channels);
  const std::size_t fan_in = pair.first.fan_in();
  for (std::size_t k = 0; k < pair.first.weights.size(); ++k) {
    first[k / fan_in] = std::max(first[k / fan_in], std::fabs(pair.first.weights[k]));
  }
  pair.for_each_weight([&](std::size_t channel, std::size_t, float weight) {
    second[channel] = std::max(second[channel], std::fabs(weight));
  });
  std::transform(first.begin(), first.end(), second.begin(), first.begin(), [](float r1, float r2) {
    return r1 == 0.0f || r2 == 0.0f ? 1.0f : static_cast<float>(std::sqrt(static_cast<double>(r1) / r2));
  });
  return first;
}

/// Divides the channels of the first stage by the factors and multiplies what the second reads of them.
/// @return the largest change of a channel, as a part of it
inline double equalize_pair(const LinearPair& pair, ChannelMoments& moments) {
  const std::vector<float> factors = equalizing_factors(pair);
  const std::size_t fan_in = pair.first.fan_in();
  double change = 0;
  for (std::size_t c = 0; c < factors.size(); ++c) {
    change = std::max(change, std::fabs(std::log(static_cast<double>(factors[c]))));
    for (float& weight : pair.first.weights.subspan(c * fan_in, fan_in)) {
      weight /= factors[c];
    }
    if (!pair.first.addend().empty()) {
      pair.first.addend()[c] /= factors[c];
    }
    if (!moments.empty()) {
      moments.mean[c] /= factors[c];
      moments.deviation[c] /= factors[c];
    }
  }
  pair.for_each_weight([&](std::size_t channel, std::size_t, float& weight) { weight *= factors[channel]; });
  return change;
}

QNN_COLD inline void check_equalization(const EqualizationOptions& options) {
  if (options.sweeps < 1) {
    throw ArgumentError("equalize: sweeps", "at least 1", std::to_string(options.sweeps));
  }
  if (!(options.tolerance >= 0.0)) {
    throw ArgumentError("equalize: tolerance", "0 or more", std::to_string(options.tolerance));
  }
}

QNN_COLD inline void equalize_pairs(std::span<const LinearPair> pairs, std::span<ChannelMoments> of_layer,
                                    const EqualizationOptions& options) {
  double change = 2 * options.tolerance + 1;
  for (int sweep = 0; sweep < options.sweeps && change > options.tolerance; ++sweep) {
    change = 0;
    for (const LinearPair& pair : pairs) {
      change = std::max(change, equalize_pair(pair, of_layer[static_cast<std::size_t>(pair.first.layer)]));
    }
  }
}

/// Takes c = max(0, mean - 3 deviation) from the biases of the first stage and adds what the second makes of it to its
/// own: behind a ReLU the same for all values above c, which are 99.87 % of a normal distribution's.
inline void absorb_bias(const LinearPair& pair, ChannelMoments& first) {
  const bool is_relu = pair.clamp.lowest == 0.0f && std::isinf(pair.clamp.highest);
  if (!is_relu || !pair.direct || first.empty() || pair.first.addend().empty() || pair.second.addend().empty()) {
    return;
  }
  std::vector<double> absorbed(pair.second.channels), surplus(pair.first.channels);
  for (std::size_t c = 0; c < surplus.size(); ++c) {
    surplus[c] = std::max(0.0, static_cast<double>(first.mean[c]) - 3.0 * static_cast<double>(first.deviation[c]));
    pair.first.addend()[c] -= static_cast<float>(surplus[c]);
    first.mean[c] -= static_cast<float>(surplus[c]);
  }
  pair.for_each_weight([&](std::size_t channel, std::size_t output, float weight) {
    absorbed[output] += static_cast<double>(weight) * surplus[channel];
  });
  for (std::size_t o = 0; o < absorbed.size(); ++o) {
    pair.second.addend()[o] += static_cast<float>(absorbed[o]);
  }
}

}  // namespace detail

/// The same function, whose weights suit one scale a tensor: BatchNorms are folded, and in every pair of stages, the
/// second of which alone reads the first, channel c of the first is divided by a factor s_c > 0 that the second
/// multiplies back, until the weights on both sides of c have the same largest magnitude. Between them may lie ReLU,
/// LeakyReLU or no activation, pooling, Flatten, padding; not ReLU6, whose bound would move. Depthwise convolutions
/// take part on both sides. Equal to the given network up to float rounding; ranges have to be calibrated anew.
/// @param statistics those of `network`, where known; brought up to date, for what uses them later
/// Source: Nagel et al., "Data-free quantization through weight equalization and bias correction", 2019, section 4.1.
/// @throws ArgumentError for fewer than one sweep or a negative tolerance
template <class Architecture>
Network<Architecture, Float32> equalize(const Network<Architecture, Float32>& network,
                                        OutputStatistics<Architecture>& statistics, EqualizationOptions options = {}) {
  detail::check_equalization(options);
  Network<Architecture, Float32> result = fold_batch_norms(network);
  const std::vector<LinearPair> pairs = linear_pairs<Architecture>(result.parameters());
  detail::equalize_pairs(pairs, statistics.of_layer, options);
  return result;
}

/// The same without statistics.
template <class Architecture>
Network<Architecture, Float32> equalize(const Network<Architecture, Float32>& network,
                                        EqualizationOptions options = {}) {
  OutputStatistics<Architecture> unknown;
  return equalize(network, unknown, options);
}

/// Large biases moved on: c = max(0, mean - 3 deviation) of a channel is taken from the bias of a stage with ReLU and
/// comes back through the weights of the linear stage that alone reads it, so that activations need a smaller range.
/// Not exactly the same function: it differs for the 0.13 % of values below c, if the statistics hold. Only where
/// nothing lies between the two stages, the second pads nothing, both have a bias or a BatchNorm, and statistics are
/// known.
/// @param statistics those of `network`, as equalize() left them; brought up to date
/// Source: Nagel et al. 2019, section 4.1.3.
template <class Architecture>
Network<Architecture, Float32> absorb_biases(const Network<Architecture, Float32>& network,
                                             OutputStatistics<Architecture>& statistics) {
  Network<Architecture, Float32> result = fold_batch_norms(network);
  for (const LinearPair& pair : linear_pairs<Architecture>(result.parameters())) {
    detail::absorb_bias(pair, statistics.of_layer[static_cast<std::size_t>(pair.first.layer)]);
  }
  return result;
}

}  // namespace qnn
