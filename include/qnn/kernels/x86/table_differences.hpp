// SPDX-License-Identifier: MIT
/// @file
/// Tables of 256 bytes for an instruction that looks up 16.
#pragma once

#include "qnn/core/shape.hpp"

#include <cstdint>

namespace qnn::kernels::x86 {

/// Parts of 16 bytes: the first of each half of a table, and what each other one differs in from the part before it.
///
/// The shuffle instruction gives byte i of a part for a code with the lowest bits i, and 0 for a negative code. A code
/// 16 k + i of the lower half, diminished by 16 from part to part, is negative behind part k: what it has got of all
/// parts, taken together by exclusive or, is entry 16 k + i. With the highest bit turned around, so is one of the
/// upper.
struct TableDifferences {
  static constexpr Index parts = 8;  ///< of each half
  std::uint8_t lower[128], upper[128];

  explicit TableDifferences(const std::uint8_t* entries) {
    for (Index i = 0; i < 128; ++i) {
      lower[i] = static_cast<std::uint8_t>(entries[i] ^ (i < 16 ? 0 : entries[i - 16]));
      upper[i] = static_cast<std::uint8_t>(entries[128 + i] ^ (i < 16 ? 0 : entries[112 + i]));
    }
  }
};

}  // namespace qnn::kernels::x86
