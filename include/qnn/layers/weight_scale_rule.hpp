// SPDX-License-Identifier: MIT
/// @file
/// Which scale the weights of a linear layer get, their format being a value: compiled once for all of them.
#pragma once

#include "qnn/config.hpp"
#include "qnn/scheme/level_rule.hpp"

#include <algorithm>
#include <cstdint>

namespace qnn::detail {

/// The scale of weights whose bias is a code at the scale of weights times that of inputs.
struct WeightScaleRule {
  LevelRule levels;         ///< of the weights
  std::int64_t bias_limit;  ///< largest code that a bias may have (numeric/accumulator.hpp)
  float input_scale;

  /// The scale of the range chosen for the weights, or a coarser one where the bias asks for it: its code, at scale
  /// sx sw, must fit beside the products. All-zero weights leave the scale free; it is chosen to hold the bias well.
  /// @throws NumericError where a range is empty or not finite
  QNN_COLD Asymmetric::Parameters parameters_for(Range weights, Range bias, bool no_bias) const {
    Asymmetric::Parameters parameters = levels.parameters_for(weights);
    if (no_bias) {
      return parameters;
    }
    check_range(bias);
    const double bias_in_inputs = static_cast<double>(bias.magnitude()) / static_cast<double>(input_scale);
    if (weights.magnitude() == 0.0f) {
      constexpr double code_of_bias = 0x1p20;
      parameters.scale = bias_in_inputs == 0.0 ? scale_of_zero : scale_on_grid(bias_in_inputs / code_of_bias);
      return parameters;
    }
    // Half of the limit: the folded zero point takes its share of the rest.
    const double needed = bias_in_inputs / (static_cast<double>(bias_limit) / 2.0);
    if (static_cast<double>(parameters.scale) >= needed) {
      return parameters;
    }
    // From the weights themselves, not from their scale, which is bounded below: a dead unit's weights may decay to any
    // number above 0. A range with an end at `needed * steps` has at least the needed scale.
    const double steps = levels.symmetric ? levels.codes.highest : levels.codes.highest - levels.codes.lowest;
    const double widening = needed * steps / static_cast<double>(weights.magnitude());
    const auto widened = [&](float end) { return static_cast<float>(static_cast<double>(end) * widening); };
    return levels.parameters_for({widened(weights.lowest), widened(weights.highest)});
  }

 private:
  float scale_on_grid(double scale) const {
    const float kept = std::clamp(static_cast<float>(scale), smallest_scale, largest_scale);
    return levels.grid == ScaleGrid::any ? kept : power_of_two_above(kept);
  }
};

}  // namespace qnn::detail
