// SPDX-License-Identifier: MIT
/// @file
/// From observations to ranges, by any method.
#pragma once

#include "qnn/calibration/entropy.hpp"
#include "qnn/calibration/observations.hpp"
#include "qnn/calibration/percentile.hpp"
#include "qnn/calibration/squared_error.hpp"
#include "qnn/core/error.hpp"
#include "qnn/network/ranges.hpp"
#include "qnn/scheme/level_rule.hpp"

#include <algorithm>
#include <concepts>
#include <string>

namespace qnn {

/// Nothing is clipped.
inline Range choose_range(const MinMax& /*method*/, const Observation& seen, const LevelRule& /*levels*/) {
  return seen.range();
}

/// @throws ArgumentError where the average was observed with another share: see ObservationOptions
inline Range choose_range(const MovingAverage& method, const Observation& seen, const LevelRule& /*levels*/) {
  if (method.share() != seen.average().share()) {
    throw ArgumentError("MovingAverage: share", std::to_string(seen.average().share()) + ", that of the observation",
                        std::to_string(method.share()));
  }
  return seen.average().range();
}

/// A method of calibration: its name, and the range that it chooses, found by its arguments, for a tensor of which
/// something was observed and that will be represented by these levels.
template <class M>
concept CalibrationMethod = requires(const M& method, const Observation& seen, const LevelRule& levels) {
  { M::name } -> std::convertible_to<std::string>;
  { choose_range(method, seen, levels) } -> std::same_as<Range>;
};

static_assert(CalibrationMethod<MinMax> && CalibrationMethod<MovingAverage> && CalibrationMethod<Percentile> &&
              CalibrationMethod<Entropy> && CalibrationMethod<MinimalSquaredError>);

/// The ranges by which activations of precision P are quantized. Where nothing was observed they stay empty.
///
/// @code
///   const auto seen = qnn::observe(net, data.train.first(1024));                      // one pass ...
///   const auto clipped = qnn::ranges_for<qnn::Int8<>>(seen, qnn::Percentile{0.999});  // ... for all methods
///   const auto int8 = qnn::quantize<qnn::Int8<>>(net, clipped);
/// @endcode
template <QuantizedPrecision P, class Architecture, CalibrationMethod Method>
Ranges<Architecture> ranges_for(const Observations<Architecture>& observations, const Method& method) {
  Ranges<Architecture> ranges;
  std::transform(observations.of_layer.begin(), observations.of_layer.end(), ranges.of_layer.begin(),
                 [&](const Observation& seen) {
                   return seen.empty() ? Range{} : choose_range(method, seen, activation_levels<P>);
                 });
  return ranges;
}

}  // namespace qnn
