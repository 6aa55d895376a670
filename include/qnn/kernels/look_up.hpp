// SPDX-License-Identifier: MIT
/// @file
/// Functions of 8-bit codes as tables: contract and dispatch.
#pragma once

#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/run.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

namespace qnn::kernels {

/// From so many codes on, shuffling the table pays for loading it into registers.
inline constexpr Index fewest_shuffled = 256;

/// y[i] = entries[x[i] mod 2^8], on every instruction set. y may be x. O(size)
template <class Code>
  requires(sizeof(Code) == 1)
constexpr void look_up(const std::array<Code, 256>& entries, const Code* x, Index size, Code* y) {
  if (!std::is_constant_evaluated() && size >= fewest_shuffled && isa::active() > isa::Name::portable) {
    return vector::with_active([&](auto tag) { vector::look_up(tag, entries.data(), x, size, y); });
  }
  std::transform(x, x + size, y, [&](Code code) { return entries[static_cast<std::uint8_t>(code)]; });
}

}  // namespace qnn::kernels
