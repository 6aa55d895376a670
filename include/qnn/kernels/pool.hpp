// SPDX-License-Identifier: MIT
/// @file
/// Max pooling of floats, forward and back: contract and dispatch. Codes are pooled by pool_codes.hpp.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"
#include "qnn/kernels/reference/pool.hpp"
#include "qnn/kernels/vector/floats.hpp"
#include "qnn/kernels/vector/pooling.hpp"

#include <algorithm>

namespace qnn::kernels {

namespace detail {

/// max_pool2d_backward on any machine.
QNN_NOINLINE inline void route_gradients(const WindowShape& window, const float* x, const float* y, const float* dy,
                                         Index images, float* dx) {
  const Index image_size = window.height * window.width * window.channels;
  std::fill_n(dx, images * image_size, 0.0f);
  /// Adds the gradient of one output to the input that it came from.
  const auto route = [&](Index row, Index column, Index k) {
    for (Index i = 0; i < window.kernel_height; ++i) {
      for (Index j = 0; j < window.kernel_width; ++j) {
        const Index r = window.input_row(row, i), c = window.input_column(column, j);
        const Index at = (r * window.width + c) * window.channels + k;
        if (window.inside(r, c) && x[at] == *y) {
          dx[at] += *dy;
          return;
        }
      }
    }
  };
  for (; images > 0; --images, x += image_size, dx += image_size) {
    for (Index row = 0; row < window.out_height; ++row) {
      for (Index column = 0; column < window.out_width; ++column) {
        for (Index k = 0; k < window.channels; ++k, ++y, ++dy) {
          route(row, column, k);
        }
      }
    }
  }
}

}  // namespace detail

/// y = the largest x under each window; see reference::max_pool2d.
template <class W, class In, class Out>
void max_pool2d(Batch<const float, In> x, Batch<float, Out> y) {
  if (vector::has_float_kernels()) {
    vector::max_pool_active(vector::Pooling{W::shape}, x.data(), x.count(), y.data());
  } else {
    reference::max_pool2d<W>(x, y);
  }
}

/// dx = dL/dx from dy = dL/dy: the gradient goes to the first of the largest values under the window, in reading order.
template <class W, class In, class Out>
void max_pool2d_backward(Batch<const float, In> x, Batch<const float, Out> y, Batch<const float, Out> dy,
                         Batch<float, In> dx) {
  if (vector::has_float_kernels()) {
    return vector::max_pool_backward_active(vector::Pooling{W::shape}, x.data(), y.data(), dy.data(), x.count(),
                                            dx.data());
  }
  detail::route_gradients(W::shape, x.data(), y.data(), dy.data(), x.count(), dx.data());
}

}  // namespace qnn::kernels
