// SPDX-License-Identifier: MIT
/// @file
/// The normative integer kernels of the linear layers: plain loops that define what every other kernel must return,
/// bit for bit. They run inside static_assert.
///
/// With codes x, w, zero points zx, zw, and the bias code b at scale sx * sw:
///
///     acc = sum_k (x_k - zx) (w_k - zw) + b
///         = sum_k x_k w_k  -  zw sum_k x_k  +  [b - zx sum_k (w_k - zw)]
///
/// The bracket does not depend on the input: it is the *folded bias*, computed when the network is quantized. Kernels
/// multiply codes only; the middle term exists for asymmetric weights alone. Padding is code zx, which is real 0.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"

#include <span>

namespace qnn::kernels::reference {

/// y[n][o] = stage(acc[n][o]) for a dense layer; O(count * out * in).
/// @tparam Linear see layers/linear.hpp: `weight` (out, in), `folded_bias`, `stage`, `Accumulator`
template <class Linear, class Code, class In, class Out>
QNN_COLD constexpr void dense(const Linear& linear, Batch<const Code, In> x, Batch<Code, Out> y) {
  using Accumulator = typename Linear::Accumulator;
  const auto weights = linear.weight.integers();
  for (Index n = 0; n < x.count(); ++n) {
    for (Index o = 0; o < Out::size; ++o) {
      const auto row = weights.data() + o * In::size;
      const Code* input = x[n].data();
      Accumulator sum = 0;
      Accumulator input_sum = 0;
      for (Index k = 0; k < In::size; ++k) {
        sum += static_cast<Accumulator>(input[k]) * static_cast<Accumulator>(row[k]);
        if constexpr (Linear::weight_has_zero_point) {
          input_sum += static_cast<Accumulator>(input[k]);
        }
      }
      y[n][o] = linear.finish(sum, input_sum, o);
    }
  }
}

/// y[n][row, column, o] = stage(acc) for a convolution with `Groups` groups; O(count * pixels * out * fan_in).
/// @tparam W      the Window
/// @tparam Linear `weight` is (out, kernel_height, kernel_width, in / Groups)
/// @param padding the input's zero point
template <class W, Index Groups, class Linear, class Code, class In, class Out>
QNN_COLD constexpr void conv2d(const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Code, Out> y) {
  using Accumulator = typename Linear::Accumulator;
  constexpr Index out_channels = ImageShape<Out>::channels;
  constexpr Index group_inputs = W::channels / Groups;
  constexpr Index group_outputs = out_channels / Groups;
  constexpr Index fan_in = W::kernel_height * W::kernel_width * group_inputs;
  const auto weights = linear.weight.integers();
  for (Index n = 0; n < x.count(); ++n) {
    for (Index row = 0; row < W::out_height; ++row) {
      for (Index column = 0; column < W::out_width; ++column) {
        for (Index o = 0; o < out_channels; ++o) {
          auto tap = weights.data() + o * fan_in;
          const Index first_channel = o / group_outputs * group_inputs;
          Accumulator sum = 0;
          Accumulator input_sum = 0;
          for (Index i = 0; i < W::kernel_height; ++i) {
            for (Index j = 0; j < W::kernel_width; ++j) {
              const Index r = W::input_row(row, i), c = W::input_column(column, j);
              const bool inside = W::inside(r, c);
              for (Index k = 0; k < group_inputs; ++k) {
                const Code code = inside ? x[n](r, c, first_channel + k) : padding;
                sum += static_cast<Accumulator>(code) * static_cast<Accumulator>(*tap++);
                input_sum += static_cast<Accumulator>(code);
              }
            }
          }
          y[n](row, column, o) = linear.finish(sum, input_sum, o);
        }
      }
    }
  }
}

}  // namespace qnn::kernels::reference
