// SPDX-License-Identifier: MIT
/// @file
/// A float convolution as kernels for an instruction set see it: numbers, no types of networks.
#pragma once

#include "qnn/kernels/vector/depthwise_floats.hpp"
#include "qnn/kernels/vector/floats.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/kernels/vector/product.hpp"

#include <algorithm>

namespace qnn::kernels::vector {

/// The shape of a convolution.
struct Convolution {
  PaddedImage padded;      ///< the part of an image that windows read
  Index channels, groups;  ///< of the output
  Index kernel_height, kernel_width, dilation_height, dilation_width;
  Index out_height, out_width, stride_height, stride_width;

  constexpr Index group_inputs() const { return padded.channels / groups; }
  constexpr Index group_outputs() const { return channels / groups; }
  constexpr Index fan_in() const { return kernel_height * kernel_width * group_inputs(); }
  constexpr Index out_pixels() const { return out_height * out_width; }
  constexpr Index in_size() const { return padded.height * padded.width * padded.channels; }
  constexpr Index out_size() const { return out_pixels() * channels; }
  constexpr Index weights() const { return channels * fan_in(); }

  constexpr Index taps() const { return kernel_height * kernel_width; }
  /// Whether each output has an input of its own, as the kernels of depthwise convolutions want it.
  constexpr bool is_depthwise() const {
    return groups > 1 && groups == channels && group_inputs() == 1 && taps() <= most_taps;
  }

  /// Whether some window reaches beyond the image, so that a padded copy of it is read.
  constexpr bool needs_padding() const {
    return padded.top > 0 || padded.left > 0 || padded.rows > padded.height || padded.columns > padded.width;
  }
  /// Floats of that copy.
  constexpr Index padded_size() const { return needs_padding() ? padded.rows * padded.columns * padded.channels : 0; }

