// SPDX-License-Identifier: MIT
/// @file
/// Tile registers of AMX: matrices of up to 16 rows of 64 bytes, and the instruction that multiplies two of them.
/// Source: Intel 64 and IA-32 architectures software developer's manual, volume 1, chapter 18.
///
/// As text: compilers' own functions do not say that a load reads memory, and those of g++ 12 have no types for
/// registers.
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_X86_KERNELS

#include "qnn/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>

QNN_TARGET_BEGIN("amx-tile,amx-int8")
namespace qnn::kernels::amx {

/// The shapes of all registers, as LDTILECFG reads them.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};

  constexpr void set(std::size_t tile, Index of_rows, Index of_row_bytes) {
    rows[tile] = static_cast<std::uint8_t>(of_rows);
    row_bytes[tile] = static_cast<std::uint16_t>(of_row_bytes);
  }
};

static_assert(sizeof(TileShapes) == 64 && offsetof(TileShapes, row_bytes) == 16 && offsetof(TileShapes, rows) == 48);

/// Takes shapes over; all registers are 0 then.
QNN_ALWAYS_INLINE void load_shapes(const TileShapes& shapes) {
  asm volatile("{ldtilecfg (%0)|ldtilecfg [%0]}" : : "r"(&shapes), "m"(shapes));
}
/// Forgets all registers, for the operating system to have less to save.
QNN_ALWAYS_INLINE void release_tiles() { asm volatile("tilerelease"); }
/// Loads a register. @param stride bytes from one row to the next
template <int Register>
QNN_ALWAYS_INLINE void load_tile(const void* from, Index stride) {
  asm volatile("{tileloadd (%0,%1,1), %%tmm%c2|tileloadd tmm%c2, [%0+%1*1]}"
               :
               : "r"(from), "r"(stride), "i"(Register)
               : "memory");
}
template <int Register>
QNN_ALWAYS_INLINE void store_tile(void* to, Index stride) {
  asm volatile("{tilestored %%tmm%c2, (%0,%1,1)|tilestored [%0+%1*1], tmm%c2}"
               :
               : "r"(to), "r"(stride), "i"(Register)
               : "memory");
}
/// sums[row][column] += the products of row `row` of inputs, which are signed as a Code is, and four bytes at a time of
/// column `column` of signed weights.
template <class Code, int Sums, int Inputs, int Weights>
QNN_ALWAYS_INLINE void add_tile_products() {
  static_assert(Sums != Inputs && Inputs != Weights && Sums != Weights, "the instructions want three registers");
  if constexpr (std::is_signed_v<Code>) {
    asm volatile("{tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0|tdpbssd tmm%c0, tmm%c1, tmm%c2}"
                 :
                 : "i"(Sums), "i"(Inputs), "i"(Weights));
  } else {
    asm volatile("{tdpbusd %%tmm%c2, %%tmm%c1, %%tmm%c0|tdpbusd tmm%c0, tmm%c1, tmm%c2}"
                 :
                 : "i"(Sums), "i"(Inputs), "i"(Weights));
  }
}

}  // namespace qnn::kernels::amx
QNN_TARGET_END

#endif
