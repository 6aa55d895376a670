// SPDX-License-Identifier: MIT
/// @file
/// How far two accuracies are apart, and whether that is more than chance.
#pragma once

#include "results.hpp"
#include "spread.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace study {

/// Of an accuracy, a part of 1, that was found on so many images.
inline double standard_error(double accuracy, Index images) {
  return std::sqrt(accuracy * (1 - accuracy) / static_cast<double>(images));
}

/// The accuracies of two networks, on the same images or from the same seeds.
struct Difference {
  double points;        ///< of the first minus the second, in percentage points
  double error;         ///< standard error of that, in percentage points
  double critical = 2;  ///< standard errors within which chance alone moves it in 19 of 20 cases
  /// Another set of test images, or other seeds, could turn it round.
  bool is_noise() const { return std::abs(points) < critical * error || points == 0; }
};

/// The images are the same, so only those count that one network has right and the other wrong:
/// variance = (gained + lost - (gained - lost)^2 / n) / n^2.
inline Difference difference_of(const Pairing& pairing) {
  const auto n = static_cast<double>(pairing.images);
  const auto gained = static_cast<double>(pairing.gained), lost = static_cast<double>(pairing.lost);
  const double variance = (gained + lost - (gained - lost) * (gained - lost) / n) / (n * n);
  return {100 * (gained - lost) / n, 100 * std::sqrt(std::max(variance, 0.0))};
}

/// The seeds are the same, and few: their deviation is known badly, and Student's t allows for it.
inline Difference difference_of(const Spread& spread) {
  constexpr std::array quantiles{12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26};  // 97.5 %, from 2 seeds on
  const auto place = static_cast<std::size_t>(spread.seeds - 2);
  return {100 * spread.mean, 100 * spread.error(), place < quantiles.size() ? quantiles[place] : 2.2};
}

/// Over seeds where there are several, else image by image.
inline Difference difference_between(const ModelResult& model, const PrecisionResult& one,
                                     const PrecisionResult& other) {
  return model.repetitions.empty() ? difference_of(compare(one, other, model.labels))
                                   : difference_of(difference_over_seeds(model, one, other));
}

namespace detail {

/// "0.12 points more (standard error 0.05)", "0.03 points less (standard error 0.05), which is noise".
inline std::string in_words(const Difference& difference) {
  if (difference.error == 0 && difference.points == 0) {
    return "exactly the same images right";
  }
  const std::string error = " (standard error " + fixed(difference.error, 2) + ")";
  if (fixed(std::abs(difference.points), 2) == "0.00") {
    return "the same accuracy" + error;
  }
  return fixed(std::abs(difference.points), 2) + " points " + (difference.points > 0 ? "more" : "less") + error +
         (difference.is_noise() ? ", which is noise" : "");
}

}  // namespace detail

}  // namespace study
