// SPDX-License-Identifier: MIT
/// @file
/// How the values of a tensor are distributed, and the ranges that quantization gives it.
#pragma once

#include "qnn/core/shape.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace study {

using qnn::Index;

/// Counts values in bins of equal width between two ends; what lies outside counts in the outermost bin.
class Histogram {
 public:
  Histogram(double lowest, double highest, Index bins)
      : lowest_(lowest),
        width_(highest > lowest ? (highest - lowest) / static_cast<double>(bins) : 1.0),
        counts_(static_cast<std::size_t>(bins)) {}

  void add(std::span<const float> values) {
    const auto last = static_cast<double>(counts_.size()) - 1;
    for (const float value : values) {
      const double bin = std::floor((static_cast<double>(value) - lowest_) / width_);
      ++counts_[static_cast<std::size_t>(std::clamp(bin, 0.0, last))];
    }
    total_ += static_cast<Index>(values.size());
  }

  Index bins() const { return static_cast<Index>(counts_.size()); }
  double width() const { return width_; }
  double centre(Index bin) const { return lowest_ + (static_cast<double>(bin) + 0.5) * width_; }
  /// Part of all values that fall in the bin, in [0, 1].
  double share(Index bin) const {
    return total_ == 0 ? 0 : static_cast<double>(counts_[static_cast<std::size_t>(bin)]) / static_cast<double>(total_);
  }
  Index total() const { return total_; }

 private:
  double lowest_, width_;
  std::vector<Index> counts_;
  Index total_ = 0;
};

/// A range that is drawn into a histogram.
struct MarkedRange {
  std::string name;
  double lowest, highest;
};

struct TensorHistogram {
  std::string tensor;  ///< "3 Dense + ReLU"
  Histogram histogram;
  std::vector<MarkedRange> ranges;  ///< what float32 used first, then what int8 can represent
};

}  // namespace study
