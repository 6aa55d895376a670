// SPDX-License-Identifier: MIT
/// @file
/// Normalization of examples, channel by channel: real = (value - mean[c]) / deviation[c].
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/core/shape.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace qnn {

/// Mean and population deviation of each channel (each index of the last extent), of the values before normalization.
struct ChannelStatistics {
  std::vector<double> mean, deviation;
};

/// The affine map that a reader of a dataset sees its values through. Mean and deviation are rounded to float once;
/// the subtraction and the division are each rounded to float.
class Normalization {
 public:
  /// Leaves values as they are: mean 0, deviation 1.
  explicit Normalization(std::size_t channels) : mean_(channels, 0.0f), deviation_(channels, 1.0f) {}

  /// @throws ArgumentError unless there are as many means as deviations, all finite as floats, deviations positive
  Normalization(std::span<const double> mean, std::span<const double> deviation) {
    if (mean.size() != deviation.size()) {
      throw ArgumentError("normalization", "as many deviations as means, " + std::to_string(mean.size()),
                          std::to_string(deviation.size()));
    }
    for (std::size_t channel = 0; channel < mean.size(); ++channel) {
      mean_.push_back(static_cast<float>(mean[channel]));
      deviation_.push_back(static_cast<float>(deviation[channel]));
      if (!std::isfinite(mean_.back()) || !std::isfinite(deviation_.back()) || !(deviation_.back() > 0.0f)) {
        throw ArgumentError("normalization of channel " + std::to_string(channel),
                            "a finite mean and a finite positive deviation",
                            std::to_string(mean[channel]) + " and " + std::to_string(deviation[channel]));
      }
    }
  }

  std::size_t channels() const { return mean_.size(); }
  std::span<const float> mean() const { return mean_; }
  std::span<const float> deviation() const { return deviation_; }
  bool is_identity() const {
    return std::ranges::all_of(mean_, [](float mean) { return mean == 0.0f; }) &&
           std::ranges::all_of(deviation_, [](float deviation) { return deviation == 1.0f; });
  }
  /// The map of one channel, by value: it may be applied while floats are written that may lie anywhere.
  struct OfChannel {
    float mean, deviation;
    float operator()(float value) const { return (value - mean) / deviation; }
  };
  OfChannel of_channel(std::size_t channel) const { return {mean_[channel], deviation_[channel]}; }
  float operator()(float value, std::size_t channel) const { return of_channel(channel)(value); }

 private:
  std::vector<float> mean_, deviation_;
};

}  // namespace qnn
