// SPDX-License-Identifier: MIT
/// @file
/// What ReLU and ReLU6 share: a function that clamps each value between two bounds.
#pragma once

#include "qnn/layers/layer.hpp"

namespace qnn {

/// y = min(max(x, Activation::clamp.lowest), Activation::clamp.highest). After a linear layer it is fused into that
/// layer's stage and costs nothing; elsewhere codes are clamped, and keep their scale and zero point.
/// Gradient: dy strictly between the bounds, 0 at and beyond them.
/// @tparam Activation names itself and its `clamp`
template <class Activation>
struct ClampLayer {
  using accepts = rules<>;
  static constexpr bool in_place = true;
  template <class In>
  using output = In;

  template <class P, class In>
  struct at;

  /// Float machine: clamps; a NaN passes on.
  template <class In>
  struct at<Float32, In> : NoParameters {
    static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, In> y, float* /*scratch*/) {
      constexpr Clamp bounds = Activation::clamp;
      for (Index i = 0; i < x.size(); ++i) {
        y.data()[i] = bounds.apply(x.data()[i]);
      }
    }
    static void backward(const BackwardPass<In, In>& pass) {
      constexpr Clamp bounds = Activation::clamp;
      if (pass.dx.data() == nullptr) {
        return;
      }
      for (Index i = 0; i < pass.y.size(); ++i) {
        const float y = pass.y.data()[i];
        pass.dx.data()[i] = y > bounds.lowest && y < bounds.highest ? pass.dy.data()[i] : 0.0f;
      }
    }
  };

  /// Integer machine where the activation is not fused: clamps codes, keeps their parameters.
  template <QuantizedPrecision P, class In>
  struct at<P, In> {
    using Code = typename P::activation;
    using Parameters = typename P::activations::parameters;
    CodeRange codes = P::activation_codes;

    static constexpr Parameters output_parameters(Parameters input, Range /*stage*/) { return input; }
    constexpr void prepare(Parameters /*input*/, Parameters output, Clamp /*fused*/) {
      codes = Activation::clamp.template codes<Code>(output, P::activation_codes);
    }
    constexpr void forward(Batch<const Code, In> x, Batch<Code, In> y) const {
      for (Index i = 0; i < x.size(); ++i) {
        y.data()[i] = static_cast<Code>(codes.clamp(x.data()[i]));
      }
    }
  };
};

}  // namespace qnn
