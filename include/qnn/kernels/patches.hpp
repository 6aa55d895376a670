// SPDX-License-Identifier: MIT
/// @file
/// Lowering a convolution to a matrix product (im2col): one row for each output pixel, holding what its window covers.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"

#include <algorithm>

namespace qnn::kernels {

/// Copies the windows of output pixels [first, first + count) into rows of kernel_height * kernel_width * `channels`
/// values: (kernel row, kernel column, channel), the order of the weights. Pixels outside the image read `padding`.
/// @param first_channel, channels  the part of the image's channels to copy: those of one group
template <class W, class T, class In>
constexpr void gather_patches(View<const T, In> image, T padding, Index first, Index count, Index first_channel,
                              Index channels, T* patches) {
  for (Index pixel = first; pixel < first + count; ++pixel) {
    for (Index i = 0; i < W::kernel_height; ++i) {
      for (Index j = 0; j < W::kernel_width; ++j) {
        const Index row = W::input_row(pixel / W::out_width, i), column = W::input_column(pixel % W::out_width, j);
        patches = W::inside(row, column) ? std::copy_n(&image(row, column, first_channel), channels, patches)
                                         : std::fill_n(patches, channels, padding);
      }
    }
  }
}

/// The transpose of gather_patches: adds each value of the rows to the pixel it was copied from.
template <class W, class T, class In>
constexpr void scatter_patches(const T* patches, Index first, Index count, Index first_channel, Index channels,
                               View<T, In> image) {
  for (Index pixel = first; pixel < first + count; ++pixel) {
    for (Index i = 0; i < W::kernel_height; ++i) {
      for (Index j = 0; j < W::kernel_width; ++j, patches += channels) {
        const Index row = W::input_row(pixel / W::out_width, i), column = W::input_column(pixel % W::out_width, j);
        if (W::inside(row, column)) {
          T* const target = &image(row, column, first_channel);
          for (Index k = 0; k < channels; ++k) {
            target[k] += patches[k];
          }
        }
      }
    }
  }
}

}  // namespace qnn::kernels
