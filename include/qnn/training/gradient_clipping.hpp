// SPDX-License-Identifier: MIT
/// @file
/// Keeps one bad batch from throwing the parameters far away: bounds the length of the gradient.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/core/shape.hpp"

#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <string>

namespace qnn {

/// Euclidean norm, sqrt(sum_i x_i^2), summed in double, where the square of no finite float overflows. NaN or infinity
/// where an element is. The order of the sum depends on the length alone. O(n).
inline double euclidean_norm(std::span<const float> values) {
  // Independent partial sums: one would make every addition wait for the one before, and forbid vectors.
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> sums{};
  const std::size_t whole = values.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double value = static_cast<double>(values[i + lane]);
      sums[lane] += value * value;
    }
  }
  for (std::size_t i = whole; i < values.size(); ++i) {
    const double value = static_cast<double>(values[i]);
    sums[i - whole] += value * value;
  }
  return std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
}

/// Where the norm of `gradients`, all tensors of a network together, exceeds `max_norm`, scales them down to it:
/// g <- g * max_norm / |g|, which keeps the direction. O(n).
/// Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1.
/// @returns |g| before clipping. If that is not finite, nothing has been changed, and the caller decides what to do.
/// @throws ArgumentError unless max_norm is positive; infinity never clips
inline double clip_gradient_norm(std::span<float> gradients, double max_norm) {
  if (!(max_norm > 0)) {
    throw ArgumentError("max_norm", "a positive number", std::to_string(max_norm));
  }
  const double norm = euclidean_norm(gradients);
  if (std::isfinite(norm) && norm > max_norm) {
    const double scale = max_norm / norm;
    for (float& gradient : gradients) {
      gradient = static_cast<float>(static_cast<double>(gradient) * scale);
    }
  }
  return norm;
}

}  // namespace qnn
