// SPDX-License-Identifier: MIT
/// @file
/// The Pareto front: the ways to quantize that no other way beats.
#pragma once

#include "results.hpp"
#include "spread.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace study {

/// What a network costs: less is better.
using Cost = double (*)(const PrecisionResult&);
inline double bytes_of(const PrecisionResult& result) { return static_cast<double>(result.parameter_bytes); }
/// Rounded to two digits: times are not known better, and a front of their noise would say nothing.
inline double latency_of(const PrecisionResult& result) {
  const double unit = std::pow(10.0, std::floor(std::log10(result.latency)) - 1);
  return unit * std::round(result.latency / unit);
}

/// Results than which none is both as cheap and as accurate, from the cheapest to the most accurate. Of equal ones the
/// first counts; accuracies are means over the seeds.
inline std::vector<const PrecisionResult*> pareto_front(const ModelResult& model, Cost cost) {
  std::vector<const PrecisionResult*> by_cost;
  for (const PrecisionResult& result : model.precisions) {
    by_cost.push_back(&result);
  }
  const auto accuracy = [&](const PrecisionResult* result) { return accuracy_over_seeds(model, *result).mean; };
  std::ranges::stable_sort(by_cost, [&](const PrecisionResult* one, const PrecisionResult* other) {
    return cost(*one) != cost(*other) ? cost(*one) < cost(*other) : accuracy(one) > accuracy(other);
  });
  std::vector<const PrecisionResult*> front;
  double best = -std::numeric_limits<double>::infinity();
  for (const PrecisionResult* result : by_cost) {
    if (accuracy(result) > best) {
      best = accuracy(result);
      front.push_back(result);
    }
  }
  return front;
}

}  // namespace study
