// SPDX-License-Identifier: MIT
/// @file
/// The integer kernels of the linear layers: contract and dispatch.
///
/// Every kernel behind these functions returns, for every input, exactly what kernels/reference/linear.hpp returns.
/// In constant expressions it is the reference itself; else what isa::active() names, and the portable loops for what
/// the vector kernels do not cover: depthwise convolutions of 16-bit codes with zero points of weights or with more
/// than 511 products a sum, groups of one or two outputs, multipliers of 1/4 and more (power of two: left shifts and
/// those by more than 31), unusual accumulators.
#pragma once

#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/portable/linear.hpp"
#include "qnn/kernels/reference/linear.hpp"
#include "qnn/kernels/vector/depthwise.hpp"
#include "qnn/kernels/vector/linear.hpp"

#include <type_traits>

namespace qnn::kernels {

/// Whether a layer runs on vector kernels: they exist, were not switched off, and can hold its multipliers.
template <class Linear>
constexpr bool can_run_vectors([[maybe_unused]] const Linear& linear) {
  if constexpr (Linear::has_packed) {
    if (!std::is_constant_evaluated()) {
      return linear.packed.fits && isa::active() > isa::Name::portable;
    }
  }
  return false;
}

/// Codes of scratch memory that `dense` needs for `count` examples.
template <class Linear>
constexpr Index dense_scratch([[maybe_unused]] Index count) {
  if constexpr (Linear::has_packed) {
    return vector::dense_scratch<typename Linear::Code>(count, Linear::fan_in) / Linear::code_bytes;
  } else {
    return 0;
  }
}

/// A dense layer; see reference::dense for the formula. @param scratch dense_scratch<Linear>(x.count()) codes
template <class Linear, class Code, class In, class Out>
constexpr void dense(const Linear& linear, Batch<const Code, In> x, Batch<Code, Out> y,
                     [[maybe_unused]] Code* scratch) {
  if (std::is_constant_evaluated()) {
    return reference::dense(linear, x, y);
  }
  if (isa::active() == isa::Name::reference) {
    return reference::dense(linear, x, y);
  }
  if constexpr (Linear::has_packed) {
    if (can_run_vectors(linear)) {
      return vector::dense(linear, x.data(), x.count(), y.data(), reinterpret_cast<std::uint8_t*>(scratch));
    }
  }
  portable::dense(linear, x, y);
}

/// Groups of a convolution with windows W: each output sums over the channels of its group.
template <class W, class Linear>
inline constexpr Index groups_of = W::channels / (Linear::fan_in / (W::kernel_height * W::kernel_width));

/// Whether each output has an input of its own.
template <class W, class Linear>
inline constexpr bool is_depthwise =
    W::channels > 1 && groups_of<W, Linear> == W::channels&& Linear::channels == W::channels;

/// Codes of scratch memory that `conv2d` needs for `count` images.
template <class W, class Linear>
constexpr Index conv2d_scratch([[maybe_unused]] Index count) {
  if constexpr (!Linear::has_packed) {
    return 0;
  } else if constexpr (is_depthwise<W, Linear>) {
    return vector::depthwise_scratch<W, typename Linear::Code>();
  } else if constexpr (W::is_pointwise && groups_of<W, Linear> == 1) {
    return vector::dense_scratch<typename Linear::Code>(count * W::out_pixels, Linear::fan_in) / Linear::code_bytes;
  } else {
    return vector::conv2d_scratch<W, typename Linear::Code>() / Linear::code_bytes;
  }
}

/// A convolution; see reference::conv2d for the formula. @param scratch conv2d_scratch<W, Linear>(x.count()) codes
template <class W, Index Groups, class Linear, class Code, class In, class Out>
constexpr void conv2d(const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Code, Out> y,
                      [[maybe_unused]] Code* scratch) {
  if (std::is_constant_evaluated()) {
    return reference::conv2d<W, Groups>(linear, padding, x, y);
  }
  if (isa::active() == isa::Name::reference) {
    return reference::conv2d<W, Groups>(linear, padding, x, y);
  }
  if constexpr (Linear::has_packed) {
    if (can_run_vectors(linear)) {
      auto* const lowered = reinterpret_cast<std::uint8_t*>(scratch);
      if constexpr (is_depthwise<W, Linear>) {
        return vector::with_active([&](auto tag) { vector::depthwise<W>(tag, linear, padding, x, y, lowered); });
      } else if constexpr (Groups > 1) {
        return vector::with_active(
            [&](auto tag) { vector::grouped_conv2d<W, Groups>(tag, linear, padding, x, y, lowered); });
      } else if constexpr (W::is_pointwise) {
        return vector::dense(linear, x.data(), x.count() * W::out_pixels, y.data(), lowered);
      } else {
        return vector::conv2d<W, false>(linear, padding, x, y, lowered);
      }
    }
  }
  portable::conv2d<W, Groups>(linear, padding, x, y);
}

/// Whether a convolution can be computed together with a max pooling that halves its output.
template <class W, class Linear>
inline constexpr bool has_pooled_conv2d =
    Linear::has_packed&& groups_of<W, Linear> == 1 && !Linear::weight_has_zero_point && !W::is_pointwise &&
    W::out_height > 1 && W::out_width > 1;

/// conv2d and the max pooling of its output by windows of 2 x 2 with stride 2, without the image between them.
/// @pre can_run_vectors(linear)  @param scratch conv2d_scratch<W, Linear>(x.count()) codes
template <class W, class Linear, class Code, class In, class Out>
void conv2d_pooled(const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Code, Out> y, Code* scratch) {
  vector::conv2d<W, true>(linear, padding, x, y, reinterpret_cast<std::uint8_t*>(scratch));
}

}  // namespace qnn::kernels
