// SPDX-License-Identifier: MIT
/// @file
/// Average pooling in standard C++, laid out so that compilers vectorize it. Bit for bit equal to
/// kernels/reference/pool.hpp.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"
#include "qnn/numeric/rounding.hpp"

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace qnn::kernels::portable {

/// Whether all windows lie in the image, so that the compiler knows the number of their pixels.
template <class W>
inline constexpr bool windows_are_whole = W::top == 0 && W::left == 0 &&
                                          (W::out_height - 1) * W::stride_height + W::kernel_height <= W::height &&
                                          (W::out_width - 1) * W::stride_width + W::kernel_width <= W::width;

/// Channels [first, first + channels) of one output.
template <class W, class Sum, Index Most, class Code>
void average_block(const Code* image, Index row, Index column, Index first, Index channels, Code* y) {
  const Index top = std::max<Index>(W::input_row(row, 0), 0);
  const Index bottom = std::min(W::input_row(row, 0) + W::kernel_height, W::height);
  const Index left = std::max<Index>(W::input_column(column, 0), 0);
  const Index right = std::min(W::input_column(column, 0) + W::kernel_width, W::width);
  Sum sums[static_cast<std::size_t>(Most)] = {};
  for (Index r = top; r < bottom; ++r) {
    for (Index c = left; c < right; ++c) {
      const Code* const x = image + (r * W::width + c) * W::channels + first;
      for (Index k = 0; k < channels; ++k) {
        sums[k] += x[k];
      }
    }
  }
  const Index count = windows_are_whole<W> ? W::kernel_height * W::kernel_width : (bottom - top) * (right - left);
  for (Index k = 0; k < channels; ++k) {
    y[first + k] = static_cast<Code>(divide_round_half_even(sums[k], count));
  }
}

/// See reference::average_pool2d.
template <class W, class Code, class In, class Out>
void average_pool2d(Batch<const Code, In> x, Batch<Code, Out> y) {
  constexpr Index most = std::min<Index>(W::channels, 64);
  using Sum = std::conditional_t < W::kernel_height* W::kernel_width<(Index{1} << 15), std::int32_t, std::int64_t>;
  for (Index n = 0; n < x.count(); ++n) {
    for (Index row = 0; row < W::out_height; ++row) {
      for (Index column = 0; column < W::out_width; ++column) {
        for (Index first = 0; first < W::channels; first += most) {
          average_block<W, Sum, most>(x[n].data(), row, column, first, std::min(W::channels - first, most),
                                      &y[n](row, column, 0));
        }
      }
    }
  }
}

}  // namespace qnn::kernels::portable
