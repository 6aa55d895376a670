// SPDX-License-Identifier: MIT
/// @file
/// Clipping: a range narrower than the values', because a finer step may be worth more than the ends.
#pragma once

#include "qnn/config.hpp"
#include "qnn/scheme/grouped_codes.hpp"
#include "qnn/scheme/level_rule.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace qnn {

namespace detail {

/// A share of 1, 2^-1/8, 2^-2/8, ... 2^-10 with the smallest cost(share), improved by golden section between its
/// neighbours. The first counts where several are equal, so that nothing is clipped in vain.
template <class Cost>
double cheapest_share(Cost&& cost) {
  constexpr int octaves = 10, steps = 8, refinements = 12;
  constexpr double golden = 0.6180339887498949;
  double best = 1.0, lowest_cost = cost(1.0);
  const auto consider = [&](double share) {
    const double found = cost(share);
    if (found < lowest_cost) {
      lowest_cost = found;
      best = share;
    }
    return found;
  };
  for (int k = 1; k <= octaves * steps; ++k) {
    consider(std::exp2(-static_cast<double>(k) / steps));
  }
  double low = best * std::exp2(-1.0 / steps), high = std::min(1.0, best * std::exp2(1.0 / steps));
  double left = high - golden * (high - low), right = low + golden * (high - low);
  double left_cost = consider(left), right_cost = consider(right);
  for (int k = 0; k < refinements; ++k) {
    if (left_cost <= right_cost) {
      high = right;
      right = left;
      right_cost = left_cost;
      left = high - golden * (high - low);
      left_cost = consider(left);
    } else {
      low = left;
      left = right;
      left_cost = right_cost;
      right = low + golden * (high - low);
      right_cost = consider(right);
    }
  }
  return best;
}

}  // namespace detail

/// The range within `whole` for which error(parameters) is smallest, as far as a search finds; never worse than
/// `whole`. Both ends move in together. Where the scheme has a zero point and values on both sides of 0 each end moves
/// by itself then, twice in turn. About 100 calls of `error`, or 500.
/// @param error the cost of quantizing by `Asymmetric::Parameters`
template <class Error>
Range least_error_range(Range whole, const LevelRule& rule, Error&& error) {
  if (whole.lowest == 0.0f && whole.highest == 0.0f) {
    return whole;
  }
  Range best = whole;
  const auto shrink = [&](bool low, bool high) {
    const Range from = best;
    const auto range_of_share = [&](double share) {
      return Range{low ? static_cast<float>(share * static_cast<double>(from.lowest)) : from.lowest,
                   high ? static_cast<float>(share * static_cast<double>(from.highest)) : from.highest};
    };
    best = range_of_share(
        detail::cheapest_share([&](double share) { return error(rule.parameters_for(range_of_share(share))); }));
  };
  shrink(true, true);
  if (!rule.symmetric && whole.lowest < 0.0f && whole.highest > 0.0f) {
    for (int round = 0; round < 2; ++round) {
      shrink(true, false);
      shrink(false, true);
    }
  }
  return best;
}

/// sum (x - level nearest to x)^2 over all values.
inline double squared_error(std::span<const float> values, const Asymmetric::Parameters& parameters, CodeRange codes) {
  const float inverse = 1.0f / parameters.scale;
  const auto lowest = static_cast<float>(codes.lowest - parameters.zero_point);
  const auto highest = static_cast<float>(codes.highest - parameters.zero_point);
  double sum = 0;
  for (const float value : values) {
    const float steps = std::clamp(value * inverse, lowest, highest);
    const double error = static_cast<double>(value - parameters.scale * std::nearbyint(steps));
    sum += error * error;
  }
  return sum;
}

/// Which range the weights that share a scale are quantized by.
enum class WeightRange {
  min_max,               ///< the smallest that holds them all
  minimal_squared_error  ///< the one whose levels are nearest to them: the largest weights may be clipped
};

/// How the weights of a layer get their ranges: by a rule, or as given for each scale.
struct WeightRanges {
  WeightRange by = WeightRange::min_max;
  std::span<const float> magnitudes = {};  ///< m > 0 of the ranges -m..m, in place of `by`; for symmetric weights

  /// Whether magnitudes are given.
  bool are_given() const { return !magnitudes.empty(); }
};

/// The range that `rule` quantizes the values by. @pre they are finite, or the range is min_max
QNN_COLD inline Range choose_range(WeightRange by, std::span<const float> values, const LevelRule& rule) {
  const Range whole = range_of(values);
  if (by == WeightRange::min_max || !whole.finite()) {
    return whole;
  }
  return least_error_range(whole, rule, [&](const Asymmetric::Parameters& parameters) {
    return squared_error(values, parameters, rule.codes);
  });
}

/// The smallest range that holds those of all groups of a channel, each chosen as if it had a scale of its own.
QNN_COLD inline Range choose_range_of_groups(WeightRange by, std::span<const float> channel, Index size,
                                             CodeRange codes) {
  Range all;
  for_each_group(channel, size,
                 [&](std::span<const float> group) { all = all.united(choose_range(by, group, {codes})); });
  return all;
}

/// The multiplier of a group whose channel has the scale `scale`: the one that covers it (grouped_codes.hpp), or of all
/// the one whose levels are nearest to the weights.
QNN_COLD inline std::int32_t choose_multiplier(WeightRange by, std::span<const float> group, float scale,
                                               CodeRange codes) {
  std::int32_t best = covering_multiplier(range_of(group).magnitude(), scale, codes);
  if (by == WeightRange::min_max) {
    return best;
  }
  const auto error_of = [&](std::int32_t multiplier) {
    return squared_error(group, {scale * static_cast<float>(multiplier), 0}, codes);
  };
  double least = error_of(best);
  for (std::int32_t multiplier = best - 1; multiplier > 0; --multiplier) {
    if (const double error = error_of(multiplier); error < least) {
      least = error;
      best = multiplier;
    }
  }
  return best;
}

}  // namespace qnn
