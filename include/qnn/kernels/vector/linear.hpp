// SPDX-License-Identifier: MIT
/// @file
/// Dense layers and convolutions as jobs for the vector kernels: lowering of the inputs, and the numbers of their shapes.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/kernels/vector/run.hpp"

#include <algorithm>

namespace qnn::kernels::vector {

/// Rows of a dense layer that are lowered and multiplied together: enough to use every weight often once it is in the
/// cache, few enough to stay there themselves. A multiple of the rows of every tile.
inline constexpr Index lowered_rows = 48;

/// Bytes from one lowered row of `length` codes to the next.
constexpr Index row_stride(Index length, Index code_bytes) { return steps_of(1, length, code_bytes) * step_bytes; }
/// 16-bit codes are lowered to two planes.
constexpr Index planes(Index code_bytes) { return code_bytes; }

/// Bytes that `rows` inputs of `length` codes need when lowered.
constexpr Index lowered_bytes(Index rows, Index length, Index code_bytes) {
  return planes(code_bytes) * align_up(std::min(rows, lowered_rows) * row_stride(length, code_bytes));
}

/// The image that the windows W read.
template <class W, class Code>
inline constexpr PaddedImage padded_image{
    W::height,
    W::width,
    W::channels,
    W::top,
    W::left,
    (W::out_height - 1) * W::stride_height + (W::kernel_height - 1) * W::dilation_height + 1,
    (W::out_width - 1) * W::stride_width + (W::kernel_width - 1) * W::dilation_width + 1,
    sizeof(Code)};

/// What of a layer's job does not depend on its inputs.
template <class Code, class Linear>
Job<Code, typename Linear::Accumulator> job_of(const Linear& linear) {
  Job<Code, typename Linear::Accumulator> job{};
  const auto& packed = linear.packed;
  job.weights = packed.weights.data();
  job.channels = Linear::channels;
  job.output = {packed.bias.data(),        packed.mantissa.data(),
                packed.exponent.data(),    packed.zero_points.empty() ? nullptr : packed.zero_points.data(),
                linear.stage.zero_point,   linear.stage.codes.lowest,
                linear.stage.codes.highest};
  job.y_step = Linear::channels;
  return job;
}

/// A dense layer over `rows` rows of `Linear::fan_in` codes. @param scratch lowered_bytes(rows, fan_in) bytes
template <class Isa, class Linear, class Code>
void dense(Isa isa, const Linear& linear, const Code* x, Index rows, Code* y, std::uint8_t* scratch) {
  constexpr Index length = Linear::fan_in, stride = row_stride(length, sizeof(Code));
  // What needs neither an offset nor a complete last step is read where it lies.
  constexpr bool in_place = sizeof(Code) == 1 && input_offset<Code> == 0 && length == stride;
  auto job = job_of<Code>(linear);
  job.runs = {1, 1, stride / step_bytes, 0, 0};
  job.plane = planes(sizeof(Code)) == 1 ? 0 : align_up(std::min(rows, lowered_rows) * stride);
  for (Index first = 0; first < rows; first += lowered_rows) {
    const Index count = std::min(lowered_rows, rows - first);
    if constexpr (in_place) {
      job.x = reinterpret_cast<const std::uint8_t*>(x + first * length);
    } else {
      lower_rows(isa, x + first * length, count, length, scratch, stride, job.plane);
      job.x = scratch;
    }
    job.positions = {1, count, 0, stride};
    job.y = y + first * Linear::channels;
    run<typename Linear::Policy>(isa, job);
  }
}

/// A convolution. @param scratch a padded image for each plane
/// @tparam Pools  whether `Out` is the image after max pooling by 2 x 2
template <class W, bool Pools, class Isa, class Linear, class Code, class In, class Out>
void conv2d(Isa isa, const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Code, Out> y,
            std::uint8_t* scratch) {
  constexpr const PaddedImage& padded = padded_image<W, Code>;
  constexpr bool joins_columns = W::dilation_width == 1;
  constexpr Index pixel_bytes = W::channels * Index{sizeof(Code)};
  constexpr Index run_length = (joins_columns ? W::kernel_width : 1) * W::channels;
  auto job = job_of<Code>(linear);
  job.x = scratch;
  job.plane = planes(sizeof(Code)) == 1 ? 0 : padded.bytes();
  job.pools = Pools;
  job.runs = {W::kernel_height, joins_columns ? 1 : W::kernel_width, steps_of(1, run_length, sizeof(Code)),
              W::dilation_height * padded.row_bytes(), W::dilation_width * pixel_bytes};
  job.positions = {W::out_height, W::out_width, W::stride_height * padded.row_bytes(), W::stride_width * pixel_bytes};
  for (Index n = 0; n < x.count(); ++n) {
    lower_image(isa, x[n].data(), padded, padding, scratch, job.plane);
    job.y = y[n].data();
    run<typename Linear::Policy>(isa, job);
  }
}

}  // namespace qnn::kernels::vector
