// SPDX-License-Identifier: MIT
/// @file
/// Dense layers and convolutions as jobs for the vector kernels: lowering of the inputs, and the numbers of their
/// shapes.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/kernels/vector/run.hpp"
#include "qnn/kernels/vector/shared_job.hpp"

#include <algorithm>
#include <type_traits>

namespace qnn::kernels::vector {

/// Rows of a dense layer that are lowered and multiplied together: enough to use every weight often once it is in the
/// cache, few enough to stay there themselves. Two of AMX's tiles; tiles of 6 or 10 rows leave 4, which the small one
/// takes.
inline constexpr Index lowered_rows = 64;
/// The fewest that a thread takes for itself.
inline constexpr Index least_rows = 4;

/// Bytes of a code in its form. 16-bit codes are lowered to two planes of as many bytes; of the second, whole words use
/// half.
template <class Isa>
constexpr Index code_bytes_of(Form form) {
  return form == Form::halves || form == Form::words ? 2 : has_no_offset(form) ? 1 : Isa::input_bytes;
}
template <class Code>
inline constexpr Index planes = sizeof(Code) == 1 ? 1 : 2;
/// The most of any form that an instruction set reads.
template <class Isa, class Code>
inline constexpr Index most_code_bytes = code_bytes_of<Isa>(sizeof(Code) == 1 ? Form::offset : Form::halves);
/// The most that any instruction set of the processor family asks for: memory is laid out before the choice is made.
template <class Code>
inline constexpr Index largest_code_bytes =
    most_code_bytes<std::conditional_t<QNN_HAS_X86_KERNELS, isa::Avx2, isa::Neon>, Code>;

/// Steps of a sum over `length` neighbouring codes.
template <class Code>
constexpr Index steps_over(Index length) {
  return steps_of(1, length, sizeof(Code));
}
/// Codes from one lowered row of `length` codes to the next: whole steps, of high bytes as well.
constexpr Index row_codes(Index length) { return (length + step_bytes - 1) / step_bytes * step_bytes; }
/// The form of the inputs of a layer: of `count` codes at `x` and, in a convolution, of its padding.
///   - 16-bit codes stay whole where the instruction set has products for them. A single row is read in halves: it
///     waits for its weights, and would read half as many bytes again.
///   - 8-bit codes stay as they are where tiles of AMX multiply them; and where they have seven bits, if that halves
///     the bytes that are read (AVX2), or spares the copy that would add the offset.
/// @param spares_copy  whether codes that need no offset are read where they lie
template <class Isa, class Code>
Form form_of(Isa isa, const Code* x, Index count, Code padding, const Runs& runs, const Positions& positions,
             bool spares_copy) {
  if constexpr (sizeof(Code) == 2) {
    return Isa::has_whole_words && positions.count() > 1 ? Form::words : Form::halves;
  } else {
    if (fills_tiles(isa, runs, positions)) {
      return Form::plain;
    }
    const bool gains = Isa::input_bytes > 1 || (spares_copy && input_offset<Code> != 0);
    return gains && are_seven_bit(isa, &padding, 1) && are_seven_bit(isa, x, count) ? Form::seven_bit : Form::offset;
  }
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

/// Whether rows of `length` 8-bit codes have a complete last step. If they need neither an offset nor widening, they
/// are read where they lie.
constexpr bool has_whole_steps(Index length) { return length % step_bytes == 0; }
template <class Code>
constexpr bool reads_in_place(Index length, Form form, Index code_bytes) {
  return sizeof(Code) == 1 && code_bytes == 1 && has_whole_steps(length) &&
         (has_no_offset(form) || input_offset<Code> == 0);
}

/// Bytes of scratch for a dense layer over `rows` rows of `length` codes.
template <class Code>
constexpr Index dense_scratch(Index rows, Index length) {
  if (reads_in_place<Code>(length, Form::offset, largest_code_bytes<Code>)) {
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
  const auto* plain_bias = packed.bias.data();
  if constexpr (requires { packed.plain_bias; }) {
    plain_bias = packed.plain_bias.empty() ? plain_bias : packed.plain_bias.data();
  }
  return {packed.bias.data(),
          plain_bias,
          packed.mantissa.data(),
          packed.exponent.data(),
          packed.zero_points.empty() ? nullptr : packed.zero_points.data(),
          packed.zero_point,
          packed.lowest,
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

/// Dense layers with a given instruction set, `together` rows of `length` codes at a time. @pre job.lowered says where
/// to
template <class Policy, class Isa, class Code, class Accumulator>
void multiply_dense(Isa isa, Job<Code, Accumulator>& job, const Code* x, Index rows, Index length, Index together) {
  job.runs = {1, 1, steps_over<Code>(length), 0, 0};
  for (Index first = 0; first < rows; first += together, x += together * length) {
    const Index count = std::min(together, rows - first);
    job.positions = {1, count, 0, 0};
    job.lowered.form = form_of(isa, x, count * length, Code{}, job.runs, job.positions, has_whole_steps(length));
    const Index code_bytes = code_bytes_of<Isa>(job.lowered.form);
    job.positions.column_step = row_codes(length) * code_bytes;
    if (reads_in_place<Code>(length, job.lowered.form, code_bytes)) {
      job.x = reinterpret_cast<const std::uint8_t*>(x);
    } else {
      lower_rows(isa, x, count, length, row_codes(length), job.lowered);
      job.x = job.lowered.data;
    }
    run_shared<Policy>(isa, job);
    job.y += together * job.y_step;
  }
}

/// The same for all rows. Threads share them, each with a part of the scratch; where they are few, threads share the
/// channels.
template <class Policy, class Isa, class Code, class Accumulator>
void run_dense(Isa isa, Job<Code, Accumulator>& job, const Code* x, Index rows, Index length, std::uint8_t* scratch) {
  constexpr Index code_bytes = most_code_bytes<Isa, Code>;
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

/// Bytes between windows, and between the runs of each.
template <class Code, class Accumulator>
constexpr void place_windows(Job<Code, Accumulator>& job, const WindowShape& window, const PaddedImage& padded) {
  const Index pixel_bytes = padded.channels * padded.code_bytes;
  job.runs.row_step = window.dilation_height * padded.row_bytes();
  job.runs.column_step = window.dilation_width * pixel_bytes;
  job.positions.row_step = window.stride_height * padded.row_bytes();
  job.positions.column_step = window.stride_width * pixel_bytes;
}

/// Convolutions with a given instruction set. @param out_size codes from one image in y to the next
template <class Policy, class Isa, class Code, class Accumulator>
void run_conv2d(Isa isa, Job<Code, Accumulator>& job, const WindowShape& window, PaddedImage padded, Code padding,
                const Code* x, Index images, Index out_size, std::uint8_t* scratch) {
  const Index image_size = padded.height * padded.width * padded.channels;
  const bool joins_columns = window.dilation_width == 1;
  const Index run_length = (joins_columns ? window.kernel_width : 1) * padded.channels;
  job.x = scratch;
  job.runs = {window.kernel_height, joins_columns ? 1 : window.kernel_width, steps_over<Code>(run_length), 0, 0};
  job.positions = {window.out_height, window.out_width, 0, 0};
  for (; images > 0; --images, x += image_size, job.y += out_size) {
    const Form form = form_of(isa, x, image_size, padding, job.runs, job.positions, false);
    padded.code_bytes = code_bytes_of<Isa>(form);
    job.lowered = {scratch, padded.bytes(), form};
    place_windows(job, window, padded);
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
  constexpr Index group_inputs = W::channels / Groups, group_outputs = Linear::channels / Groups;
  constexpr Runs runs{W::kernel_height, W::kernel_width, steps_over<Code>(group_inputs), 0, 0};
  constexpr Positions positions{W::out_height, W::out_width, 0, 0};
  for (Index n = 0; n < x.count(); ++n) {
    const Form form = form_of(isa, x[n].data(), In::size, padding, runs, positions, false);
    const PaddedImage padded = padded_image<W>(code_bytes_of<Isa>(form));
    const Lowered lowered{scratch, padded.bytes(), form};
    lower_image(isa, x[n].data(), padded, padding, lowered);
    for (Index group = 0; group < Groups; ++group) {
      auto job = job_of<Code>(linear.packed.groups[static_cast<std::size_t>(group)], group_outputs);
      job.x = scratch + group * group_inputs * padded.code_bytes;
      job.lowered = lowered;
      job.runs = runs;
      job.positions = positions;
      place_windows(job, W::shape, padded);
      job.y = y[n].data() + group * group_outputs;
      job.y_step = Linear::channels;
      run<typename Linear::Policy>(isa, job);
    }
  }
}

}  // namespace qnn::kernels::vector
