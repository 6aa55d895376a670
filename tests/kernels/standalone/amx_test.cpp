// SPDX-License-Identifier: MIT
/// @file
/// The kernels of AMX on machines that have AVX512-VNNI but no tile registers: with registers in memory, whose shapes
/// are checked where they meet.
#include "qnn/config.hpp"

#include <cstdio>

#if QNN_HAS_X86_KERNELS
#include "qnn/core/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>

namespace qnn::kernels::amx {

inline void require(bool holds, const char* what) {
  if (!holds) {
    std::printf("AMX: %s\n", what);
    std::abort();
  }
}

/// How often each way through the kernels was taken.
struct Counts {
  Index loaded_bias, reloaded_sums, products, last_products, last_registers;
};
inline Counts counts{};

struct TileShapes {
  Index rows[8] = {}, row_bytes[8] = {};
  bool is_set = false;

  void set(std::size_t tile, Index of_rows, Index of_row_bytes) {
    require(of_rows > 0 && of_rows <= 16 && of_row_bytes > 0 && of_row_bytes <= 64, "no register has this shape");
    rows[tile] = of_rows;
    row_bytes[tile] = of_row_bytes;
    is_set = true;
  }
};

struct Registers {
  TileShapes shapes;
  std::uint8_t bytes[8][16][64] = {};
};
inline thread_local Registers registers;

inline void load_shapes(const TileShapes& shapes) {
  require(!registers.shapes.is_set, "registers of another job were not released");
  registers = {.shapes = shapes};
}
inline void release_tiles() { registers = {}; }
template <int Register>
void load_tile(const void* from, Index stride) {
  require(registers.shapes.rows[Register] > 0, "a register without a shape is loaded");
  counts.loaded_bias += Register == 0 && stride == 0;
  counts.reloaded_sums += Register == 0 && stride != 0;
  for (Index row = 0; row < registers.shapes.rows[Register]; ++row) {
    std::memcpy(registers.bytes[Register][row], static_cast<const std::uint8_t*>(from) + row * stride,
                static_cast<std::size_t>(registers.shapes.row_bytes[Register]));
  }
}
template <int Register>
void store_tile(void* to, Index stride) {
  require(registers.shapes.rows[Register] > 0, "a register without a shape is stored");
  for (Index row = 0; row < registers.shapes.rows[Register]; ++row) {
    std::memcpy(static_cast<std::uint8_t*>(to) + row * stride, registers.bytes[Register][row],
                static_cast<std::size_t>(registers.shapes.row_bytes[Register]));
  }
}
template <class Code, int Sums, int Inputs, int Weights>
void add_tile_products() {
  const TileShapes& shapes = registers.shapes;
  require(shapes.rows[Sums] > 0 && shapes.rows[Sums] == shapes.rows[Inputs] &&
              shapes.row_bytes[Sums] == shapes.row_bytes[Weights] &&
              shapes.row_bytes[Inputs] == 4 * shapes.rows[Weights],
          "shapes of a product do not fit");
  ++counts.products;
  counts.last_products += shapes.row_bytes[Inputs] < 64;
  counts.last_registers += Sums == 3;
  for (Index row = 0; row < shapes.rows[Sums]; ++row) {
    for (Index column = 0; column < shapes.row_bytes[Sums] / 4; ++column) {
      std::int32_t sum = 0;
      std::memcpy(&sum, registers.bytes[Sums][row] + 4 * column, sizeof sum);
      for (Index i = 0; i < shapes.row_bytes[Inputs]; ++i) {
        sum += static_cast<Code>(registers.bytes[Inputs][row][i]) *
               static_cast<std::int8_t>(registers.bytes[Weights][i / 4][4 * column + i % 4]);
      }
      std::memcpy(registers.bytes[Sums][row] + 4 * column, &sum, sizeof sum);
    }
  }
}

}  // namespace qnn::kernels::amx

#define QNN_AMX_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"
#include "../vector/computed_layers.hpp"
#include "../vector/kernel_cases.hpp"
#include "differences.hpp"

int main() {
  using namespace qnn;
  if (!has_avx512vnni()) {
    return 0;
  }
  Differences differences;
  add_linear_layers(isa::Amx{}, kernel_cases::shape_count(300), differences);
  const auto shapes = random_layers::tile_shapes();
  std::size_t next = 0;
  differences.add(random_layers::first_difference<IntegerMultiplier, std::int8_t>(
      std::ssize(shapes), [&](Random&) { return shapes[next++]; },
      [](const auto& layer) { return random_layers::computed(layer, isa::Amx{}); }));
  const auto every_third = [&](Random&) {
    next += 3;
    return shapes[next - 3];
  };
  next = 0;
  differences.add(random_layers::first_difference<FloatScale, std::uint8_t>(
      std::ssize(shapes) / 3, every_third,
      [](const auto& layer) { return random_layers::computed(layer, isa::Amx{}); }));
  // Parts for threads are for tiles as the whole is, however few outputs they have.
  const auto by_parts = [](const auto& layer) {
    return random_layers::computed(layer, isa::Amx{}, [](const auto& job) {
      for (Index part = 0; part < 7; ++part) {
        if (const auto share = kernels::vector::share_of(job, 7, part); share.channels > 0) {
          kernels::vector::run<IntegerMultiplier>(isa::Amx{}, share);
        }
      }
    });
  };
  next = 0;
  const Index products = kernels::amx::counts.products;
  differences.add(
      random_layers::first_difference<IntegerMultiplier, std::int8_t>(std::ssize(shapes) / 3, every_third, by_parts));
  differences.add(kernels::amx::counts.products > products ? "" : "parts of jobs are not for tiles");
  const auto& counts = kernels::amx::counts;
  differences.add(counts.loaded_bias > 0 && counts.reloaded_sums > 0 && counts.last_products > 0 &&
                          counts.last_registers > 0 && counts.products > counts.last_products
                      ? ""
                      : "no shape goes some way through the kernels");
  differences.add(kernels::amx::registers.shapes.is_set ? "registers were not released" : "");
  return differences.report("AMX");
}
#else
int main() { std::puts("skipped: no kernels for x86 here"); }
#endif
