// SPDX-License-Identifier: MIT
/// @file
/// The loops of a linear layer, the same for every instruction set. Included once by each, inside its namespace and with
/// its instructions switched on, behind the operations on registers that they use.
///
/// A *unit* is as many channels as a register holds numbers of 32 bits. A *tile*, some rows (examples of a dense layer,
/// pixels of a convolution) times some units, stays in registers from the first product to the code that is stored. A
/// tile that reaches beyond the last row repeats it.

#include "qnn/kernels/vector/tile.inl"
#if QNN_HAS_X86_KERNELS
#include "qnn/kernels/vector/word_tile.inl"
#endif

/// Sizes of tiles of 8-bit products.
struct ByteTiles {
  static constexpr Index units = tile_units;
  static constexpr Index rows(Index of_units) { return tile_rows(of_units); }
  static constexpr Index pooled_rows(Index of_units) { return pooled_tile_rows(of_units); }
};

/// All rows, `Rows` at a time, for the same channels.
template <class Policy, Index Rows, Index Units, Index Merged, class Code, class Accumulator>
void multiply_rows(const Job<Code, Accumulator>& job, const std::int8_t* weights, Index weight_step, Index channel) {
  constexpr Index outputs = Rows / Merged;  // of a tile
  constexpr Index side = Merged == 4 ? 2 : 1;
  const Index row_step = job.positions.row_step, column_step = job.positions.column_step;
  const Index columns = job.positions.columns / side;
  const Index total = job.positions.rows / side * columns;
  Index row = 0, column = 0;
  for (Index done = 0; done < total; done += outputs) {
    Pointers<Rows> x;
    for (Index i = 0; i < outputs; ++i) {
      const std::uint8_t* const corner = job.x + side * (row * row_step + column * column_step);
      for (Index merged = 0; merged < Merged; ++merged) {
        x.of[i * Merged + merged] = corner + merged / side * row_step + merged % side * column_step;
      }
      if (done + i + 1 < total && ++column == columns) {
        column = 0;
        ++row;
      }
    }
    multiply_tile<Policy, Rows, Units, Merged>(job, x, weights, weight_step, channel, job.y + done * job.y_step,
                                               std::min(total - done, outputs));
  }
}

template <class Policy, class Tiles, Index Units, class Code, class Accumulator>
void multiply_units(const Job<Code, Accumulator>& job, const std::int8_t* weights, Index weight_step, Index channel) {
  if (job.pools) {
    multiply_rows<Policy, Tiles::pooled_rows(Units), Units, 4>(job, weights, weight_step, channel);
  } else if (job.positions.count() == 1) {
    multiply_rows<Policy, 1, Units, 1>(job, weights, weight_step, channel);
  } else {
    multiply_rows<Policy, Tiles::rows(Units), Units, 1>(job, weights, weight_step, channel);
  }
}

/// The last units of a panel, fewer than a tile has; false where there are enough.
template <class Policy, class Tiles, class Code, class Accumulator>
bool multiply_remainder(const Job<Code, Accumulator>& job, const std::int8_t* weights, Index weight_step, Index channel,
                        Index units) {
  if (units >= Tiles::units) {
    return false;
  }
  if constexpr (Tiles::units > 2) {
    if (units >= 2) {
      multiply_units<Policy, Tiles, 2>(job, weights, weight_step, channel);
      weights += 2 * unit_bytes;
      channel += 2 * unit_channels;
    }
  }
  if (units % 2 == 1) {
    multiply_units<Policy, Tiles, 1>(job, weights, weight_step, channel);
  }
  return true;
}

/// All panels. The units of a tile divide those of a panel, or else (512 bits) there is one kernel for each remainder.
template <class Policy, class Tiles, class Code, class Accumulator>
void multiply_panels(const Job<Code, Accumulator>& job) {
  const Index blocks = vector::blocks_of(job.channels), steps = job.runs.total_steps();
  for (Index block = 0; block < blocks; block += vector::panel_blocks) {
    const Index width = std::min(blocks - block, vector::panel_blocks);
    const std::int8_t* const weights = job.weights + block * steps * vector::block_bytes;
    const Index weight_step = width * vector::block_bytes;
    const Index units = width * vector::block_channels / unit_channels;
    for (Index unit = 0; unit < units; unit += Tiles::units) {
      const Index channel = block * vector::block_channels + unit * unit_channels;
      const std::int8_t* const first = weights + unit * unit_bytes;
      if constexpr (unit_channels == vector::block_channels) {
        if (multiply_remainder<Policy, Tiles>(job, first, weight_step, channel, units - unit)) {
          continue;
        }
      }
      multiply_units<Policy, Tiles, Tiles::units>(job, first, weight_step, channel);
    }
  }
}

/// Runs a job of 8-bit codes.
template <class Policy, class Code>
void run(Isa, const Job<Code, std::int32_t>& job) {
  multiply_panels<Policy, ByteTiles>(job);
}

#if QNN_HAS_X86_KERNELS
/// Runs a job of 16-bit codes.
template <class Policy, class Code>
void run(Isa, const Job<Code, std::int64_t>& job) {
  multiply_panels<Policy, WordTiles>(job);
}
#endif

#include "qnn/kernels/vector/lowering.inl"
#include "qnn/kernels/vector/quantize.inl"
