// SPDX-License-Identifier: MIT
/// @file
/// How the outputs of linear stages are distributed, as their BatchNorms tell: without data.
#pragma once

#include "qnn/quantization/stage_parameters.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numbers>
#include <vector>

namespace qnn {

/// Mean and standard deviation of each channel; empty where they are not known.
struct ChannelMoments {
  std::vector<float> mean, deviation;
  bool empty() const { return mean.empty(); }
};

/// One for each layer that starts a stage: the moments behind its BatchNorm, before its activation.
template <class Architecture>
struct OutputStatistics {
  std::array<ChannelMoments, static_cast<std::size_t>(Trace<Architecture>::layer_count)> of_layer;
};

/// A BatchNorm gives, on the data that it was trained with, values of mean `shift` and deviation |scale|. To be asked
/// of a network whose BatchNorms are not folded yet: a folded one knows nothing of its data. Source: Nagel et al.,
/// "Data-free quantization through weight equalization and bias correction", 2019, section 4.
template <class Architecture>
OutputStatistics<Architecture> batch_norm_statistics(const Network<Architecture, Float32>& network) {
  OutputStatistics<Architecture> statistics;
  detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
    const auto stage = stage_parameters<Architecture, I>(network.parameters());
    if (!stage.normalization.empty()) {
      const auto scale = stage.normalization.first(stage.channels);
      const auto shift = stage.normalization.subspan(stage.channels, stage.channels);
      ChannelMoments& moments = statistics.of_layer[I];
      moments.mean.assign(shift.begin(), shift.end());
      std::transform(scale.begin(), scale.end(), std::back_inserter(moments.deviation),
                     [](float value) { return std::fabs(value); });
    }
  });
  return statistics;
}

namespace detail {

/// The mean of clamp(x) for a normal x: with a, b the bounds in deviations from the mean, phi and Phi density and
/// distribution,  a's share Phi(a) lowest + b's share (1 - Phi(b)) highest + mean (Phi(b) - Phi(a)) - deviation (phi(b)
/// - phi(a)).  Source: Nagel et al. 2019, appendix C.
inline double clamped_normal_mean(double mean, double deviation, Clamp clamp) {
  if (deviation == 0.0) {
    return static_cast<double>(clamp.apply(static_cast<float>(mean)));
  }
  const auto below = [](double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); };
  const auto density = [](double z) { return std::exp(-0.5 * z * z) * std::numbers::inv_sqrtpi / std::numbers::sqrt2; };
  const double a = (static_cast<double>(clamp.lowest) - mean) / deviation;
  const double b = (static_cast<double>(clamp.highest) - mean) / deviation;
  const double at_lowest = std::isinf(a) ? 0.0 : static_cast<double>(clamp.lowest) * below(a);
  const double at_highest = std::isinf(b) ? 0.0 : static_cast<double>(clamp.highest) * below(-b);
  return at_lowest + at_highest + mean * (below(b) - below(a)) - deviation * (density(b) - density(a));
}

}  // namespace detail

}  // namespace qnn
