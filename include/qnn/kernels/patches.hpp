// SPDX-License-Identifier: MIT
/// @file
/// Lowering a convolution to a matrix product (im2col): one row for each output pixel, holding what its window covers.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"

#include <algorithm>

namespace qnn::kernels {

/// The functions below on any window; `image` begins at the first of the channels.
template <class T>
QNN_NOINLINE constexpr void gather_patches(const WindowShape& window, const T* image, T padding, Index first,
                                           Index count, Index channels, T* patches) {
  for (Index pixel = first; pixel < first + count; ++pixel) {
    for (Index i = 0; i < window.kernel_height; ++i) {
      for (Index j = 0; j < window.kernel_width; ++j, patches += channels) {
        const Index row = window.input_row(pixel / window.out_width, i);
        const Index column = window.input_column(pixel % window.out_width, j);
        if (window.inside(row, column)) {
          std::copy_n(image + (row * window.width + column) * window.channels, channels, patches);
        } else {
          std::fill_n(patches, channels, padding);
        }
      }
    }
  }
}
template <class T>
QNN_NOINLINE constexpr void scatter_patches(const WindowShape& window, const T* patches, Index first, Index count,
                                            Index channels, T* image) {
  for (Index pixel = first; pixel < first + count; ++pixel) {
    for (Index i = 0; i < window.kernel_height; ++i) {
      for (Index j = 0; j < window.kernel_width; ++j, patches += channels) {
        const Index row = window.input_row(pixel / window.out_width, i);
        const Index column = window.input_column(pixel % window.out_width, j);
        if (window.inside(row, column)) {
          T* const target = image + (row * window.width + column) * window.channels;
          for (Index k = 0; k < channels; ++k) {
            target[k] += patches[k];
          }
        }
      }
    }
  }
}

/// Copies the windows of output pixels [first, first + count) into rows of kernel_height * kernel_width * `channels`
/// values: (kernel row, kernel column, channel), the order of the weights. Pixels outside the image read `padding`.
/// @param first_channel, channels  the part of the image's channels to copy: those of one group
template <class W, class T, class In>
constexpr void gather_patches(View<const T, In> image, T padding, Index first, Index count, Index first_channel,
                              Index channels, T* patches) {
  gather_patches(W::shape, image.data() + first_channel, padding, first, count, channels, patches);
}

/// The transpose of gather_patches: adds each value of the rows to the pixel it was copied from.
template <class W, class T, class In>
constexpr void scatter_patches(const T* patches, Index first, Index count, Index first_channel, Index channels,
                               View<T, In> image) {
  scatter_patches(W::shape, patches, first, count, channels, image.data() + first_channel);
}

}  // namespace qnn::kernels
