// SPDX-License-Identifier: MIT
/// @file
/// Linear layers of 8-bit codes by AMX: 16 rows of 64 inputs times 64 weights of 16 channels in one instruction
/// (`tdpbssd`, `tdpbusd`), which takes codes as they are. Packed weights lie as its registers want them: a step of a
/// block is a row of 64 bytes. Everything else is that of AVX512-VNNI.
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_X86_KERNELS

#ifndef QNN_AMX_TARGET  // a test runs these kernels without the instructions
#include "qnn/kernels/amx/tile_registers.hpp"
#define QNN_AMX_TARGET "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,amx-tile,amx-int8"
#endif

#include "qnn/kernels/avx512vnni/linear.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/kernels/vector/operands.hpp"

#include <immintrin.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

QNN_TARGET_BEGIN(QNN_AMX_TARGET)
namespace qnn::kernels::amx {

using avx512vnni::Integers, avx512vnni::unit_channels;
using vector::Accumulate, vector::Operands;

inline constexpr Index tile_rows = 16, tile_steps = 16, tile_bytes = 64;
/// Jobs of less are for AVX512-VNNI.
inline constexpr Index least_steps = 16, least_run_steps = 8;

// Registers: sums of two by two tiles, then inputs and weights of whole tiles, and of the last steps of a run.
inline constexpr int inputs = 4, weights = 5, last_inputs = 6, last_weights = 7;

/// The shapes for runs of so many steps.
inline TileShapes shapes_for(Index steps) {
  TileShapes shapes;
  for (std::size_t tile = 0; tile < 6; ++tile) {
    shapes.set(tile, tile_rows, tile_bytes);
  }
  if (const Index rest = steps % tile_steps; rest > 0) {
    shapes.set(last_inputs, tile_rows, rest * vector::step_bytes);
    shapes.set(last_weights, rest, tile_bytes);
  }
  return shapes;
}

/// Blocks of 16 rows.
template <Index Rows>
inline constexpr Index row_blocks = Rows / tile_rows;
/// Where they begin; the rows of each are at equal distances.
template <Index Rows>
struct Blocks {
  const std::uint8_t* of[static_cast<std::size_t>(row_blocks<Rows>)];
  Index stride;
};
/// Steps that are multiplied at once: all that a register holds, or the last ones of a run.
struct TileStep {
  Index x, weights;  ///< bytes from the beginning of each
  bool is_last;
};
/// As many as are multiplied before sums leave their registers.
struct TileSteps {
  static constexpr Index most = 16;
  TileStep of[static_cast<std::size_t>(most)];
  Index count = 0;
};

/// Calls body(0), ..., body(Count - 1) with constants.
template <Index Count, class Body>
QNN_ALWAYS_INLINE void for_each_index(Body&& body) {
  [&]<Index... Is>(std::integer_sequence<Index, Is...>) { (body(std::integral_constant<Index, Is>{}), ...); }
  (std::make_integer_sequence<Index, Count>{});
}
/// The register of the sums of a block and a unit.
template <Index Units>
constexpr int sums_of(Index block, Index unit) {
  return static_cast<int>(block * Units + unit);
}

/// Adds the products of one tile of steps to all sums of `Rows` rows and `Units` units. With two units, inputs are
/// loaded twice rather than kept but for those of the last block, which leaves registers for the last steps of a run
/// and was measured to cost nothing.
template <class Code, Index Rows, Index Units, int Inputs, int Weights>
QNN_ALWAYS_INLINE void add_step(const Blocks<Rows>& x, Index x_bytes, const std::int8_t* w, Index weight_step) {
  constexpr Index last = row_blocks<Rows> - 1;
  load_tile<Weights>(w, weight_step);
  for_each_index<row_blocks<Rows>>([&](auto block) {
    load_tile<Inputs>(x.of[block] + x_bytes, x.stride);
    add_tile_products<Code, sums_of<Units>(block, 0), Inputs, Weights>();
  });
  if constexpr (Units > 1) {
    load_tile<Weights>(w + tile_bytes, weight_step);
    add_tile_products<Code, sums_of<Units>(last, 1), Inputs, Weights>();
    for_each_index<last>([&](auto block) {
      load_tile<Inputs>(x.of[block] + x_bytes, x.stride);
      add_tile_products<Code, sums_of<Units>(block, 1), Inputs, Weights>();
    });
  }
}

/// Calls body(register, row of its sums, unit) for those of `Rows` rows and one or two units.
template <Index Rows, Index Units, class Body>
QNN_ALWAYS_INLINE void for_each_tile(Body&& body) {
  for_each_index<row_blocks<Rows> * Units>(
      [&](auto tile) { body(std::integral_constant<int, tile>{}, tile / Units * tile_rows, tile % Units); });
}

/// sums = bias or, where that is null, sums; and the products of some tiles of steps with one or two units.
template <class Code, Index Rows, Index Units>
QNN_ALWAYS_INLINE void add_steps(const Blocks<Rows>& x, const TileSteps& steps, const std::int8_t* w, Index weight_step,
                                 const std::int32_t* bias, std::int32_t* sums, Index row_sums) {
  const Index stride = row_sums * Index{sizeof *sums};
  for_each_tile<Rows, Units>([&](auto tile, Index row, Index unit) {
    if (bias != nullptr) {
      load_tile<tile>(bias + unit * unit_channels, 0);  // the same for all rows
    } else {
      load_tile<tile>(sums + row * row_sums + unit * unit_channels, stride);
    }
  });
  for (Index i = 0; i < steps.count; ++i) {
    const TileStep& step = steps.of[i];
    if (step.is_last) {
      add_step<Code, Rows, Units, last_inputs, last_weights>(x, step.x, w + step.weights, weight_step);
    } else {
      add_step<Code, Rows, Units, inputs, weights>(x, step.x, w + step.weights, weight_step);
    }
  }
  for_each_tile<Rows, Units>([&](auto tile, Index row, Index unit) {
    store_tile<tile>(sums + row * row_sums + unit * unit_channels, stride);
  });
}

/// Walks over the steps of a sum, in the order of the packed weights.
class StepWalk {
 public:
  explicit StepWalk(const Operands<std::int32_t>& operands)
      : runs_(operands.runs), weight_step_(operands.weight_step) {}

