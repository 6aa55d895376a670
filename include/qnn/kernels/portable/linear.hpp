// SPDX-License-Identifier: MIT
/// @file
/// Integer kernels in standard C++, laid out so that compilers vectorize them: the fall-back of every machine.
/// Bit for bit equal to kernels/reference/linear.hpp, since integer sums do not depend on their order.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/view.hpp"
#include "qnn/core/window.hpp"
#include "qnn/kernels/patches.hpp"
#include "qnn/scheme/code_storage.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>

namespace qnn::kernels::portable {

/// Outputs computed side by side, so that each input code is read once for all of them.
inline constexpr Index block = 4;
/// Sums that wait on the stack for what follows them.
inline constexpr Index row_part = 4 * block;

/// sums[o] = sum_k x_k w_ok for `channels` rows w_o of `fan_in` weights each; O(channels * fan_in).
/// The product of two codes fits in int32 whatever their types, so only the sum is as wide as the accumulator.
template <Index Rows, class Accumulator, class X, class W>
inline void dot_products(const X* QNN_RESTRICT x, const W* QNN_RESTRICT w, Index fan_in, Accumulator* QNN_RESTRICT to) {
  std::array<Accumulator, static_cast<std::size_t>(Rows)> sums{};
  for (Index k = 0; k < fan_in; ++k) {
    for (Index b = 0; b < Rows; ++b) {
      const std::int32_t product = std::int32_t{x[k]} * std::int32_t{w[b * fan_in + k]};
      sums[static_cast<std::size_t>(b)] += product;
    }
  }
  std::copy(sums.begin(), sums.end(), to);
}
template <class Accumulator, class X, class W>
QNN_NOINLINE void all_dot_products(const X* x, const W* w, Index fan_in, Index channels, Accumulator* sums) {
  for (; channels >= block; channels -= block, w += block * fan_in, sums += block) {
    dot_products<block>(x, w, fan_in, sums);
  }
  for (; channels > 0; --channels, w += fan_in, ++sums) {
    dot_products<1>(x, w, fan_in, sums);
  }
}
/// The same for narrow weights: unpacked on the way, a part of some rows at a time.
template <class Accumulator, class X, class Weights>
requires std::derived_from<Weights, SteppingPointer<Weights>> QNN_NOINLINE void all_dot_products(const X* x, Weights w,
                                                                                                 Index fan_in,
                                                                                                 Index channels,
                                                                                                 Accumulator* sums) {
  constexpr Index part = 256;
  std::int8_t rows[static_cast<std::size_t>(block * part)];
  std::fill_n(sums, channels, Accumulator{0});
  for (Index o = 0; o < channels; o += block) {
    const Index count = std::min(block, channels - o);
    for (Index k = 0; k < fan_in; k += part) {
      const Index length = std::min(part, fan_in - k);
      for (Index row = 0; row < count; ++row) {
        (w + ((o + row) * fan_in + k)).copy(length, rows + row * length);
      }
      Accumulator more[static_cast<std::size_t>(block)];
      all_dot_products(x + k, static_cast<const std::int8_t*>(rows), length, count, more);
      for (Index row = 0; row < count; ++row) {
        sums[o + row] += more[row];
      }
    }
  }
}

// Nearly all of the time goes into those sums, which are compiled once for all layers of a program. What follows is
// compiled for each layer: for size.

/// `channels` output channels from `first`, for one row of inputs x. A `Value` is what linear.finish() makes of a sum:
/// a code, or a real (layers/dynamic_linear.hpp).
template <class Linear, class Code, class Value>
QNN_COLD void linear_row(const Linear& linear, const Code* x, Index first, Index channels, Value* y) {
  using Accumulator = typename Linear::Accumulator;
  Accumulator input_sum = 0;
  if constexpr (Linear::weight_has_zero_point) {
    for (Index k = 0; k < Linear::fan_in; ++k) {
      input_sum += x[k];
    }
  }
  auto weights = linear.weight.integers().data() + first * Linear::fan_in;
  for (const Index end = first + channels; first < end; first += row_part, weights += row_part * Linear::fan_in) {
    const Index count = std::min(row_part, end - first);
    Accumulator sums[static_cast<std::size_t>(row_part)];
    all_dot_products(x, weights, Linear::fan_in, count, sums);
    for (Index o = 0; o < count; ++o) {
      y[first + o] = linear.finish(sums[o], input_sum, first + o);
    }
  }
}

template <class Linear, class Code, class In, class Value, class Out>
QNN_COLD void dense(const Linear& linear, Batch<const Code, In> x, Batch<Value, Out> y) {
  for (Index n = 0; n < x.count(); ++n) {
    linear_row(linear, x[n].data(), 0, Out::size, y[n].data());
  }
}

/// The most channels of a depthwise convolution that are computed side by side: more than g++ unrolls before it
/// vectorizes.
inline constexpr Index depthwise_channels = 32;

/// Channels [first, first + channels) of a depthwise convolution of one image. Their weights are transposed, so that
/// neighbouring channels are neighbours in all that the innermost loop reads.
template <class W, class Linear, class Code, class In, class Value, class Out>
void depthwise_block(const Linear& linear, Code padding, View<const Code, In> x, View<Value, Out> y, Index first,
                     Index channels) {
  using Accumulator = typename Linear::Accumulator;
  constexpr Index taps = W::kernel_height * W::kernel_width;
  constexpr auto most = static_cast<std::size_t>(depthwise_channels);
  std::int16_t weights[static_cast<std::size_t>(taps)][most];
  for (Index tap = 0; tap < taps; ++tap) {
    for (Index k = 0; k < channels; ++k) {
      weights[tap][k] = linear.weight.integers()[static_cast<std::size_t>((first + k) * taps + tap)];
    }
  }
  Code outside[most];
  std::fill_n(outside, most, padding);
  for (Index pixel = 0; pixel < W::out_pixels; ++pixel) {
    Accumulator sums[most] = {}, input_sums[most] = {};
    for (Index tap = 0; tap < taps; ++tap) {
      const Index row = W::input_row(pixel / W::out_width, tap / W::kernel_width);
      const Index column = W::input_column(pixel % W::out_width, tap % W::kernel_width);
      const Code* const from = W::inside(row, column) ? &x(row, column, first) : outside;
      for (Index k = 0; k < channels; ++k) {
        sums[k] += std::int32_t{from[k]} * std::int32_t{weights[tap][k]};
        if constexpr (Linear::weight_has_zero_point) {
          input_sums[k] += from[k];
        }
      }
    }
    for (Index k = 0; k < channels; ++k) {
      y[pixel * W::channels + first + k] = linear.finish(sums[k], input_sums[k], first + k);
    }
  }
}

/// A convolution with as many groups as inputs and outputs.
template <class W, class Linear, class Code, class In, class Value, class Out>
void depthwise(const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Value, Out> y) {
  for (Index n = 0; n < x.count(); ++n) {
    for (Index first = 0; first < W::channels; first += depthwise_channels) {
      depthwise_block<W>(linear, padding, x[n], y[n], first, std::min(W::channels - first, depthwise_channels));
    }
  }
}

template <class W, Index Groups, class Linear, class Code, class In, class Value, class Out>
QNN_COLD void conv2d(const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Value, Out> y) {
  constexpr Index group_inputs = W::channels / Groups;
  constexpr Index group_outputs = ImageShape<Out>::channels / Groups;
  // With few channels to run over, patches of one are faster.
  if constexpr (Groups > 1 && group_inputs == 1 && group_outputs == 1 && W::channels >= 16) {
    return depthwise<W>(linear, padding, x, y);
  }
  std::array<Code, static_cast<std::size_t>(Linear::fan_in)> patch;
  for (Index n = 0; n < x.count(); ++n) {
    for (Index pixel = 0; pixel < W::out_pixels; ++pixel) {
      for (Index group = 0; group < Groups; ++group) {
        gather_patches<W>(x[n], padding, pixel, 1, group * group_inputs, group_inputs, patch.data());
        linear_row(linear, patch.data(), group * group_outputs, group_outputs,
                   &y[n][pixel * ImageShape<Out>::channels]);
      }
    }
  }
}

}  // namespace qnn::kernels::portable
