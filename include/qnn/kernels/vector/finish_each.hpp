// SPDX-License-Identifier: MIT
/// @file
/// From 64-bit sums to codes, one by one: for instruction sets that cannot multiply such numbers side by side.
#pragma once

#include "qnn/kernels/vector/packed.hpp"

#include <algorithm>

namespace qnn::kernels::vector {

/// Turns sums of the channels from `first` on into codes.
template <class Policy>
struct FinishEach {
  const Output<std::int64_t>& output;
  Index first;

  /// `count` codes. @param sums with the bias
  template <class Code>
  void operator()(const std::int64_t* sums, Code* to, Index count) const {
    for (Index i = 0; i < count; ++i) {
      const auto multiplier = unpack(Policy{}, output.mantissa[first + i], output.exponent[first + i]);
      const std::int64_t code = std::int64_t{Policy::apply(sums[i], multiplier)} + output.zero_point;
      to[i] = static_cast<Code>(std::clamp<std::int64_t>(code, output.lowest, output.highest));
    }
  }
};

}  // namespace qnn::kernels::vector
