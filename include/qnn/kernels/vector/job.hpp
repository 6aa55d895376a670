// SPDX-License-Identifier: MIT
/// @file
/// A linear layer as kernels for an instruction set see it: pointers and numbers, no types of networks. So each kernel
/// is compiled once for all layers of a program, and tests can try any shape.
///
/// Codes are multiplied four bytes at a time: four 8-bit codes, or two of 16 bits (a *step*). Weights are packed so
/// that the four bytes of 16 output channels (a *block*) lie side by side, and some blocks (a *panel*) are neighbours:
///
///     packed[panel][step][block of the panel][channel of the block][byte]
///
/// Any vector register then reads whole channels, in the order of memory: 512 bits a block, 256 bits half a block, 128
/// bits a quarter. Weights of 16 bits have a second form beside this one, of their high bytes
/// (accumulate_whole_words.inl). A step is four of them, and some steps (a *span*) begin with the numbers of 32 bits
/// that their sums start with:
///
///     high_bytes[panel][span][start, then its steps][block of the panel][channel of the block][byte]
///
/// A panel has as many blocks as a tile reads at once: with more, a tile would read a few cache lines
/// of every so many, and use a part of the sets of the cache only.
#pragma once

#include "qnn/core/shape.hpp"

#include <cstdint>

namespace qnn::kernels::vector {

/// Channels of a block.
inline constexpr Index block_channels = 16;
/// Bytes of one step of a block, of its weights.
inline constexpr Index block_bytes = 64;
/// Bytes of one step of a channel, of its weights: four 8-bit codes, or two of 16 bits.
inline constexpr Index step_bytes = 4;

constexpr Index blocks_of(Index channels) { return (channels + block_channels - 1) / block_channels; }

/// The fewest steps of a span: 128 products.
inline constexpr Index least_span_steps = 32;

/// Where the inputs of one sum lie: `rows` x `columns` runs of `steps` steps each. A dense layer has one run. So has
/// each row of a convolution's kernel, since channels are innermost; where it is dilated, each of its elements.
/// The last step of a run may reach beyond it: the weights there are 0.
struct Runs {
  Index rows = 1, columns = 1, steps = 0;
  Index row_step = 0, column_step = 0;  ///< bytes from one run to the next
  constexpr Index total_steps() const { return rows * columns * steps; }
  /// Those of high bytes; the last one of a run may reach beyond it.
  constexpr Index high_steps() const { return rows * columns * ((steps + 1) / 2); }
};

/// Steps of high bytes and the numbers that their spans begin with.
constexpr Index with_span_starts(Index high_steps, Index span_steps) {
  return high_steps + (high_steps + span_steps - 1) / span_steps;
}

/// What inputs become before they are multiplied (lowering.inl).
enum class Form : std::uint8_t {
  offset,     ///< 8-bit codes with input_offset (packed.hpp) added, in as many bytes as the instruction set reads
  plain,      ///< 8-bit codes as they are, for instructions that know their signedness
  seven_bit,  ///< 8-bit codes as they are, each from 0 to 127: the same number, signed or not
  halves,     ///< 16-bit codes, two planes: their low halves and their high ones, in 16 bits each
  words,      ///< 16-bit codes as they are, and a plane of their high bytes
};
/// Whether 8-bit codes are as they are.
constexpr bool has_no_offset(Form form) { return form == Form::plain || form == Form::seven_bit; }

/// Where inputs are lowered to.
struct Lowered {
  std::uint8_t* data;
  Index plane = 0;  ///< bytes from 16-bit codes or their low halves to the high bytes or halves
  Form form = Form::offset;
};

/// Where the windows of the outputs lie: `rows` x `columns` outputs, one behind the other in y.
struct Positions {
  Index rows = 1, columns = 0;
  Index row_step = 0, column_step = 0;  ///< bytes between the windows of neighbouring outputs
  constexpr Index count() const { return rows * columns; }
};

/// What follows the sums, one element for each channel; every array holds whole blocks.
///
///     code = clamp(policy(sum + bias - weight_zero_point * input_sum, mantissa, exponent) + zero_point)
///
/// The policies that can be vectorized keep their multiplier in two numbers; see packed.hpp.
template <class Accumulator>
struct Output {
  const Accumulator* bias;        ///< of inputs with their offset
  const Accumulator* plain_bias;  ///< of inputs as they are
  const std::int32_t* mantissa;
  const std::int32_t* exponent;
  const std::int32_t* weight_zero_point;  ///< null where weights have none
  std::int32_t zero_point, lowest, highest;
};

/// Multiply the windows of `x` with `weights`, finish the sums, store codes.
template <class Code, class Accumulator>
struct Job {
  const std::uint8_t* x;  ///< inputs as the instructions want them: see lowering.inl
  Lowered lowered;        ///< all inputs
  Runs runs;
  Positions positions;
  const std::int8_t* weights;  ///< packed
  /// A block of weights that are all one, so that its sums are those of the inputs. Where weights have a zero point.
  const std::int8_t* ones;
  /// The same of the high bytes, for 16-bit codes; null where inputs are always halves, or words alone are enough.
  const std::int8_t* high_bytes;
  Index span_steps;        ///< steps of a span, of high bytes
  Index panel_blocks = 1;  ///< blocks of a panel; the last panel of a layer may have fewer
  Index channels;
  Output<Accumulator> output;
  Code* y;       ///< channels of the first output
  Index y_step;  ///< elements from one output to the next
  /// Outputs under a 2 x 2 window are merged to their largest: max pooling with stride 2. Rounding and clamping are
  /// monotone, so that the largest sum has the largest code. Not where weights have a zero point: what is subtracted
  /// for it differs from pixel to pixel.
  bool pools;

  /// What the sums of inputs in their form begin with.
  constexpr const Accumulator* bias() const { return has_no_offset(lowered.form) ? output.plain_bias : output.bias; }
  /// The packed weights from a block on, the first of a panel.
  constexpr const std::int8_t* weights_from(Index block) const {
    return weights + block * runs.total_steps() * block_bytes;
  }
  constexpr const std::int8_t* high_bytes_from(Index block) const {
    return high_bytes == nullptr ? nullptr
                                 : high_bytes + block * with_span_starts(runs.high_steps(), span_steps) * block_bytes;
  }
};

}  // namespace qnn::kernels::vector
