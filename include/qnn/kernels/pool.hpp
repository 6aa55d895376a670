// SPDX-License-Identifier: MIT
/// @file
/// Max pooling of floats, forward and back: contract and dispatch. Codes are pooled by reference::max_pool2d.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/kernels/reference/pool.hpp"
#include "qnn/kernels/vector/floats.hpp"
#include "qnn/kernels/vector/pooling.hpp"

#include <algorithm>

namespace qnn::kernels {

/// The numbers of the windows W.
template <class W>
inline constexpr vector::Pooling pooling_of{.height = W::height,
                                            .width = W::width,
                                            .channels = W::channels,
                                            .kernel_height = W::kernel_height,
                                            .kernel_width = W::kernel_width,
                                            .stride_height = W::stride_height,
                                            .stride_width = W::stride_width,
                                            .top = W::top,
                                            .left = W::left,
                                            .out_height = W::out_height,
                                            .out_width = W::out_width};

namespace detail {

/// Adds the gradient of one output to the input that it came from.
template <class W, class In>
void route(View<const float, In> x, float largest, float gradient, Index row, Index column, Index k,
           View<float, In> dx) {
  for (Index i = 0; i < W::kernel_height; ++i) {
    for (Index j = 0; j < W::kernel_width; ++j) {
      const Index r = W::input_row(row, i), c = W::input_column(column, j);
      if (W::inside(r, c) && x(r, c, k) == largest) {
        dx(r, c, k) += gradient;
        return;
      }
    }
  }
}

}  // namespace detail

/// y = the largest x under each window; see reference::max_pool2d.
template <class W, class In, class Out>
void max_pool2d(Batch<const float, In> x, Batch<float, Out> y) {
  if (vector::has_float_kernels()) {
    vector::max_pool_active(pooling_of<W>, x.data(), x.count(), y.data());
  } else {
    reference::max_pool2d<W>(x, y);
  }
}

/// dx = dL/dx from dy = dL/dy: the gradient goes to the first of the largest values under the window, in reading order.
template <class W, class In, class Out>
void max_pool2d_backward(Batch<const float, In> x, Batch<const float, Out> y, Batch<const float, Out> dy,
                         Batch<float, In> dx) {
  if (vector::has_float_kernels()) {
    return vector::max_pool_backward_active(pooling_of<W>, x.data(), y.data(), dy.data(), x.count(), dx.data());
  }
  std::fill(dx.begin(), dx.end(), 0.0f);
  for (Index n = 0; n < x.count(); ++n) {
    for (Index row = 0; row < W::out_height; ++row) {
      for (Index column = 0; column < W::out_width; ++column) {
        for (Index k = 0; k < W::channels; ++k) {
          detail::route<W>(x[n], y[n](row, column, k), dy[n](row, column, k), row, column, k, dx[n]);
        }
      }
    }
  }
}

}  // namespace qnn::kernels
