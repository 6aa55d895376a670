// SPDX-License-Identifier: MIT
/// @file
/// A precision as a value: for searches that are compiled once for all formats.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/numeric/accumulator.hpp"
#include "qnn/scheme/level_rule.hpp"
#include "qnn/scheme/precision.hpp"

#include <cstdint>
#include <string>

namespace qnn {

/// How one stage represents its weights and what it writes. It knows numbers of bits that no precision has; those of a
/// precision are StageFormat::of<P>(). Accumulators are the usual ones: 32 bits where weights and activations have at
/// most 8, else 64.
struct StageFormat {
  int weight_bits = 8;      ///< 2..16
  int activation_bits = 8;  ///< 2..16
  bool symmetric_weights = true, symmetric_activations = true;
  bool per_channel = true;  ///< one scale for each output channel, or one for all weights
  ScaleGrid grid = ScaleGrid::any;
  Index weight_group = 0;  ///< weights that share a multiplier (PerGroup), or 0 for none

  friend constexpr bool operator==(const StageFormat&, const StageFormat&) = default;

  /// That of a precision, but for its accumulator and the last bit of its requantization.
  template <QuantizedPrecision P>
  static constexpr StageFormat of() {
    return {.weight_bits = code_bits<typename P::weights::code>,
            .activation_bits = code_bits<typename P::activations::code>,
            .symmetric_weights = !P::weights::scheme::has_zero_point,
            .symmetric_activations = !P::activations::scheme::has_zero_point,
            .per_channel = P::weights::granularity::groups(2) == 2,
            .grid = P::requantization::scale_grid,
            .weight_group = group_size<typename P::weights::granularity>};
  }

  /// Symmetric weights use the narrow range.
  constexpr LevelRule weights() const {
    const std::int32_t end = std::int32_t{1} << (weight_bits - 1);
    return {{symmetric_weights ? 1 - end : -end, end - 1}, symmetric_weights, grid};
  }
  /// The levels of a channel: those of weights times the multipliers of groups.
  constexpr LevelRule weight_integers() const {
    LevelRule rule = weights();
    const std::int32_t multiplier = weight_group > 0 ? PerGroup<1>::largest_multiplier : 1;
    rule.codes = {rule.codes.lowest * multiplier, rule.codes.highest * multiplier};
    return rule;
  }
  constexpr LevelRule activations() const {
    const std::int32_t end = std::int32_t{1} << (activation_bits - 1);
    return {{-end, end - 1}, symmetric_activations, grid};
  }
  /// Bytes that hold the code of an activation.
  constexpr Index activation_bytes() const { return activation_bits > 8 ? 2 : 1; }
  constexpr Index accumulator_bytes() const { return weight_bits > 8 || activation_bits > 8 ? 8 : 4; }
  /// Bytes of a linear layer: weights, packed, multipliers of groups, biases, scales and what they are multiplied to
  /// (8 bytes).
  constexpr Index parameter_bytes(Index channels, Index fan_in) const {
    const Index groups = per_channel ? channels : 1, scale = symmetric_weights ? 4 : 8;
    const Index multipliers = weight_group > 0 ? channels * ((fan_in + weight_group - 1) / weight_group) : 0;
    return (channels * fan_in * weight_bits + 7) / 8 + (multipliers + 1) / 2 + channels * accumulator_bytes() +
           groups * (scale + 8);
  }
  /// Largest code of a bias that the proof of numeric/accumulator.hpp allows.
  constexpr std::int64_t bias_limit(Index fan_in) const {
    const std::int64_t term = term_bound(activations().codes, weight_integers().codes, !symmetric_weights);
    return accumulator_bytes() == 8 ? qnn::bias_limit<std::int64_t>(term, fan_in)
                                    : qnn::bias_limit<std::int32_t>(term, fan_in);
  }
  /// Whether activations that a stage of format `from` writes are read as they are, or converted: as in a mixed
  /// network.
  constexpr bool reads(const StageFormat& from) const {
    return activation_bytes() == from.activation_bytes() && symmetric_activations == from.symmetric_activations &&
           activation_bits >= from.activation_bits && (grid == from.grid || grid == ScaleGrid::any);
  }

  /// @throws ArgumentError for numbers of bits out of range, and groups of other weights than PerGroup has
  void check() const {
    for (const int bits : {weight_bits, activation_bits}) {
      if (bits < 2 || bits > 16) {
        raise(ArgumentError("StageFormat: bits", "2 to 16", std::to_string(bits)));
      }
    }
    if (weight_group < 0 || (weight_group > 0 && !(symmetric_weights && per_channel && weight_bits <= 4))) {
      raise(ArgumentError("StageFormat: weight_group",
                          "0, or a size with symmetric weights of at most 4 bits and a scale for each channel",
                          std::to_string(weight_group)));
    }
  }
};

}  // namespace qnn
