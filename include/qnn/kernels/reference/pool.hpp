// SPDX-License-Identifier: MIT
/// @file
/// The normative pooling kernels. Scale and zero point of the output are those of the input.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"
#include "qnn/numeric/rounding.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

namespace qnn::kernels::reference {

/// The larger of the two; a NaN, once there, stays.
template <class T>
constexpr T larger(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return b > a || b != b ? b : a;
  } else {
    return b > a ? b : a;
  }
}

/// Not larger than any value.
template <class T>
constexpr T smallest() {
  return std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();
}

/// y = the largest x under the window; padding does not take part. Codes and floats order alike, so one kernel serves
/// both.
template <class T>
QNN_NOINLINE constexpr void max_pool2d(const WindowShape& window, const T* x, Index images, T* y) {
  const Index channels = window.channels;
  for (; images > 0; --images, x += window.height * window.width * channels) {
    for (Index row = 0; row < window.out_height; ++row) {
      for (Index column = 0; column < window.out_width; ++column, y += channels) {
        std::fill(y, y + channels, smallest<T>());
        for (Index i = 0; i < window.kernel_height; ++i) {
          for (Index j = 0; j < window.kernel_width; ++j) {
            const Index r = window.input_row(row, i), c = window.input_column(column, j);
            if (window.inside(r, c)) {
              const T* const in = x + (r * window.width + c) * channels;
              for (Index k = 0; k < channels; ++k) {
                y[k] = larger(y[k], in[k]);
              }
            }
          }
        }
      }
    }
  }
}
template <class W, class T, class In, class Out>
constexpr void max_pool2d(Batch<const T, In> x, Batch<T, Out> y) {
  max_pool2d(W::shape, x.data(), x.count(), y.data());
}

/// y = round_half_even(sum of codes / number of pixels under the window that lie inside the image).
/// The mean of codes is the code of the mean, whatever the zero point; one rounding, at most half a step of error.
template <class W, class Code, class In, class Out>
constexpr void average_pool2d(Batch<const Code, In> x, Batch<Code, Out> y) {
  for (Index n = 0; n < x.count(); ++n) {
    for (Index row = 0; row < W::out_height; ++row) {
      for (Index column = 0; column < W::out_width; ++column) {
        for (Index k = 0; k < W::channels; ++k) {
          std::int64_t sum = 0;
          std::int64_t count = 0;
          for (Index i = 0; i < W::kernel_height; ++i) {
            for (Index j = 0; j < W::kernel_width; ++j) {
              const Index r = W::input_row(row, i), c = W::input_column(column, j);
              if (W::inside(r, c)) {
                sum += x[n](r, c, k);
                ++count;
              }
            }
          }
          y[n](row, column, k) = static_cast<Code>(divide_round_half_even(sum, count));
        }
      }
    }
  }
}

}  // namespace qnn::kernels::reference