  /// The windows of one group, as the rows of a matrix. @param image padded where it needs padding
  Rows windows(const float* image, Index group) const {
    const Index row_size = (needs_padding() ? padded.columns : padded.width) * padded.channels;
    const bool joins = dilation_width == 1 && groups == 1;
    return {.data = image + group * group_inputs(),
            .run_length = joins ? kernel_width * padded.channels : group_inputs(),
            .columns = out_width,
            .row_step = stride_height * row_size,
            .column_step = stride_width * padded.channels,
            .runs_across = joins ? 1 : kernel_width,
            .run_row_step = dilation_height * row_size,
            .run_step = dilation_width * padded.channels};
  }
  /// All windows of a depthwise convolution. @param image padded where it needs padding
  DepthwiseFloats depthwise(const float* image) const {
    Rows rows = windows(image, 0);
    rows.run_length = channels;
    return {out_pixels(), channels, taps(), rows};
  }
};

/// Output pixels of which the gradients of all inputs are computed at once: enough to use every weight often, few
/// enough to stay in the cache.
inline constexpr Index gradient_pixels = 128;

/// Floats of scratch for forward: the padded image, and for depthwise convolutions their weights, channels innermost.
constexpr Index forward_scratch(const Convolution& shape) {
  return shape.padded_size() + (shape.is_depthwise() ? shape.weights() : 0);
}
/// Floats of scratch for backward: the padded image, its padded gradient, and the gradients of windows or, for
/// depthwise convolutions, the weights and their gradients, channels innermost.
constexpr Index backward_scratch(const Convolution& shape) {
  return 2 * shape.padded_size() +
         (shape.is_depthwise() ? 2 * shape.weights() : std::min(gradient_pixels, shape.out_pixels()) * shape.fan_in());
}

/// (rows, columns) to (columns, rows).
inline void transpose_weights(const float* from, Index rows, Index columns, float* to) {
  for (Index row = 0; row < rows; ++row) {
    for (Index column = 0; column < columns; ++column) {
      to[column * rows + row] = from[row * columns + column];
    }
  }
}

/// convolve() where shape.is_depthwise().
QNN_NOINLINE inline void convolve_depthwise(const Convolution& shape, const float* weights, const float* bias,
                                            Clamp clamp, const float* x, Index images, float* y, float* scratch) {
  float* const by_tap = scratch + shape.padded_size();
  transpose_weights(weights, shape.channels, shape.taps(), by_tap);
  for (; images > 0; --images, x += shape.in_size(), y += shape.out_size()) {
    if (shape.needs_padding()) {
      pad_image(x, shape.padded, scratch);
    }
    depthwise_active(shape.depthwise(shape.needs_padding() ? scratch : x), by_tap, bias, clamp, y);
  }
}

/// y = clamp(w * x + bias) for `images` images; see Conv2d. @param bias may be null
QNN_NOINLINE inline void convolve(const Convolution& shape, const float* weights, const float* bias, Clamp clamp,
                                  const float* x, Index images, float* y, float* scratch) {
  if (shape.is_depthwise()) {
    return convolve_depthwise(shape, weights, bias, clamp, x, images, y, scratch);
  }
  const Index outputs = shape.group_outputs(), fan_in = shape.fan_in();
  for (Index group = 0; group < shape.groups; ++group) {
    multiply_active({.m = shape.out_pixels(),
                     .n = outputs,
                     .k = fan_in,
                     .a = shape.windows(shape.needs_padding() ? scratch : x, group),
                     .b = rows_of({weights + group * outputs * fan_in, outputs, fan_in}),
                     .b_is_transposed = true,
                     .c = y + group * outputs,
                     .c_step = shape.channels,
                     .bias = bias == nullptr ? nullptr : bias + group * outputs,
                     .clamp = clamp,
                     .images = images,
                     .image_size = shape.in_size(),
                     .c_image = shape.out_size(),
                     .padding = shape.needs_padding() ? &shape.padded : nullptr,
                     .image = x,
                     .padded = scratch});
  }
}

/// gradients += dy^T * x, the gradient of the weights of one group. @param x padded where it needs padding
QNN_NOINLINE inline void add_weight_gradients(const Convolution& shape, Index group, const float* x, const float* dy,
                                              float* gradients) {
  const Index outputs = shape.group_outputs(), fan_in = shape.fan_in();
  multiply_active({.m = outputs,
                   .n = fan_in,
                   .k = shape.out_pixels(),
                   .a = rows_of({dy + group * outputs, shape.out_pixels(), outputs, shape.channels}),
                   .b = shape.windows(x, group),
                   .a_is_transposed = true,
                   .c = gradients + group * outputs * fan_in,
                   .c_step = fan_in,
                   .adds = true});
}

/// dx += the gradient of the inputs of one group. @param dx padded where it needs padding
QNN_NOINLINE inline void add_input_gradients(const Convolution& shape, Index group, const float* weights,
                                             const float* dy, float* dx, float* window_gradients) {
  const Index outputs = shape.group_outputs(), fan_in = shape.fan_in(), pixels = shape.out_pixels();
  for (Index first = 0; first < pixels; first += gradient_pixels) {
    const Index count = std::min(gradient_pixels, pixels - first);
    multiply_active({.m = count,
                     .n = fan_in,
                     .k = outputs,
                     .a = rows_of({dy + first * shape.channels + group * outputs, count, outputs, shape.channels}),
                     .b = rows_of({weights + group * outputs * fan_in, outputs, fan_in}),
                     .c = window_gradients,
                     .c_step = fan_in});
    add_rows_active(window_gradients, fan_in, first, count, shape.windows(dx, group), dx);
  }
}

/// gradients += dL/dweights, dx = dL/dx; see Conv2d. @param dx null where it is not needed
QNN_NOINLINE inline void convolve_backward(const Convolution& shape, const float* weights, const float* x,
                                           const float* dy, Index images, float* gradients, float* dx, float* scratch) {
  float* const padded = scratch;
  float* const padded_gradient = padded + shape.padded_size();
  // Gradients of windows; or depthwise weights and their gradients.
  float* const work = padded_gradient + shape.padded_size();
  float* const weight_gradients = work + (shape.is_depthwise() ? shape.weights() : 0);
  if (shape.is_depthwise()) {
    transpose_weights(weights, shape.channels, shape.taps(), work);
    transpose_weights(gradients, shape.channels, shape.taps(), weight_gradients);
  }
  for (Index n = 0; n < images; ++n) {
    const float* image = x + n * shape.in_size();
    float* const gradient = dx == nullptr ? nullptr : dx + n * shape.in_size();
    float* target = gradient;
    Index target_size = shape.in_size();
    if (shape.needs_padding()) {
      pad_image(image, shape.padded, padded);
      image = padded;
      target = padded_gradient;
      target_size = shape.padded_size();
    }
    if (gradient != nullptr) {
      std::fill_n(target, target_size, 0.0f);
    }
    const float* const output_gradient = dy + n * shape.out_size();
    if (shape.is_depthwise()) {
      depthwise_weight_gradients_active(shape.depthwise(image), output_gradient, weight_gradients);
      if (gradient != nullptr) {
        depthwise_input_gradients_active(shape.depthwise(target), work, output_gradient, target);
      }
    } else {
      for (Index group = 0; group < shape.groups; ++group) {
        add_weight_gradients(shape, group, image, output_gradient, gradients);
        if (gradient != nullptr) {
          add_input_gradients(shape, group, weights, output_gradient, target, work);
        }
      }
    }
    if (gradient != nullptr && shape.needs_padding()) {
      crop_image(padded_gradient, shape.padded, gradient);
    }
  }
  if (shape.is_depthwise()) {
    transpose_weights(weight_gradients, shape.taps(), shape.channels, gradients);
  }
}

}  // namespace qnn::kernels::vector
