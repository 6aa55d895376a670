// SPDX-License-Identifier: MIT
/// @file
/// Tanh: the hyperbolic tangent.
#pragma once

#include "qnn/layers/tangent.hpp"

#include <cmath>

namespace qnn {

/// y = tanh(x). Gradient: dy (1 - y^2).
/// In integers the output has fixed parameters that cover [-1, 1], scale 2 / number of codes (int8: 1/128 and 0, uint8:
/// 1/128 and 128). 8-bit codes are the nearest ones (table.hpp), 16-bit codes within 0.51 steps (tangent.hpp).
struct Tanh : detail::TangentLayer<Tanh> {
  static constexpr auto name = "Tanh";
  static constexpr Range values{-1.0f, 1.0f};
  static constexpr double centre = 0.0, amplitude = 1.0, inner = 1.0;

  using detail::TangentLayer<Tanh>::f;
  static float f(float x) { return std::tanh(x); }
  static float derivative(float y) { return 1.0f - y * y; }
};

}  // namespace qnn
