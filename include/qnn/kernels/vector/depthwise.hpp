// SPDX-License-Identifier: MIT
/// @file
/// Depthwise convolutions as jobs for the vector kernels.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"
#include "qnn/kernels/vector/linear.hpp"
#include "qnn/kernels/vector/packed_depthwise.hpp"

namespace qnn::kernels::vector {

/// The windows W in numbers.
template <class W>
constexpr DepthwiseWindows depthwise_windows() {
  DepthwiseWindows windows{W::height,
                           W::width,
                           W::channels,
                           W::top,
                           W::left,
                           0,
                           W::kernel_height,
                           W::kernel_width,
                           W::dilation_height,
                           W::dilation_width,
                           W::stride_height,
                           W::stride_width,
                           W::out_height,
                           W::out_width};
  windows.columns = padded_image<W>(1).columns;
  return windows;
}

/// Codes of scratch for a depthwise convolution.
template <class W, class Code>
constexpr Index depthwise_scratch() {
  constexpr DepthwiseWindows windows = depthwise_windows<W>();
  return sizeof(Code) == 1 ? windows.scratch_bytes() : windows.word_scratch_codes();
}

/// A depthwise convolution. @param scratch depthwise_scratch<W, Code>() codes
template <class W, class Isa, class Linear, class Code, class In, class Out>
void depthwise(Isa isa, const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Code, Out> y,
               std::uint8_t* scratch) {
  const auto& packed = linear.packed;
  DepthwiseJob<Code> job{depthwise_windows<W>(), x.data(), padding, packed.weights.data(),
                         output_of(packed),      y.data(), scratch};
  for (Index n = 0; n < x.count(); ++n, job.image += In::size, job.y += Out::size) {
    run<typename Linear::Policy>(isa, job);
  }
}

}  // namespace qnn::kernels::vector
