// SPDX-License-Identifier: MIT
/// @file
/// Learned step sizes (LSQ): the gradients of the scales that training learns, of weights and of activations.
///
/// With n = v / s, the number of steps of a value v, and l, h the lowest and highest number of steps that has a code,
///     q = s clamp(round(n), l, h)
/// and rounding passes gradients on as if it were not there:
///     dq/ds = round(n) - n   where l <= n <= h,   else l or h
///     dq/dv = 1              where l <= n <= h,   else 0
/// Measured against s itself, the sum of dL/dq dq/ds is about sqrt(values * h) times as large as the gradients of
/// values measured against these. It is divided by that, so that one learning rate fits both. Source: Esser, McKinstry,
/// Bablani, Appuswamy, Modha, "Learned step size quantization", 2020, equation 3 and section 2.2.
#pragma once

#include "qnn/config.hpp"

#include <cmath>
#include <cstddef>
#include <span>

namespace qnn::detail {

/// dq/ds of a value of so many steps, which lies between the codes.
inline float rounding_slope(float steps) { return std::nearbyint(steps) - steps; }

/// What the gradient of the scale of so many values is divided by.
inline float scale_gradient_divisor(std::size_t values, float highest) {
  return std::sqrt(static_cast<float>(values) * highest);
}

/// dL/ds of weights with steps from -highest to highest, from dL/dq; `gradients` become dL/dv.
QNN_NOINLINE inline float scale_gradient(std::span<const float> weights, float scale, float highest,
                                         std::span<float> gradients) {
  const float inverse = 1.0f / scale;
  float sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const float steps = weights[i] * inverse;
    if (std::abs(steps) > highest) {
      sum += gradients[i] * std::copysign(highest, steps);
      gradients[i] = 0.0f;
    } else {
      sum += gradients[i] * rounding_slope(steps);
    }
  }
  return sum;
}

/// dL/ds in parts, since the ends of a range are learned, too.
struct RangeGradient {
  float below = 0, above = 0;  ///< dL/dq, summed over values beyond the ends
  float inside = 0;            ///< dL/ds of the others
};

/// The same of values whose codes reach from `lowest` to `highest`, in reals; `gradients` become dL/dv.
QNN_NOINLINE inline RangeGradient range_gradient(std::span<const float> values, float scale, float lowest,
                                                 float highest, float* gradients) {
  const float inverse = 1.0f / scale;
  RangeGradient sum;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float y = values[i], gradient = gradients[i];
    if (y > highest) {
      sum.above += gradient;
      gradients[i] = 0.0f;
    } else if (y < lowest) {
      sum.below += gradient;
      gradients[i] = 0.0f;
    } else {
      sum.inside += gradient * rounding_slope(y * inverse);
    }
  }
  return sum;
}

}  // namespace qnn::detail
