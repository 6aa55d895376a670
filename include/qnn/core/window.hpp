// SPDX-License-Identifier: MIT
/// @file
/// The geometry of a sliding window over an image: shared by convolution and pooling, in float and in integers.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/option.hpp"
#include "qnn/core/shape.hpp"

#include <concepts>
#include <string>

namespace qnn {

namespace detail {

/// Output extent and leading padding along one axis.
struct Axis {
  Index output, before, total;
};

/// @param extent what the dilated kernel covers: (kernel - 1) * dilation + 1
template <class Pad>
constexpr Axis axis_of(Index input, Index extent, Index stride, [[maybe_unused]] Index explicit_padding) {
  if constexpr (std::same_as<Pad, Same>) {
    const Index output = (input + stride - 1) / stride;
    const Index needed = (output - 1) * stride + extent - input;
    const Index total = needed > 0 ? needed : 0;
    return {output, total / 2, total};
  } else {
    const Index total = 2 * explicit_padding;
    return {(input + total - extent) / stride + 1, explicit_padding, total};
  }
}

}  // namespace detail

/// A window in numbers, for what is compiled once for all layers of a program.
struct WindowShape {
  Index height, width, channels;  ///< of the image
  Index kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
  Index top, left;  ///< padding before the image
  Index out_height, out_width;

  constexpr Index input_row(Index output_row, Index kernel_row) const {
    return output_row * stride_height - top + kernel_row * dilation_height;
  }
  constexpr Index input_column(Index output_column, Index kernel_column) const {
    return output_column * stride_width - left + kernel_column * dilation_width;
  }
  constexpr bool inside(Index row, Index column) const {
    return row >= 0 && row < height && column >= 0 && column < width;
  }
  /// "kernel 3x3, stride 1x1, dilation 1x1, padding 1x1": padding above and to the left.
  QNN_COLD std::string text() const {
    const auto pair = [](const char* name, Index vertical, Index horizontal) {
      return std::string(name) + " " + std::to_string(vertical) + "x" + std::to_string(horizontal);
    };
    return pair("kernel", kernel_height, kernel_width) + ", " + pair("stride", stride_height, stride_width) + ", " +
           pair("dilation", dilation_height, dilation_width) + ", " + pair("padding", top, left);
  }
};

/// All the numbers of a window as compile-time constants. Output position (row, column) reads, for kernel element
/// (i, j), input position (row * stride - top + i * dilation, column * stride - left + j * dilation).
/// @tparam K a Kernel  @tparam S a Stride  @tparam D a Dilation  @tparam Pad Same, Valid or a Padding
template <StaticShape In, class K, class S, class D, class Pad>
struct Window {
 private:
  static constexpr Index explicit_height = [] {
    if constexpr (requires { Pad::height; }) {
      return Pad::height;
    } else {
      return Index{0};
    }
  }();
  static constexpr Index explicit_width = [] {
    if constexpr (requires { Pad::width; }) {
      return Pad::width;
    } else {
      return Index{0};
    }
  }();
  static constexpr Index extent_height = (K::height - 1) * D::height + 1;
  static constexpr Index extent_width = (K::width - 1) * D::width + 1;

 public:
  static constexpr Index height = ImageShape<In>::height, width = ImageShape<In>::width;
  static constexpr Index channels = ImageShape<In>::channels;
  static constexpr Index kernel_height = K::height, kernel_width = K::width;
  static constexpr Index stride_height = S::height, stride_width = S::width;
  static constexpr Index dilation_height = D::height, dilation_width = D::width;

 private:
  static constexpr detail::Axis rows = detail::axis_of<Pad>(height, extent_height, stride_height, explicit_height);
  static constexpr detail::Axis columns = detail::axis_of<Pad>(width, extent_width, stride_width, explicit_width);

 public:
  /// Padding above and to the left; what lies below and to the right follows from the output extents.
  static constexpr Index top = rows.before, left = columns.before;
  static constexpr Index out_height = rows.output, out_width = columns.output;
  static constexpr Index out_pixels = out_height * out_width;
  static constexpr bool fits = extent_height <= height + rows.total && extent_width <= width + columns.total;
  /// Every window covers at least one pixel of the image.
  static constexpr bool always_touches_the_image = top < extent_height && left < extent_width &&
                                                   (out_height - 1) * stride_height - top < height &&
                                                   (out_width - 1) * stride_width - left < width;
  /// A 1x1 window over every pixel: a matrix product on the image as it lies.
  static constexpr bool is_pointwise = kernel_height == 1 && kernel_width == 1 && stride_height == 1 &&
                                       stride_width == 1 && rows.total == 0 && columns.total == 0;

  static constexpr Index input_row(Index output_row, Index kernel_row) {
    return output_row * stride_height - top + kernel_row * dilation_height;
  }
  static constexpr Index input_column(Index output_column, Index kernel_column) {
    return output_column * stride_width - left + kernel_column * dilation_width;
  }
  static constexpr bool inside(Index row, Index column) {
    return row >= 0 && row < height && column >= 0 && column < width;
  }

  /// The same as numbers.
  static constexpr WindowShape shape{height,        width,        channels,        kernel_height,  kernel_width,
                                     stride_height, stride_width, dilation_height, dilation_width, top,
                                     left,          out_height,   out_width};
};

}  // namespace qnn
