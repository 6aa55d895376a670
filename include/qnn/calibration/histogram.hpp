// SPDX-License-Identifier: MIT
/// @file
/// Histogram: how the values of one tensor are distributed, in fixed memory, whatever their range and however many.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/scheme/range.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace qnn {

/// Counts of values by their magnitude, `bins` on each side of 0, all of one width, with the exact range, mean and
/// number of zeros beside them.
///
/// The width is 2^e / bins for the smallest 2^e above every magnitude seen. Where a value lies outside, the width
/// doubles and bins are merged in pairs. As widths are powers of two, no value ever falls on the wrong side of an edge:
/// what the histogram holds depends on the values alone, neither on their order nor on the batches they came in. Zeros
/// have no bin: every scheme represents them exactly, and behind a ReLU they would outweigh all others.
class Histogram {
 public:
  static constexpr std::size_t bins = 2048;  ///< on each side

  Histogram() : positive_(bins), negative_(bins) {}

  /// @pre all values are finite; `range` is theirs. O(values), and O(bins) for each doubling.
  QNN_NOINLINE void observe(std::span<const float> values, Range range) {
    if (values.empty()) {
      return;
    }
    range_ = range_.united(range);
    if (range.magnitude() > 0.0f) {
      make_room(range.magnitude());
    }
    const float scale = std::ldexp(1.0f, log2_bins - exponent_);
    double sum = 0;
    for (const float value : values) {
      sum += static_cast<double>(value);
      if (value == 0.0f) {
        ++zeros_;
        continue;
      }
      std::vector<Index>& side = value > 0.0f ? positive_ : negative_;
      ++side[static_cast<std::size_t>(std::fabs(value) * scale)];
    }
    sum_ += sum;
    count_ += static_cast<Index>(values.size());
  }

  /// Values with k width() <= value < (k + 1) width(), but for 0.
  std::span<const Index> positive() const { return positive_; }
  /// Values with k width() <= -value < (k + 1) width(), but for 0.
  std::span<const Index> negative() const { return negative_; }
  Index zeros() const { return zeros_; }
  Index count() const { return count_; }  ///< of all values, zeros included
  double width() const { return std::ldexp(1.0, exponent_ - log2_bins); }
  Range range() const { return range_; }  ///< exact
  double mean() const { return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_); }

  /// Calls f(lowest, highest, count) for every bin that is not empty, those below 0 first. Bins are cut off where the
  /// range of the values ends.
  template <class Function>
  void for_each_bin(Function&& f) const {
    const double lowest = static_cast<double>(range_.lowest), highest = static_cast<double>(range_.highest);
    for (std::size_t k = bins; k-- > 0;) {
      if (negative_[k] > 0) {
        f(std::max(-edge(k + 1), lowest), std::min(-edge(k), highest), negative_[k]);
      }
    }
    for (std::size_t k = 0; k < bins; ++k) {
      if (positive_[k] > 0) {
        f(std::max(edge(k), lowest), std::min(edge(k + 1), highest), positive_[k]);
      }
    }
  }

 private:
  static constexpr int log2_bins = 11;
  static_assert(bins == std::size_t{1} << log2_bins);

  double edge(std::size_t k) const { return static_cast<double>(k) * width(); }

  void make_room(float magnitude) {
    constexpr int smallest = -100;  // the width and its inverse stay floats; smaller values share the first bin
    int exponent = 0;
    std::frexp(magnitude, &exponent);  // magnitude < 2^exponent
    exponent = std::max(exponent, smallest);
    if (zeros_ == count_) {  // nothing is in a bin yet
      exponent_ = exponent;
    }
    for (; exponent_ < exponent; ++exponent_) {
      merge_pairs(positive_);
      merge_pairs(negative_);
    }
  }
  static void merge_pairs(std::vector<Index>& side) {
    for (std::size_t k = 0; k < bins / 2; ++k) {
      side[k] = side[2 * k] + side[2 * k + 1];
    }
    std::fill(side.begin() + bins / 2, side.end(), Index{0});
  }

  std::vector<Index> positive_, negative_;
  int exponent_ = 0;  ///< the bins reach to 2^exponent
  Index zeros_ = 0, count_ = 0;
  double sum_ = 0;
  Range range_;
};

}  // namespace qnn
