// SPDX-License-Identifier: MIT
/// @file
/// Dense layers and convolutions as jobs for the vector kernels: lowering of the inputs, and the numbers of their shapes.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/kernels/vector/run.hpp"
#include "qnn/kernels/vector/shared_job.hpp"

#include <algorithm>

namespace qnn::kernels::vector {

/// Rows of a dense layer that are lowered and multiplied together: enough to use every weight often once it is in the
/// cache, few enough to stay there themselves. Two of AMX's tiles; tiles of 6 or 10 rows leave 4, which the small one takes.
inline constexpr Index lowered_rows = 64;
/// The fewest that a thread takes for itself.
inline constexpr Index least_rows = 4;

/// Bytes of a code when lowered for an instruction set. 16-bit codes are lowered to two planes of as many bytes; of the
/// second, whole words use half.
template <class Isa, class Code>
inline constexpr Index lowered_code_bytes = sizeof(Code) == 1 ? Isa::input_bytes : 2;
template <class Code>
inline constexpr Index planes = sizeof(Code) == 1 ? 1 : 2;
/// The most that any instruction set of the processor family asks for: memory is laid out before the choice is made.
template <class Code>
inline constexpr Index largest_code_bytes =
    QNN_HAS_X86_KERNELS ? lowered_code_bytes<isa::Avx2, Code> : lowered_code_bytes<isa::Neon, Code>;

/// Steps of a sum over `length` neighbouring codes.
template <class Code>
constexpr Index steps_over(Index length) {
  return steps_of(1, length, sizeof(Code));
}
/// Codes from one lowered row of `length` codes to the next: whole steps, of high bytes as well.
constexpr Index row_codes(Index length) { return (length + step_bytes - 1) / step_bytes * step_bytes; }
/// Whether an instruction set lowers so many 16-bit inputs whole. A single row is read in halves: it waits for its weights,
/// and would read half as many bytes again.
template <class Isa, class Code>
constexpr bool lowers_whole_words(Index rows) {
  return sizeof(Code) == 2 && Isa::has_whole_words && rows > 1;
}
/// Bytes of one plane of `rows` lowered rows.
template <class Code>
constexpr Index plane_bytes(Index rows, Index length, Index code_bytes) {
  return align_up(std::min(rows, lowered_rows) * row_codes(length) * code_bytes);
}

/// The image that the windows W read.
template <class W>
constexpr PaddedImage padded_image(Index code_bytes) {
  return {W::height,
          W::width,
          W::channels,
          W::top,
          W::left,
          (W::out_height - 1) * W::stride_height + (W::kernel_height - 1) * W::dilation_height + 1,
          (W::out_width - 1) * W::stride_width + (W::kernel_width - 1) * W::dilation_width + 1,
          code_bytes};
}

/// Whether rows of `length` codes need neither an offset, nor widening, nor a complete last step: they are read where they
/// lie.
template <class Code>
constexpr bool reads_in_place(Index length, Index code_bytes) {
  return sizeof(Code) == 1 && code_bytes == 1 && input_offset<Code> == 0 && length % step_bytes == 0;
}

/// Bytes of scratch for a dense layer over `rows` rows of `length` codes.
template <class Code>
constexpr Index dense_scratch(Index rows, Index length) {
  if (reads_in_place<Code>(length, largest_code_bytes<Code>)) {
    return 0;
  }
  return planes<Code> * plane_bytes<Code>(rows, length, largest_code_bytes<Code>);
}
/// Bytes of scratch for a convolution.
template <class W, class Code>
constexpr Index conv2d_scratch() {
  return planes<Code> * padded_image<W>(largest_code_bytes<Code>).bytes();
}

/// What follows the sums of a packed layer.
template <class Packed>
Output<typename Packed::Accumulator> output_of(const Packed& packed) {
  return {packed.bias.data(),     packed.mantissa.data(),
          packed.exponent.data(), packed.zero_points.empty() ? nullptr : packed.zero_points.data(),
          packed.zero_point,      packed.lowest,
          packed.highest};
}

/// What of the job of a packed layer does not depend on its inputs. Its outputs lie side by side.
template <class Code, class Packed>
Job<Code, typename Packed::Accumulator> job_of(const Packed& packed, Index channels) {
  Job<Code, typename Packed::Accumulator> job{};
  job.weights = packed.weights.data();
  job.ones = packed.weights.data() + Packed::blocks * Packed::steps * block_bytes;
  if constexpr (Packed::high_steps > 0) {
    job.span_steps = packed.spans.steps;
    job.high_bytes = packed.spans.has_high_bytes ? packed.high_bytes.data() : nullptr;
  }
  job.panel_blocks = packed.panel_blocks;
  job.channels = job.y_step = channels;
  job.output = output_of(packed);
  return job;
}

/// Dense layers with a given instruction set, `together` rows of `length` codes at a time. @pre job.lowered says where to
template <class Policy, class Isa, class Code, class Accumulator>
void multiply_dense(Isa isa, Job<Code, Accumulator>& job, const Code* x, Index rows, Index length, Index together) {
  constexpr Index code_bytes = lowered_code_bytes<Isa, Code>;
  job.runs = {1, 1, steps_over<Code>(length), 0, 0};
  for (Index first = 0; first < rows; first += together, x += together * length) {
    const Index count = std::min(together, rows - first);
    job.lowered.whole_words = lowers_whole_words<Isa, Code>(count);
    if (reads_in_place<Code>(length, code_bytes)) {
      job.x = reinterpret_cast<const std::uint8_t*>(x);
    } else {
      lower_rows(isa, x, count, length, row_codes(length), job.lowered);
      job.x = job.lowered.data;
    }
    job.positions = {1, count, 0, row_codes(length) * code_bytes};
    run_shared<Policy>(isa, job);
    job.y += together * job.y_step;
  }
}

/// The same for all rows. Threads share them, each with a part of the scratch; where they are few, threads share the
/// channels.
template <class Policy, class Isa, class Code, class Accumulator>
void run_dense(Isa isa, Job<Code, Accumulator>& job, const Code* x, Index rows, Index length, std::uint8_t* scratch) {
  constexpr Index code_bytes = lowered_code_bytes<Isa, Code>;
  const int threads = threads_for(rows * job.channels * length);
  const Index own_rows = std::min(rows, lowered_rows) / threads;
  if (threads == 1 || own_rows < least_rows) {
    job.lowered = {scratch, plane_bytes<Code>(rows, length, code_bytes)};
    return multiply_dense<Policy>(isa, job, x, rows, length, lowered_rows);
  }
  const Index own_bytes = own_rows * row_codes(length) * code_bytes;
  share_work(threads, [&](int part) {
    const Slice share = slice_of(rows, threads, part);
    auto mine = job;
    mine.y += share.first * job.y_step;
    mine.lowered = {scratch + part * planes<Code> * own_bytes, own_bytes};
    multiply_dense<Policy>(isa, mine, x + share.first * length, share.count, length, own_rows);
  });
}

/// Convolutions with a given instruction set. @param out_size codes from one image in y to the next
template <class Policy, class Isa, class Code, class Accumulator>
void run_conv2d(Isa isa, Job<Code, Accumulator>& job, const WindowShape& window, PaddedImage padded, Code padding,
                const Code* x, Index images, Index out_size, std::uint8_t* scratch) {
  padded.code_bytes = lowered_code_bytes<Isa, Code>;
  const Index pixel_bytes = padded.channels * padded.code_bytes;
  const bool joins_columns = window.dilation_width == 1;
  const Index run_length = (joins_columns ? window.kernel_width : 1) * padded.channels;
  job.x = scratch;
  job.lowered = {scratch, padded.bytes(), lowers_whole_words<Isa, Code>(window.out_height * window.out_width)};
  job.runs = {window.kernel_height, joins_columns ? 1 : window.kernel_width, steps_over<Code>(run_length),
              window.dilation_height * padded.row_bytes(), window.dilation_width * pixel_bytes};
  job.positions = {window.out_height, window.out_width, window.stride_height * padded.row_bytes(),
                   window.stride_width * pixel_bytes};
  for (; images > 0; --images, x += padded.height * padded.width * padded.channels, job.y += out_size) {
    lower_image(isa, x, padded, padding, job.lowered);
    run_shared<Policy>(isa, job);
  }
}

/// These two are compiled once for all layers of a program that have the same codes and policy.
template <class Policy, class Code, class Accumulator>
QNN_NOINLINE void run_dense_active(Job<Code, Accumulator>& job, const Code* x, Index rows, Index length,
                                   std::uint8_t* scratch) {
  with_active([&](auto tag) { run_dense<Policy>(tag, job, x, rows, length, scratch); });
}
template <class Policy, class Code, class Accumulator>
QNN_NOINLINE void run_conv2d_active(Job<Code, Accumulator>& job, const WindowShape& window, const PaddedImage& padded,
                                    Code padding, const Code* x, Index images, Index out_size, std::uint8_t* scratch) {
  with_active([&](auto tag) { run_conv2d<Policy>(tag, job, window, padded, padding, x, images, out_size, scratch); });
}

/// A dense layer over `rows` rows of `Linear::fan_in` codes. @param scratch dense_scratch<Code>(rows, fan_in) bytes
template <class Linear, class Code>
void dense(const Linear& linear, const Code* x, Index rows, Code* y, std::uint8_t* scratch) {
  auto job = job_of<Code>(linear.packed, Linear::channels);
  job.y = y;
  run_dense_active<typename Linear::Policy>(job, x, rows, Linear::fan_in, scratch);
}

/// A convolution. @param scratch conv2d_scratch<W, Code>() bytes
/// @tparam Pools  whether `Out` is the image after max pooling by 2 x 2
template <class W, bool Pools, class Linear, class Code, class In, class Out>
void conv2d(const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Code, Out> y, std::uint8_t* scratch) {
  static constexpr PaddedImage padded = padded_image<W>(1);
  auto job = job_of<Code>(linear.packed, Linear::channels);
  job.pools = Pools;
  job.y = y.data();
  run_conv2d_active<typename Linear::Policy>(job, W::shape, padded, padding, x.data(), x.count(), Out::size, scratch);
}

/// A convolution whose outputs sum over the channels of their group: each element of a kernel is a run of its own.
/// @param scratch conv2d_scratch<W, Code>() bytes
template <class W, Index Groups, class Isa, class Linear, class Code, class In, class Out>
void grouped_conv2d(Isa isa, const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Code, Out> y,
                    std::uint8_t* scratch) {
  constexpr Index code_bytes = lowered_code_bytes<Isa, Code>, pixel_bytes = W::channels * code_bytes;
  constexpr Index group_inputs = W::channels / Groups, group_outputs = Linear::channels / Groups;
  constexpr PaddedImage padded = padded_image<W>(code_bytes);
  const Lowered lowered{scratch, padded.bytes(), lowers_whole_words<Isa, Code>(W::out_height * W::out_width)};
  for (Index n = 0; n < x.count(); ++n) {
    lower_image(isa, x[n].data(), padded, padding, lowered);
    for (Index group = 0; group < Groups; ++group) {
      auto job = job_of<Code>(linear.packed.groups[static_cast<std::size_t>(group)], group_outputs);
      job.x = scratch + group * group_inputs * code_bytes;
      job.lowered = lowered;
      job.runs = {W::kernel_height, W::kernel_width, steps_over<Code>(group_inputs),
                  W::dilation_height * padded.row_bytes(), W::dilation_width * pixel_bytes};
      job.positions = {W::out_height, W::out_width, W::stride_height * padded.row_bytes(),
                       W::stride_width * pixel_bytes};
      job.y = y[n].data() + group * group_outputs;
      job.y_step = Linear::channels;
      run<typename Linear::Policy>(isa, job);
    }
  }
}

}  // namespace qnn::kernels::vector
