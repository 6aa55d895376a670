// SPDX-License-Identifier: MIT
/// @file
/// Observers: they see the values of one tensor, batch after batch, and end with the range to quantize it by.
/// Every observer keeps a few numbers, whatever it sees: calibration takes fixed memory.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/scheme/range.hpp"

#include <concepts>
#include <span>
#include <string>

namespace qnn {

/// `observe` is called once for each batch, in order; `range` may be asked at any time after the first.
template <class O>
concept RangeObserver = std::copyable<O> && requires(O observer, const O& seen, Range batch) {
  { observer.observe(batch) } -> std::same_as<void>;
  { seen.range() } -> std::same_as<Range>;
};

/// The smallest range that holds every value seen: nothing is clipped, and one outlier widens the step for all.
class MinMax {
 public:
  static constexpr auto name = "min-max";
  void observe(Range batch) { range_ = range_.united(batch); }
  Range range() const { return range_; }

 private:
  Range range_;
};

/// The moving average of the batches' ranges, range += share * (batch - range), starting from the first batch: rare
/// outliers count little. Source: Jacob et al. 2018, section 3.1 (exponential moving averages).
class MovingAverage {
 public:
  static constexpr auto name = "moving average";
  /// @throws ArgumentError unless 0 < share <= 1
  explicit MovingAverage(float share = 0.1f) : share_(share) {
    if (!(share > 0.0f && share <= 1.0f)) {
      throw ArgumentError("MovingAverage: share", "0 < share <= 1", std::to_string(share));
    }
  }
  void observe(Range batch) {
    range_ = range_.empty() ? batch
                            : Range{range_.lowest + share_ * (batch.lowest - range_.lowest),
                                    range_.highest + share_ * (batch.highest - range_.highest)};
  }
  Range range() const { return range_; }
  float share() const { return share_; }

 private:
  float share_;
  Range range_;
};

static_assert(RangeObserver<MinMax> && RangeObserver<MovingAverage>);

}  // namespace qnn
