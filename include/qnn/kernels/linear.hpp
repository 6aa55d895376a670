// SPDX-License-Identifier: MIT
/// @file
/// The integer kernels of the linear layers: contract and dispatch.
///
/// Every kernel behind these two functions returns, for every input, exactly what kernels/reference/linear.hpp returns.
#pragma once

#include "qnn/kernels/portable/linear.hpp"
#include "qnn/kernels/reference/linear.hpp"

#include <type_traits>

namespace qnn::kernels {

/// A dense layer; see reference::dense for the formula.
template <class Linear, class Code, class In, class Out>
constexpr void dense(const Linear& linear, Batch<const Code, In> x, Batch<Code, Out> y) {
  if (std::is_constant_evaluated()) {
    reference::dense(linear, x, y);
  } else {
    portable::dense(linear, x, y);
  }
}

/// A convolution; see reference::conv2d for the formula.
template <class W, Index Groups, class Linear, class Code, class In, class Out>
constexpr void conv2d(const Linear& linear, Code padding, Batch<const Code, In> x, Batch<Code, Out> y) {
  if (std::is_constant_evaluated()) {
    reference::conv2d<W, Groups>(linear, padding, x, y);
  } else {
    portable::conv2d<W, Groups>(linear, padding, x, y);
  }
}

}  // namespace qnn::kernels
