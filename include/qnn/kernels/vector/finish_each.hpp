// SPDX-License-Identifier: MIT
/// @file
/// From 64-bit sums to codes, one by one: for instruction sets that cannot multiply such numbers side by side.
#pragma once

#include "qnn/kernels/vector/packed.hpp"

#include <algorithm>

namespace qnn::kernels::vector {

/// The codes of `count` sums from channel `first` on; `sums` include the bias.
template <class Policy, class Code>
inline void finish_each(const std::int64_t* sums, const Output<std::int64_t>& output, Index first, Code* to,
                        Index count) {
  for (Index i = 0; i < count; ++i) {
    const auto multiplier = unpack(Policy{}, output.mantissa[first + i], output.exponent[first + i]);
    const std::int64_t code = std::int64_t{Policy::apply(sums[i], multiplier)} + output.zero_point;
    to[i] = static_cast<Code>(std::clamp<std::int64_t>(code, output.lowest, output.highest));
  }
}

}  // namespace qnn::kernels::vector
