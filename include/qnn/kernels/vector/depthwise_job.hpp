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
/// So a step is four rows of one column of a kernel. A window of more than four rows has several stripes; where rows
/// are missing in the last one, the weights are 0. Stripes are made anew for each row of outputs, and with them the
/// padding, so that no window needs a test. A stripe is read at least as often as the kernel has columns while the
/// cache has it.
///
/// 16-bit codes are multiplied one by one, since two rows would be read twice, as high and as low halves. Instead
/// products are split, x w = 256 high + low, and high and low summed up in 32 bits. The image is copied once with its
/// padding; where the stride is 1 the windows of a whole row of outputs begin at neighbouring codes, and registers know
/// nothing of pixels. Weights lie as [kernel row][kernel column][lane], repeated behind the last channel by a block.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/kernels/vector/job.hpp"

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace qnn::kernels::vector {

/// Rows of a stripe: the codes of a step.
inline constexpr Index stripe_rows = step_bytes;
constexpr Index stripes_of(Index kernel_height) { return (kernel_height + stripe_rows - 1) / stripe_rows; }
/// Pixels whose channels fill a block together: side by side in memory, they are multiplied as one pixel of as many
/// channels, with the weights repeated.
constexpr Index pixels_of_block(Index channels, Index stride_width) {
  return stride_width == 1 ? std::max(block_channels / channels, Index{1}) : 1;
}

/// Weights of one element of a kernel of 16-bit codes: from any channel on there is a block of them.
constexpr Index word_lanes(Index channels) { return (blocks_of(channels) + 1) * block_channels; }
/// The most products of 16-bit codes whose high parts, of up to 2^22, are summed up in 32 bits.
inline constexpr Index most_words = 511;

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
  constexpr Index rows() const { return (out_height - 1) * stride_height + (kernel_height - 1) * dilation_height + 1; }
  /// The padded image of 16-bit codes. Registers reach beyond its end by less than a block.
  constexpr Index word_scratch_codes() const { return rows() * columns * channels + block_channels; }
  constexpr Index together() const { return pixels_of_block(channels, stride_width); }
};

/// Multiply the windows of `image` with `weights`, finish the sums, store codes. Weights are packed as one panel, in
/// the order [stripe][kernel column][channel][row of the stripe]; those of 16-bit codes as said above, and without zero
/// points.
template <class Code>
struct DepthwiseJob {
  using Word = std::conditional_t<sizeof(Code) == 1, std::int8_t, std::int16_t>;
  using Accumulator = std::conditional_t<sizeof(Code) == 1, std::int32_t, std::int64_t>;
  DepthwiseWindows windows;
  const Code* image;
  Code padding;
  const Word* weights;  ///< packed; behind the last block ones, where weights have zero points
  Output<Accumulator> output;
  Code* y;
  std::uint8_t* scratch;  ///< windows.scratch_bytes(), or word_scratch_codes() codes
};

/// Copies the image of a job and its padding to `to`, windows.word_scratch_codes() codes.
template <class Code>
void pad_image(const DepthwiseJob<Code>& job, Code* to) {
  const DepthwiseWindows& w = job.windows;
  const Index before = std::min(w.left, w.columns), copied = std::min(w.width, w.columns - before);
  std::fill_n(to, w.word_scratch_codes(), job.padding);
  for (Index row = std::max<Index>(w.top, 0); row < std::min(w.rows(), w.top + w.height); ++row) {
    std::copy_n(job.image + (row - w.top) * w.row_codes(), copied * w.channels,
                to + (row * w.columns + before) * w.channels);
  }
}

}  // namespace qnn::kernels::vector
