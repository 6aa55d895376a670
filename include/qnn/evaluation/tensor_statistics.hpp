// SPDX-License-Identifier: MIT
/// @file
/// What is counted of one tensor of an integer network beside its float twin, and what follows from it.
#pragma once

#include "qnn/config.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"
#include "qnn/numeric/saturating.hpp"
#include "qnn/scheme/asymmetric.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace qnn {

/// Over all elements and examples. Memory: a counter for each code.
class TensorStatistics {
 public:
  TensorStatistics() = default;
  TensorStatistics(const Asymmetric::Parameters& parameters, CodeRange codes)
      : parameters_(parameters), codes_(codes), counts_(static_cast<std::size_t>(codes.highest - codes.lowest + 1)) {}

  /// Adds codes and the values that they should stand for. Their reals are written to `reals`. @pre all of one size
  template <class Code>
  QNN_NOINLINE void add(std::span<const float> expected, const Code* codes, std::vector<float>& reals) {
    detail::add_errors(errors, expected, codes, parameters_);
    const double step = static_cast<double>(parameters_.scale);
    const double lowest = step * (codes_.lowest - parameters_.zero_point - 0.5);
    const double highest = step * (codes_.highest - parameters_.zero_point + 0.5);
    reals.resize(expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const std::int32_t code = codes[k];
      const double wanted = static_cast<double>(expected[k]);
      reals[k] = dequantize_value(codes[k], parameters_);
      found_squares_ += static_cast<double>(reals[k]) * static_cast<double>(reals[k]);
      products_ += static_cast<double>(reals[k]) * wanted;
      saturated_ += wanted < lowest || wanted > highest ? 1 : 0;
      ++counts_[static_cast<std::size_t>(code - codes_.lowest)];
    }
  }

  SignalToNoise errors;  ///< SQNR and mean signed error

  /// sum x y / sqrt(sum x^2 sum y^2) of float values x and integer values y: 1 where they differ by a factor. NaN where
  /// one is 0 everywhere.
  double cosine() const { return products_ / std::sqrt(errors.signal * found_squares_); }
  /// Part of the elements whose float value lies beyond the first or last level by more than half a step.
  double saturation() const { return static_cast<double>(saturated_) / static_cast<double>(errors.count); }
  /// Codes that occur.
  Index codes_used() const {
    return static_cast<Index>(std::ranges::count_if(counts_, [](Index count) { return count > 0; }));
  }
  /// Codes that there are.
  Index codes() const { return static_cast<Index>(counts_.size()); }
  /// -sum p log2 p over the codes, p being the part of the elements that has it: the bits that are worth storing.
  double entropy() const {
    double sum = 0;
    for (const Index count : counts_) {
      const double share = static_cast<double>(count) / static_cast<double>(errors.count);
      sum -= count > 0 ? share * std::log2(share) : 0.0;
    }
    return sum;
  }

 private:
  Asymmetric::Parameters parameters_{};
  CodeRange codes_{};
  double found_squares_ = 0, products_ = 0;
  Index saturated_ = 0;
  std::vector<Index> counts_;
};

}  // namespace qnn
