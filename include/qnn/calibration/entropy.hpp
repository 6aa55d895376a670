// SPDX-License-Identifier: MIT
/// @file
/// Entropy: the range that keeps most of the information, by the divergence of Kullback and Leibler.
#pragma once

#include "qnn/calibration/percentile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace qnn {

/// For every threshold, P is the histogram up to it, with all that lies beyond counted to its last bin; Q is the histogram
/// up to it as the format's levels tell it: each level's values spread evenly over those of its bins that are not empty.
/// The threshold with the smallest divergence of Q from P is chosen. Source: Migacz, "8-bit inference with TensorRT",
/// 2017.
///
/// * Zeros are left out, as they have no bin: every format represents them exactly.
/// * Symmetric formats: magnitudes, over the codes 0..highest, as published. Those with a zero point: the values between
///   -threshold and threshold that were seen at all, over all codes.
/// * What lies beyond goes to the last bin that holds something, so that an empty one at the threshold, where P would be
///   infinitely far from Q, does not keep a lone outlier from being clipped.
/// * From each divergence is taken what it would be by chance: else, the fewer values were seen, the more noise within
///   levels looks like information, and the narrower the range would be.
/// * Where many values are equal, as behind the constant background of an image, what their level spreads over its other
///   bins outweighs all else, and the range becomes far too narrow. That is the method's, and why it is never the default.
/// * The thresholds are edges of bins; the bins go to levels as evenly as they can. Where a format has as many levels as
///   there are bins, as 16-bit ones have, nothing tells thresholds apart, and nothing is clipped.
struct Entropy {
  static constexpr auto name = "entropy";
};

namespace detail {

/// Spreads what each of `levels` levels holds evenly over those of its bins that are not empty. Bin k of n belongs to
/// level floor(k levels / n).
inline void spread_over_levels(std::span<const double> bins, std::size_t levels, std::span<double> spread) {
  std::size_t first = 0;
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t last = (bins.size() * (level + 1) + levels - 1) / levels;
    double sum = 0, filled = 0;
    for (std::size_t k = first; k < last; ++k) {
      sum += bins[k];
      filled += bins[k] > 0 ? 1 : 0;
    }
    for (std::size_t k = first; k < last; ++k) {
      spread[k] = bins[k] > 0 ? sum / filled : 0.0;
    }
    first = last;
  }
}

/// sum P log(P / Q), both normalized: Q the bins as `levels` levels tell them; P the bins with `below` in the first and
/// `above` in the last that hold something. Infinite where none does. @param q room for as many numbers as there are bins
inline double divergence(std::span<const double> bins, double below, double above, std::size_t levels,
                         std::span<double> q) {
  const auto holds = [](double count) { return count > 0; };
  const auto first = static_cast<std::size_t>(std::find_if(bins.begin(), bins.end(), holds) - bins.begin());
  if (first == bins.size()) {
    return std::numeric_limits<double>::infinity();
  }
  const auto last = static_cast<std::size_t>(std::find_if(bins.rbegin(), bins.rend(), holds).base() - bins.begin()) - 1;
  spread_over_levels(bins, levels, q);
  const double inside = std::accumulate(bins.begin(), bins.end(), 0.0);
  const double all = inside + below + above;
  double sum = 0;
  for (std::size_t k = first; k <= last; ++k) {
    const double p = bins[k] + (k == first ? below : 0.0) + (k == last ? above : 0.0);
    sum += p > 0 ? p * std::log(p * inside / (q[k] * all)) : 0.0;
  }
  return sum / all;
}

/// What the divergence, times the number of values, is on average where values are spread evenly over the bins of each
/// level, by chance alone: half of a chi-squared variable's (filled bins - filled levels) degrees of freedom (Wilks 1938).
inline double chance_divergence(std::span<const double> bins, std::size_t levels) {
  std::size_t filled_bins = 0, filled_levels = 0, last_level = levels;
  for (std::size_t k = 0; k < bins.size(); ++k) {
    if (bins[k] > 0) {
      const std::size_t level = k * levels / bins.size();
      filled_levels += level != last_level ? 1 : 0;
      last_level = level;
      ++filled_bins;
    }
  }
  return static_cast<double>(filled_bins - filled_levels) / 2;
}

/// The threshold, in bins from the one at `origin`, with the smallest divergence, chance set aside; the smallest of equal
/// ones.
QNN_NOINLINE inline std::size_t least_divergent_threshold(std::span<const double> bins, std::size_t origin,
                                                          std::size_t levels) {
  const std::size_t farthest = std::max(origin, bins.size() - origin);
  std::vector<double> q(bins.size()), sums(bins.size() + 1);
  for (std::size_t k = 0; k < bins.size(); ++k) {
    sums[k + 1] = sums[k] + bins[k];
  }
  std::size_t best = farthest;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t threshold = 1; threshold <= farthest; ++threshold) {
    const std::size_t first = origin - std::min(origin, threshold), last = std::min(bins.size(), origin + threshold);
    if (last - first < levels) {
      continue;
    }
    const auto window = bins.subspan(first, last - first);
    const double found = divergence(window, sums[first], sums.back() - sums[last], levels, q) -
                         chance_divergence(window, levels) / sums.back();
    if (found < least) {
      least = found;
      best = threshold;
    }
  }
  return best;
}

/// The counts up to the last that is not 0.
inline std::span<const Index> filled_part(std::span<const Index> counts) {
  while (!counts.empty() && counts.back() == 0) {
    counts = counts.first(counts.size() - 1);
  }
  return counts;
}

}  // namespace detail

/// @pre something was observed. O(bins^2), tens of milliseconds.
QNN_COLD inline Range choose_range(const Entropy& /*method*/, const Observation& seen, const LevelRule& levels) {
  const Histogram& histogram = seen.histogram();
  std::vector<double> bins;
  std::size_t origin = 0;
  if (levels.symmetric) {
    const std::vector<Index> counts = detail::magnitudes(histogram);
    const auto filled = detail::filled_part(counts);
    bins.assign(filled.begin(), filled.end());
  } else {
    const auto negative = detail::filled_part(histogram.negative()),
               positive = detail::filled_part(histogram.positive());
    origin = negative.size();
    bins.assign(negative.rbegin(), negative.rend());
    bins.insert(bins.end(), positive.begin(), positive.end());
  }
  const std::int32_t count = levels.symmetric ? levels.codes.highest + 1 : levels.count();
  const std::size_t threshold = detail::least_divergent_threshold(bins, origin, static_cast<std::size_t>(count));
  const double magnitude = static_cast<double>(threshold) * histogram.width();
  return detail::clipped_range(seen.range(), magnitude, magnitude);
}

}  // namespace qnn
