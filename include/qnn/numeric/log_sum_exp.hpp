// SPDX-License-Identifier: MIT
/// @file
/// The logarithm of a sum of exponentials, from logits to log-probabilities without overflow.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace qnn {

/// log(sum_k exp(z_k)) of one or more logits z, as m + log(sum_k exp(z_k - m)) with m the largest: no term exceeds 1,
/// so that nothing overflows, and one term is 1, so that the logarithm is never that of 0. Computed in double. A logit
/// that is NaN or +infinity makes it NaN; one of -infinity adds nothing. O(number of logits).
struct LogSumExp {
  /// m.
  double largest;
  /// log(sum_k exp(z_k - m)), in [0, log(number of logits)].
  double excess;

  /// @pre logits is not empty
  explicit LogSumExp(std::span<const float> logits)
      : largest(static_cast<double>(*std::max_element(logits.begin(), logits.end()))) {
    double sum = 0;
    for (const float logit : logits) {
      sum += std::exp(static_cast<double>(logit) - largest);
    }
    excess = std::log(sum);
  }
  /// -log(softmax(z)_k), from z_k. Subtracting `largest` first keeps small results exact under large logits.
  double surprise(float logit) const { return excess - (static_cast<double>(logit) - largest); }
};

}  // namespace qnn
