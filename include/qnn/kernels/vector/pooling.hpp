// SPDX-License-Identifier: MIT
/// @file
/// Pooling as kernels for an instruction set see it: numbers, no types of networks.
#pragma once

#include "qnn/core/window.hpp"

#include <algorithm>

namespace qnn::kernels::vector {

/// The windows of a pooling layer. @pre without dilation
struct Pooling : WindowShape {
  constexpr Index in_size() const { return height * width * channels; }
  constexpr Index out_size() const { return out_height * out_width * channels; }

  /// Whether every pixel lies under exactly one window.
  constexpr bool tiles_the_image() const {
    return stride_height == kernel_height && stride_width == kernel_width && top == 0 && left == 0 &&
           out_height * stride_height >= height && out_width * stride_width >= width;
  }

  /// The part of a window that lies inside the image: its first pixel, from the start of the image, and its size.
  struct Part {
    Index offset, rows, columns;
  };
  constexpr Part window(Index row, Index column) const {
    const Index above = row * stride_height - top, before = column * stride_width - left;
    const Index first_row = std::max<Index>(above, 0), first_column = std::max<Index>(before, 0);
    return {(first_row * width + first_column) * channels, std::min(above + kernel_height, height) - first_row,
            std::min(before + kernel_width, width) - first_column};
  }
};

}  // namespace qnn::kernels::vector
