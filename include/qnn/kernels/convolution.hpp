// SPDX-License-Identifier: MIT
/// @file
/// The float32 convolutions: contract and dispatch. On x86 they are qnn's own (vector/convolution.hpp), elsewhere, and
/// where `reference` or `portable` is asked for, products of Eigen.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/kernels/eigen/conv2d.hpp"
#include "qnn/kernels/vector/convolution.hpp"
#include "qnn/kernels/vector/linear.hpp"

#include <algorithm>

namespace qnn::kernels {

/// A convolution by windows W to `Channels` outputs; see Conv2d for the formula.
template <class W, Index Channels, Index Groups>
struct FloatConvolution {
  using Eigen = eigen::Convolution<W, Channels, Groups>;
  static constexpr vector::Convolution shape{.padded = vector::padded_image<W>(sizeof(float)),
                                             .channels = Channels,
                                             .groups = Groups,
                                             .kernel_height = W::kernel_height,
                                             .kernel_width = W::kernel_width,
                                             .dilation_height = W::dilation_height,
                                             .dilation_width = W::dilation_width,
                                             .out_height = W::out_height,
                                             .out_width = W::out_width,
                                             .stride_height = W::stride_height,
                                             .stride_width = W::stride_width};
  /// Floats of scratch for any number of images, whatever isa::active() is.
  static constexpr Index scratch =
      std::max(Eigen::scratch, QNN_HAS_X86_KERNELS ? vector::forward_scratch(shape) : Index{0});
  static constexpr Index backward_scratch =
      std::max(Eigen::backward_scratch, QNN_HAS_X86_KERNELS ? vector::backward_scratch(shape) : Index{0});

  /// y = clamp(w * x + bias). @param bias may be null
  template <class In, class Out>
  static void forward(const float* weights, const float* bias, Clamp clamp, Batch<const float, In> x,
                      Batch<float, Out> y, float* memory) {
    if (vector::has_float_kernels()) {
      vector::convolve(shape, weights, bias, clamp, x.data(), x.count(), y.data(), memory);
    } else {
      Eigen::forward(weights, bias, clamp, x, y, memory);
    }
  }

  /// gradients += dL/dw, dx = dL/dx from dy = dL/dy. @param dx its data() is null where it is not needed
  template <class In, class Out>
  static void backward(const float* weights, Batch<const float, In> x, Batch<const float, Out> dy, float* gradients,
                       Batch<float, In> dx, float* memory) {
    if (vector::has_float_kernels()) {
      vector::convolve_backward(shape, weights, x.data(), dy.data(), x.count(), gradients, dx.data(), memory);
    } else {
      Eigen::backward(weights, x, dy, gradients, dx, memory);
    }
  }
};

}  // namespace qnn::kernels
