// SPDX-License-Identifier: MIT
/// @file
/// Percentile: the range that all but a given share of the values lie in.
#pragma once

#include "qnn/calibration/observations.hpp"
#include "qnn/core/error.hpp"
#include "qnn/scheme/level_rule.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace qnn {

/// `share` of all values, zeros among them, stay unclipped. A symmetric format clips the largest magnitudes, wherever
/// they are; one with a zero point as many values at each end, or all at the one end that lies beyond 0.
/// Within half a bin of a histogram exact. Source: Wu et al., "Integer quantization for deep learning inference", 2020.
struct Percentile {
  static constexpr auto name = "percentile";
  double share = 0.9999;  ///< 0 < share <= 1
};

namespace detail {

/// `seen`, widened to contain 0, without what is below -`below` or above `above`. @pre neither is negative
inline Range clipped_range(Range seen, double below, double above) {
  return {std::max(std::min(seen.lowest, 0.0f), static_cast<float>(-below)),
          std::min(std::max(seen.highest, 0.0f), static_cast<float>(above))};
}

/// Counts by magnitude, whatever the sign.
inline std::vector<Index> magnitudes(const Histogram& histogram) {
  std::vector<Index> counts(histogram.positive().begin(), histogram.positive().end());
  std::transform(counts.begin(), counts.end(), histogram.negative().begin(), counts.begin(),
                 [](Index a, Index b) { return a + b; });
  return counts;
}

/// The magnitude, in bins, above which `values` of the values are: counted from the outermost bin inwards, evenly
/// within the last one.
inline double magnitude_below(std::span<const Index> counts, double values) {
  double left = values;
  for (std::size_t k = counts.size(); k-- > 0;) {
    const auto count = static_cast<double>(counts[k]);
    if (count > left) {
      return static_cast<double>(k + 1) - left / count;
    }
    left -= count;
  }
  return 0;
}

}  // namespace detail

/// @pre something was observed  @throws ArgumentError unless 0 < share <= 1
QNN_COLD inline Range choose_range(const Percentile& method, const Observation& seen, const LevelRule& levels) {
  if (!(method.share > 0.0 && method.share <= 1.0)) {
    throw ArgumentError("Percentile: share", "0 < share <= 1", std::to_string(method.share));
  }
  const Histogram& histogram = seen.histogram();
  const double clipped = (1.0 - method.share) * static_cast<double>(histogram.count());
  const auto threshold = [&](std::span<const Index> counts, double values) {
    return detail::magnitude_below(counts, values) * histogram.width();
  };
  if (levels.symmetric) {
    const double both = threshold(detail::magnitudes(histogram), clipped);
    return detail::clipped_range(seen.range(), both, both);
  }
  const bool two_sided = seen.range().lowest < 0.0f && seen.range().highest > 0.0f;
  const double at_each_end = two_sided ? clipped / 2 : clipped;
  return detail::clipped_range(seen.range(), threshold(histogram.negative(), at_each_end),
                               threshold(histogram.positive(), at_each_end));
}

}  // namespace qnn
