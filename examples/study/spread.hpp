// SPDX-License-Identifier: MIT
/// @file
/// What repetition with other seeds shows: means and standard deviations.
#pragma once

#include "results.hpp"
#include "text.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace study {

/// Over seeds.
struct Spread {
  double mean = 0;
  double deviation = qnn::not_measured;  ///< of the sample, with n - 1; of one seed none is known
  Index seeds = 1;

  /// Standard error of the mean.
  double error() const { return deviation / std::sqrt(static_cast<double>(seeds)); }
};

inline Spread spread_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Spread spread{.seeds = static_cast<Index>(values.size())};
  for (const double value : values) {
    spread.mean += value / count;
  }
  double squares = 0;
  for (const double value : values) {
    squares += (value - spread.mean) * (value - spread.mean);
  }
  spread.deviation = values.size() > 1 ? std::sqrt(squares / (count - 1)) : qnn::not_measured;
  return spread;
}

/// @param figure  of the results of one seed
template <class Figure>
Spread over_seeds(const ModelResult& model, Figure&& figure) {
  std::vector<double> values{figure(model.precisions)};
  for (const Repetition& repetition : model.repetitions) {
    values.push_back(figure(repetition.precisions));
  }
  return spread_of(values);
}

/// Where in the list of its model a result stands, and its like in those of other seeds.
inline std::size_t place_of(const ModelResult& model, const PrecisionResult& result) {
  return static_cast<std::size_t>(&result - model.precisions.data());
}

inline Spread accuracy_over_seeds(const ModelResult& model, const PrecisionResult& result) {
  const std::size_t place = place_of(model, result);
  return over_seeds(model, [&](const auto& results) { return results[place].accuracy; });
}

/// Accuracy of one minus that of the other, seed by seed: what both owe to the seed cancels.
inline Spread difference_over_seeds(const ModelResult& model, const PrecisionResult& one,
                                    const PrecisionResult& other) {
  const std::size_t first = place_of(model, one), second = place_of(model, other);
  return over_seeds(model, [&](const auto& results) { return results[first].accuracy - results[second].accuracy; });
}

/// "92.10 ± 0.15", in percent.
inline std::string in_percent(const Spread& spread) {
  return percent(spread.mean) + (spread.seeds > 1 ? " ± " + percent(spread.deviation) : "");
}

/// "-0.05 ± 0.03", in points.
inline std::string in_points(const Spread& spread) {
  return with_sign(100 * spread.mean, 2) + (spread.seeds > 1 ? " ± " + percent(spread.deviation) : "");
}

}  // namespace study
