// SPDX-License-Identifier: MIT
/// @file
/// Sums of codes at two scales as kernels for an instruction set see them: pointers and numbers, no types of networks.
#pragma once

#include "qnn/core/shape.hpp"

#include <cstdint>

namespace qnn::kernels::vector {

/// y[i] = clamp(floor((factor[0] x[0][i] + factor[1] x[1][i] + offset) / 2^shift) + zero_point)
///
/// Of 8-bit codes no intermediate result exceeds 32 bits, of 16-bit codes no quotient does. y may be one of the inputs.
template <class Code>
struct SumJob {
  const Code* x[2];
  std::int32_t factor[2];
  std::int64_t offset;
  std::int32_t shift, zero_point, lowest, highest;
  Index size;
  Code* y;
};

/// The smallest shift with which the quotients of `Code` fit in 32 bits: sums of two products of 30 and 17 bits, and
/// half a unit, are below 2^48 for 16-bit codes.
template <class Code>
inline constexpr std::int32_t smallest_shift = sizeof(Code) == 1 ? 0 : 17;

}  // namespace qnn::kernels::vector
