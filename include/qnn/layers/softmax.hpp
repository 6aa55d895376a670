// SPDX-License-Identifier: MIT
/// @file
/// Softmax: logits to probabilities.
#pragma once

#include "qnn/kernels/reference/softmax.hpp"
#include "qnn/layers/layer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace qnn {

/// y_i = exp(x_i - max x) / sum_j exp(x_j - max x). In training, a loss that `reads_logits` (CrossEntropy) stops below
/// a final Softmax. In integers the output has fixed parameters that cover [0, 1]: asymmetric, all codes with scale 1 /
/// number of codes (int8: 1/256 and zero point -128, as TFLite); symmetric, scale 1 / (highest code + 1) (int8: 1/128).
/// The probability 1 itself saturates to the highest code.
struct Softmax {
  static constexpr auto name = "Softmax";
  static constexpr bool reads_output = true;
  using accepts = rules<rule::input_is_flat>;
  template <class In>
  using output = In;

  template <class P, class In>
  struct at;

  /// Float machine; the largest input is subtracted first, so that nothing overflows.
  template <class In>
  struct at<Float32, In> : NoParameters {
    static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, In> y, float* /*scratch*/) {
      for (Index n = 0; n < x.count(); ++n) {
        const float largest = *std::max_element(x[n].begin(), x[n].end());
        float sum = 0.0f;
        for (Index i = 0; i < In::size; ++i) {
          y[n][i] = std::exp(x[n][i] - largest);
          sum += y[n][i];
        }
        for (float& value : y[n]) {
          value /= sum;
        }
      }
    }
    /// dx_i = y_i (dy_i - sum_j dy_j y_j)
    static void backward(const BackwardPass<In, In>& pass) {
      if (pass.dx.data() == nullptr) {
        return;
      }
      for (Index n = 0; n < pass.y.count(); ++n) {
        float projection = 0.0f;
        for (Index i = 0; i < In::size; ++i) {
          projection += pass.dy[n][i] * pass.y[n][i];
        }
        for (Index i = 0; i < In::size; ++i) {
          pass.dx[n][i] = pass.y[n][i] * (pass.dy[n][i] - projection);
        }
      }
    }
  };

  /// Integer machine: tables of exponentials, no floating point in forward.
  template <QuantizedPrecision P, class In>
  struct at<P, In> {
    using Code = typename P::activation;
    using Parameters = typename P::activations::parameters;
    static constexpr bool has_zero_point = P::activations::scheme::has_zero_point;
    static constexpr CodeRange codes = P::activation_codes;
    static constexpr std::int32_t zero_point = has_zero_point ? codes.lowest : 0;
    static constexpr std::int32_t steps = codes.highest - zero_point + 1;
    static_assert(In::size < (Index{1} << 31), "qnn::Softmax: the sum of exponentials must fit in 62 bits");

    kernels::reference::ExponentialTables tables;

    static constexpr Parameters output_parameters(Parameters /*input*/, Range /*stage*/) {
      Parameters parameters;
      parameters.scale = 1.0f / static_cast<float>(steps);
      if constexpr (has_zero_point) {
        parameters.zero_point = zero_point;
      }
      return parameters;
    }
    constexpr void prepare(Parameters input, Parameters /*output*/, Clamp /*fused*/) {
      tables = kernels::reference::ExponentialTables::of_scale(input.scale);
    }
    constexpr void forward(Batch<const Code, In> x, Batch<Code, In> y) const {
      for (Index n = 0; n < x.count(); ++n) {
        kernels::reference::softmax(tables, steps, zero_point, codes, x[n], y[n]);
      }
    }
  };
};

}  // namespace qnn
