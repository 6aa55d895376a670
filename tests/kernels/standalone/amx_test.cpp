// SPDX-License-Identifier: MIT
/// @file
/// The kernels of AMX on machines that have AVX512-VNNI but no tile registers: with registers in memory, whose shapes are
/// checked where they meet.
#include "qnn/config.hpp"

#include <cstdio>

#if QNN_HAS_X86_KERNELS
#include "qnn/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace qnn::kernels::amx {

struct TileShapes {
  Index rows[8] = {}, row_bytes[8] = {};
  void set(std::size_t tile, Index of_rows, Index of_row_bytes) {
    rows[tile] = of_rows;
    row_bytes[tile] = of_row_bytes;
  }
};

struct Registers {
  TileShapes shapes;
  std::uint8_t bytes[8][16][64] = {};
};
inline thread_local Registers registers;
inline Index products = 0;

inline void require(bool holds, const char* what) {
  if (!holds) {
    std::printf("AMX: %s\n", what);
    std::abort();
  }
}
inline void load_shapes(const TileShapes& shapes) { registers = {.shapes = shapes}; }
inline void release_tiles() { load_shapes({}); }
template <int Register>
void load_tile(const void* from, Index stride) {
  require(registers.shapes.rows[Register] > 0, "a register without a shape is loaded");
  for (Index row = 0; row < registers.shapes.rows[Register]; ++row) {
    std::memcpy(registers.bytes[Register][row], static_cast<const std::uint8_t*>(from) + row * stride,
                static_cast<std::size_t>(registers.shapes.row_bytes[Register]));
  }
}
template <int Register>
void store_tile(void* to, Index stride) {
  for (Index row = 0; row < registers.shapes.rows[Register]; ++row) {
    std::memcpy(static_cast<std::uint8_t*>(to) + row * stride, registers.bytes[Register][row],
                static_cast<std::size_t>(registers.shapes.row_bytes[Register]));
  }
}
template <int Sums, int Inputs, int Weights>
void add_tile_products() {
  const TileShapes& shapes = registers.shapes;
  require(shapes.rows[Sums] == shapes.rows[Inputs] && shapes.row_bytes[Sums] == shapes.row_bytes[Weights] &&
              shapes.row_bytes[Inputs] == 4 * shapes.rows[Weights],
          "shapes of a product do not fit");
  ++products;
  for (Index row = 0; row < shapes.rows[Sums]; ++row) {
    for (Index column = 0; column < shapes.row_bytes[Sums] / 4; ++column) {
      std::int32_t sum = 0;
      std::memcpy(&sum, registers.bytes[Sums][row] + 4 * column, sizeof sum);
      for (Index i = 0; i < shapes.row_bytes[Inputs]; ++i) {
        sum += registers.bytes[Inputs][row][i] *
               static_cast<std::int8_t>(registers.bytes[Weights][i / 4][4 * column + i % 4]);
      }
      std::memcpy(registers.bytes[Sums][row] + 4 * column, &sum, sizeof sum);
    }
  }
}

}  // namespace qnn::kernels::amx

#define QNN_AMX_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"
#include "../vector/kernel_cases.hpp"
#include "../vector/random_layers.hpp"

int main() {
  using namespace qnn;
  if (!isa::is_supported(isa::Name::avx512vnni)) {
    std::puts("skipped: this machine has no AVX512-VNNI");
    return 0;
  }
  int failures = 0;
  const auto check = [&](const std::string& difference) {
    if (!difference.empty()) {
      std::printf("differs: %s\n", difference.c_str());
      ++failures;
    }
  };
  using random_layers::first_difference;
  const Index count = kernel_cases::shape_count(300);
  check(first_difference<IntegerMultiplier, std::int8_t>(isa::Amx{}, count));
  check(first_difference<IntegerMultiplier, std::uint8_t>(isa::Amx{}, count));
  check(first_difference<FloatScale, std::int8_t>(isa::Amx{}, count));
  check(first_difference<IntegerMultiplier, std::int16_t>(isa::Amx{}, count));
  check(kernels::amx::products > 10000 ? "" : "no shape was large enough for AMX");
  std::puts(failures == 0 ? "AMX kernels equal the plain loops" : "AMX kernels FAILED");
  return failures;
}
#else
int main() { std::puts("skipped: no kernels for x86 here"); }
#endif
