// SPDX-License-Identifier: MIT
/// @file
/// Sigmoid: the logistic function.
#pragma once

#include "qnn/layers/tangent.hpp"

#include <cmath>

namespace qnn {

/// y = 1 / (1 + exp(-x)) = 1/2 + 1/2 tanh(x / 2). Gradient: dy y (1 - y).
/// In integers the output has fixed parameters that cover [0, 1], as Softmax: asymmetric, all codes (int8: 1/256 and
/// -128, as TFLite); symmetric, 1 / (highest code + 1) (int8: 1/128). 8-bit codes are the nearest ones (table.hpp),
/// 16-bit codes within 0.51 steps (tangent.hpp).
struct Sigmoid : detail::TangentLayer<Sigmoid> {
  static constexpr auto name = "Sigmoid";
  static constexpr Range values{0.0f, 1.0f};
  static constexpr double centre = 0.5, amplitude = 0.5, inner = 0.5;

  using detail::TangentLayer<Sigmoid>::f;
  static float f(float x) { return 1.0f / (1.0f + std::exp(-x)); }
  static float derivative(float y) { return y * (1.0f - y); }
};

}  // namespace qnn
