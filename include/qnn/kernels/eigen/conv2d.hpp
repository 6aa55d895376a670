// SPDX-License-Identifier: MIT
/// @file
/// Float convolutions through Eigen: patches times weights (im2col), a tile of pixels at a time.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/kernels/eigen/gemm.hpp"
#include "qnn/kernels/patches.hpp"

#include <algorithm>

namespace qnn::kernels::eigen {

/// A convolution by windows W to `Channels` outputs.
template <class W, Index Channels, Index Groups>
struct Convolution {
  static constexpr Index group_inputs = W::channels / Groups, group_outputs = Channels / Groups;
  static constexpr Index fan_in = W::kernel_height * W::kernel_width * group_inputs;
  /// Pixels lowered to one matrix at a time: enough for an efficient product, few enough to stay in cache.
  static constexpr Index tile = std::min<Index>(W::out_pixels, 128);
  static constexpr bool copies_patches = !(W::is_pointwise && Groups == 1);
  /// Floats of scratch: patches, and for backward their gradient.
  static constexpr Index scratch = copies_patches ? tile * fan_in : 0;
  static constexpr Index backward_scratch = 2 * scratch;

  // The time goes into what these two call, which is compiled once for all layers of a program.

  /// y = clamp(w * x + bias). @param bias may be null
  template <class In, class Out>
  QNN_COLD static void forward(const float* weights, const float* bias, Clamp clamp, Batch<const float, In> x,
                               Batch<float, Out> y, float* patches) {
    for_each_tile(x.count(), [&](Index n, Index group, Index first, Index count) {
      eigen::multiply_transposed(patches_of(x[n], group, first, count, patches),
                                 {weights + group * group_outputs * fan_in, group_outputs, fan_in},
                                 {&y[n][first * Channels + group * group_outputs], count, group_outputs, Channels});
    });
    if (bias != nullptr) {
      add_to_rows(bias, {y.data(), y.count() * W::out_pixels, Channels});
    }
    clamp_rows(clamp, {y.data(), y.count() * W::out_pixels, Channels});
  }

  /// gradients += dL/dw, dx = dL/dx. @param dx its data() is null where it is not needed
  template <class In, class Out>
  QNN_COLD static void backward(const float* weights, Batch<const float, In> x, Batch<const float, Out> gradient,
                                float* gradients, Batch<float, In> dx, float* patches) {
    if (dx.data() != nullptr) {
      std::fill(dx.begin(), dx.end(), 0.0f);
    }
    float* const patch_gradients = patches + tile * fan_in;
    for_each_tile(x.count(), [&](Index n, Index group, Index first, Index count) {
      const MatrixView<const float> dy(&gradient[n][first * Channels + group * group_outputs], count, group_outputs,
                                       Channels);
      const Index offset = group * group_outputs * fan_in;
      eigen::add_transposed_product(dy, patches_of(x[n], group, first, count, patches),
                                    {gradients + offset, group_outputs, fan_in});
      if (dx.data() != nullptr) {
        float* const target = copies_patches ? patch_gradients : &dx[n][first * W::channels];
        eigen::multiply(dy, {weights + offset, group_outputs, fan_in}, {target, count, fan_in});
        if constexpr (copies_patches) {
          scatter_patches<W>(patch_gradients, first, count, group * group_inputs, group_inputs, dx[n]);
        }
      }
    });
  }

 private:
  /// Calls body(image, group, first pixel, pixels) for every tile of output pixels.
  template <class Body>
  static void for_each_tile(Index images, Body&& body) {
    for (Index n = 0; n < images; ++n) {
      for (Index group = 0; group < Groups; ++group) {
        for (Index first = 0; first < W::out_pixels; first += tile) {
          body(n, group, first, std::min(tile, W::out_pixels - first));
        }
      }
    }
  }

  template <class In>
  static MatrixView<const float> patches_of(View<const float, In> image, Index group, Index first, Index count,
                                            float* patches) {
    if constexpr (copies_patches) {
      gather_patches<W>(image, 0.0f, first, count, group * group_inputs, group_inputs, patches);
      return {patches, count, fan_in};
    } else {
      return {&image[first * W::channels], count, fan_in};
    }
  }
};

}  // namespace qnn::kernels::eigen