  bool is_done() const { return run_row_ == runs_.rows; }
  /// The next tile of steps, where its inputs lie.
  TileStep next() {
    const Index steps = std::min(tile_steps, runs_.steps - step_);
    const TileStep here{run_row_ * runs_.row_step + run_column_ * runs_.column_step + step_ * vector::step_bytes,
                        weights_, steps < tile_steps};
    weights_ += steps * weight_step_;
    step_ += steps;
    if (step_ == runs_.steps) {
      step_ = 0;
      if (++run_column_ == runs_.columns) {
        run_column_ = 0;
        ++run_row_;
      }
    }
    return here;
  }

 private:
  const vector::Runs& runs_;
  Index weight_step_, run_row_ = 0, run_column_ = 0, step_ = 0, weights_ = 0;
};

/// Room for the inputs of `Rows` rows, side by side: one line of the cache more for each, lest all rows share a few
/// sets.
template <Index Rows>
struct Gathered {
  static constexpr Index stride = (TileSteps::most + 1) * tile_bytes;
  alignas(64) std::uint8_t bytes[static_cast<std::size_t>(Rows * stride)];

  /// Copies the inputs of a tile of steps; `last_steps` are those of a last one.
  void copy(const Operands<std::int32_t>& operands, TileStep& step, Index place, Index last_steps) {
    const auto mask = static_cast<__mmask16>(step.is_last ? (1u << last_steps) - 1u : 0xFFFFu);
    std::uint8_t* to = bytes + place * tile_bytes;
    for (Index row = 0; row < Rows; ++row, to += stride) {
      _mm512_mask_storeu_epi32(to, mask, _mm512_maskz_loadu_epi32(mask, operands.rows[row] + step.x));
    }
    step.x = place * tile_bytes;
  }
};

/// Whether the rows of each block are at equal distances, `stride` of them.
template <Index Rows>
bool are_blocks(const Operands<std::int32_t>& operands, Index stride) {
  for (Index row = 1; row < Rows; ++row) {
    if (row % tile_rows != 0 && operands.rows[row] - operands.rows[row - 1] != stride) {
      return false;
    }
  }
  return true;
}

/// Each four rows to their largest sums.
template <Index Rows, Index Units>
void merge_rows(std::int32_t* sums) {
  constexpr Index row_sums = Units * unit_channels;
  for (Index i = 0; i < Rows / 4 * row_sums; i += unit_channels) {
    const std::int32_t* const four = sums + i / row_sums * 4 * row_sums + i % row_sums;
    const Integers largest = avx512vnni::larger(
        avx512vnni::larger(avx512vnni::load(four), avx512vnni::load(four + row_sums)),
        avx512vnni::larger(avx512vnni::load(four + 2 * row_sums), avx512vnni::load(four + 3 * row_sums)));
    _mm512_storeu_si512(sums + i, largest);
  }
}

/// sums[row][unit][channel] = the bias and the products of `Rows` rows with `Units` units of weights.
/// @param gathered  where inputs are copied to first, and `x` lies; null where they are multiplied in place
template <class Code, Index Rows, Index Units>
QNN_NOINLINE void sum_up(const Operands<std::int32_t>& operands, const Blocks<Rows>& x, Gathered<Rows>* gathered,
                         std::int32_t* sums) {
  constexpr Index row_sums = Units * unit_channels;
  const std::int32_t* bias = operands.bias;
  for (StepWalk walk(operands); !walk.is_done(); bias = nullptr) {
    TileSteps steps;
    for (; steps.count < TileSteps::most && !walk.is_done(); ++steps.count) {
      TileStep& step = steps.of[steps.count] = walk.next();
      if (gathered != nullptr) {
        gathered->copy(operands, step, steps.count, operands.runs.steps % tile_steps);
      }
    }
    for (Index unit = 0; unit < Units; unit += 2) {
      add_steps<Code, Rows, std::min<Index>(Units, 2)>(
          x, steps, operands.weights + unit * tile_bytes, operands.weight_step,
          bias == nullptr ? nullptr : bias + unit * unit_channels, sums + unit * unit_channels, row_sums);
    }
  }
}
/// The same for rows at any distances.
template <class Code, Index Rows, Index Units>
QNN_NOINLINE void gather_and_sum_up(const Operands<std::int32_t>& operands, std::int32_t* sums) {
  Gathered<Rows> gathered;
  Blocks<Rows> x{{}, gathered.stride};
  for (Index block = 0; block < row_blocks<Rows>; ++block) {
    x.of[block] = gathered.bytes + block * tile_rows * gathered.stride;
  }
  sum_up<Code, Rows, Units>(operands, x, &gathered, sums);
}

/// As avx512vnni::accumulate(). @pre registers have their shapes
template <class Code, Index Rows, Index Units>
QNN_NOINLINE void accumulate(const Operands<std::int32_t>& operands, std::int32_t* sums) {
  Blocks<Rows> x{{}, operands.rows[1] - operands.rows[0]};
  for (Index block = 0; block < row_blocks<Rows>; ++block) {
    x.of[block] = operands.rows[block * tile_rows];
  }
  if (are_blocks<Rows>(operands, x.stride)) {
    sum_up<Code, Rows, Units>(operands, x, nullptr, sums);
  } else {
    gather_and_sum_up<Code, Rows, Units>(operands, sums);
  }
  if (operands.pools) {
    merge_rows<Rows, Units>(sums);
  }
}

/// Tiles for the loops of vector/linear.inl: two registers of rows, one for the last ones and for those that are
/// merged.
template <class Code>
struct Tiles {
  static constexpr Index units = 4;
  static constexpr bool has_single_rows = false;
  static constexpr Index rows(Index /*units*/) { return 2 * tile_rows; }
  static constexpr Index pooled_rows(Index /*units*/) { return tile_rows; }
  template <Index Rows, Index Units>
  static constexpr Accumulate<std::int32_t> sum = accumulate<Code, Rows, Units>;
};

/// Whether a job is one for tiles: those take their time however few rows and steps of a run they hold. Parts of it for
/// threads are, too, however few outputs they have: their inputs have no offset.
constexpr bool fills_tiles(isa::Amx, const vector::Runs& runs, const vector::Positions& positions) {
  return positions.count() >= tile_rows && runs.total_steps() >= least_steps && runs.steps >= least_run_steps;
}

/// Runs a job of 8-bit codes.
template <class Policy, class Code>
void run(isa::Amx, const vector::Job<Code, std::int32_t>& job) {
  if (job.lowered.form != vector::Form::plain) {
    return avx512vnni::run<Policy>(isa::Avx512Vnni{}, job);
  }
  const TileShapes shapes = shapes_for(job.runs.steps);
  load_shapes(shapes);
  avx512vnni::multiply_with<Tiles<Code>>(job, avx512vnni::finish<Policy, Code>);
  release_tiles();
}

}  // namespace qnn::kernels::amx
QNN_TARGET_END

#endif
