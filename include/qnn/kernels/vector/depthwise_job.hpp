// SPDX-License-Identifier: MIT
/// @file
/// A depthwise convolution as kernels for an instruction set see it: each channel of the output sums over the same
/// channel of the input alone.
///
/// Neighbouring channels take the place of neighbouring inputs: numbers of a register are channels, of the inputs as of
/// the weights. To multiply four bytes at a time nevertheless, four rows of the image are interleaved to a *stripe*:
///
///     stripe[column][channel][row of the window]
///
/// So a step is four rows of one column of a kernel. A window of more than four rows has several stripes; where rows are
/// missing in the last one, the weights are 0. Stripes are made anew for each row of outputs, and with them the padding,
/// so that no window needs a test. A stripe is read at least as often as the kernel has columns while the cache has it.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/kernels/vector/job.hpp"

#include <algorithm>
#include <cstdint>

namespace qnn::kernels::vector {

/// Rows of a stripe: the codes of a step.
inline constexpr Index stripe_rows = step_bytes;
constexpr Index stripes_of(Index kernel_height) { return (kernel_height + stripe_rows - 1) / stripe_rows; }
/// Pixels whose channels fill a block together: side by side in memory, they are multiplied as one pixel of as many
/// channels, with the weights repeated.
constexpr Index pixels_of_block(Index channels, Index stride_width) {
  return stride_width == 1 ? std::max(block_channels / channels, Index{1}) : 1;
}

/// The windows of a depthwise convolution, in numbers.
struct DepthwiseWindows {
  Index height, width, channels;  ///< of the image
  Index top, left;                ///< padding before the image
  Index columns;                  ///< of the padded image
  Index kernel_height, kernel_width, dilation_height, dilation_width, stride_height, stride_width;
  Index out_height, out_width;

  constexpr Index row_codes() const { return width * channels; }
  constexpr Index stripe_pixel_bytes() const { return channels * step_bytes; }
  /// Registers reach beyond the last channel of the last pixel by less than a block.
  constexpr Index stripe_bytes() const { return align_up(columns * stripe_pixel_bytes() + block_bytes); }
  /// One row of padding, and the stripes.
  constexpr Index scratch_bytes() const { return align_up(row_codes()) + stripes_of(kernel_height) * stripe_bytes(); }
  constexpr Index together() const { return pixels_of_block(channels, stride_width); }
};

/// Multiply the windows of `image` with `weights`, finish the sums, store codes. Weights are packed as one panel, in the
/// order [stripe][kernel column][channel][row of the stripe].
template <class Code>
struct DepthwiseJob {
  DepthwiseWindows windows;
  const Code* image;
  Code padding;
  const std::int8_t* weights;  ///< packed; behind the last block ones, where weights have zero points
  Output<std::int32_t> output;
  Code* y;
  std::uint8_t* scratch;  ///< windows.scratch_bytes()
};

}  // namespace qnn::kernels::vector
