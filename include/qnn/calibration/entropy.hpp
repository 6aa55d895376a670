// SPDX-License-Identifier: MIT
/// @file
/// Entropy: the range that keeps most of the information, by the divergence of Kullback and Leibler.
#pragma once

#include "qnn/calibration/percentile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace qnn {

/// For every threshold, P is the histogram up to it, with all that lies beyond counted to its last bin; Q is the
/// histogram up to it as the format's levels tell it: each level's values spread evenly over those of its bins that are
/// not empty. The threshold with the smallest divergence of Q from P is chosen. Source: Migacz, "8-bit inference with
/// TensorRT", 2017.
///
/// * Zeros are left out, as they have no bin: every format represents them exactly.
/// * Symmetric formats: magnitudes, over the codes 0..highest, as published. Those with a zero point: the values
///   between -threshold and threshold that were seen at all, over all codes.
/// * What lies beyond goes to the last bin that holds something, so that an empty one at the threshold, where P would
///   be infinitely far from Q, does not keep a lone outlier from being clipped.
/// * From each divergence is taken what it would be by chance: else, the fewer values were seen, the more noise within
///   levels looks like information, and the narrower the range would be.
/// * Many equal values, as behind the constant background of an image, are taken for what they are: Q keeps them in
///   their bin, since a level represents one value as well as any other. Spread over the bins of their level they would
///   outweigh all else, and the range become far too narrow. Published is the same for zeros alone: NVIDIA's
///   pytorch-quantization gives the bin of 0 the count of the next one.
/// * The thresholds are edges of bins; the bins go to levels as evenly as they can. Where a format has as many levels
///   as there are bins, as 16-bit ones have, nothing tells thresholds apart, and nothing is clipped.
struct Entropy {
  static constexpr auto name = "entropy";
};

namespace detail {

/// Calls f(first bin, one behind the last) for each of `levels` levels: bin k of n belongs to level floor(k levels /
/// n).
template <class Function>
void for_each_level(std::size_t bins, std::size_t levels, Function&& f) {
  std::size_t first = 0;
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t last = (bins * (level + 1) + levels - 1) / levels;
    f(first, last);
    first = last;
  }
}

/// Counts of bins, and how many of each are one value over and over.
struct BinCounts {
  std::span<const double> all, repeated;

  std::size_t size() const { return all.size(); }
  BinCounts part(std::size_t first, std::size_t last) const {
    return {all.subspan(first, last - first), repeated.subspan(first, last - first)};
  }
};

/// The median of those of the 8 bins on either side of bin k that hold something; 1 where none does.
inline double usual_count(std::span<const double> bins, std::size_t k) {
  constexpr std::size_t reach = 8;
  std::array<double, 2 * reach> near{};
  auto end = near.begin();
  for (std::size_t i = k - std::min(k, reach); i < std::min(bins.size(), k + reach + 1); ++i) {
    if (i != k && bins[i] > 0) {
      *end++ = bins[i];
    }
  }
  const auto middle = near.begin() + (end - near.begin()) / 2;
  std::nth_element(near.begin(), middle, end);
  return end == near.begin() ? 1.0 : *middle;
}

/// Of each bin what it holds beyond the usual count around it, where that is more than once again as much: densities do
/// not jump so from one bin to the next, but a value that comes up over and over does.
inline std::vector<double> repeated_values(std::span<const double> bins) {
  std::vector<double> repeated(bins.size());
  for (std::size_t k = 0; k < bins.size(); ++k) {
    const double usual = bins[k] > 0 ? usual_count(bins, k) : 0.0;
    repeated[k] = bins[k] > 2 * usual ? bins[k] - usual : 0.0;
  }
  return repeated;
}

/// Spreads what each level holds evenly over those of its bins that are not empty; repeated values stay in theirs.
inline void spread_over_levels(const BinCounts& bins, std::size_t levels, std::span<double> spread) {
  for_each_level(bins.size(), levels, [&](std::size_t first, std::size_t last) {
    double sum = 0, filled = 0;
    for (std::size_t k = first; k < last; ++k) {
      sum += bins.all[k] - bins.repeated[k];
      filled += bins.all[k] > 0 ? 1 : 0;
    }
    for (std::size_t k = first; k < last; ++k) {
      spread[k] = bins.all[k] > 0 ? bins.repeated[k] + sum / filled : 0.0;
    }
  });
}

/// sum P log(P / Q), both normalized: Q the bins as `levels` levels tell them; P the bins with `below` in the first and
/// `above` in the last that hold something. Infinite where none does. @param q room for as many numbers as there are
/// bins
inline double divergence(const BinCounts& bins, double below, double above, std::size_t levels, std::span<double> q) {
  const auto holds = [](double count) { return count > 0; };
  const std::span<const double> all = bins.all;
  const auto first = static_cast<std::size_t>(std::find_if(all.begin(), all.end(), holds) - all.begin());
  if (first == all.size()) {
    return std::numeric_limits<double>::infinity();
  }
  const auto last = static_cast<std::size_t>(std::find_if(all.rbegin(), all.rend(), holds).base() - all.begin()) - 1;
  spread_over_levels(bins, levels, q);
  const double inside = std::accumulate(all.begin(), all.end(), 0.0);
  const double whole = inside + below + above;
  double sum = 0;
  for (std::size_t k = first; k <= last; ++k) {
    const double p = all[k] + (k == first ? below : 0.0) + (k == last ? above : 0.0);
    sum += p > 0 ? p * std::log(p * inside / (q[k] * whole)) : 0.0;
  }
  return sum / whole;
}

/// What the divergence, times the number of values, is on average where values are spread evenly over the bins of each
/// level, by chance alone: half of a chi-squared variable's degrees of freedom, filled bins - 1 for each level (Wilks
/// 1938). A bin of which only a share is spread counts as that share.
inline double chance_divergence(const BinCounts& bins, std::size_t levels) {
  double freedom = 0;
  for_each_level(bins.size(), levels, [&](std::size_t first, std::size_t last) {
    double shares = 0, filled = 0;
    for (std::size_t k = first; k < last; ++k) {
      if (bins.all[k] > 0) {
        shares += 1 - bins.repeated[k] / bins.all[k];
        ++filled;
      }
    }
    freedom += filled > 0 ? shares - shares / filled : 0.0;
  });
  return freedom / 2;
}

/// The threshold, in bins from the one at `origin`, with the smallest divergence, chance set aside; the smallest of
/// equal ones.
QNN_NOINLINE inline std::size_t least_divergent_threshold(std::span<const double> bins, std::size_t origin,
                                                          std::size_t levels) {
  const std::size_t farthest = std::max(origin, bins.size() - origin);
  const std::vector<double> repeated = repeated_values(bins);
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
    const BinCounts window = BinCounts{bins, repeated}.part(first, last);
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
