// SPDX-License-Identifier: MIT
/// @file
/// The loops of a linear layer, the same for every instruction set. Included once by each, inside its namespace and with
/// its instructions switched on, behind the operations on registers that they use.
///
/// A *unit* is as many channels as a register holds numbers of 32 bits. A *tile* is some rows (examples of a dense layer,
/// pixels of a convolution) times some units: its sums stay in registers until they are complete, then they are finished
/// while the cache has them. What knows the policy and what knows the size of the tile are separate functions: a program
/// compiles their sum, not their product. A tile that reaches beyond the last row repeats it.

#include "qnn/kernels/vector/accumulate.inl"
#include "qnn/kernels/vector/multipliers.inl"
#if QNN_HAS_X86_KERNELS
#include "qnn/kernels/vector/accumulate_words.inl"
#endif
#include "qnn/kernels/vector/finish.inl"

/// Rows of the largest tile, and of its sums.
inline constexpr Index most_rows = 8, most_sums = 24 * 16;

/// The function that sums up tiles of `rows` rows.
template <class Accumulator>
struct Kernel {
  Index rows;
  void (*accumulate)(const Runs&, Index, const std::uint8_t* const*, const std::int8_t*, Index, Accumulator*);
};

/// The kernel for tiles of `Units` units.
template <class Tiles, Index Units, class Accumulator>
Kernel<Accumulator> kernel_of(bool pools, bool single) {
  if (pools) {
    return {Tiles::pooled_rows(Units), accumulate<Tiles::pooled_rows(Units), Units>};
  }
  if (single) {
    return {1, accumulate<1, Units>};
  }
  return {Tiles::rows(Units), accumulate<Tiles::rows(Units), Units>};
}

/// All rows, a tile at a time, for the `units` units from `channel`.
template <class Policy, class Tiles, class Code, class Accumulator>
void multiply_rows(const Job<Code, Accumulator>& job, Kernel<Accumulator> kernel, Index units,
                   const std::int8_t* weights, Index weight_step, Index channel) {
  const Index merged = job.pools ? 4 : 1, side = job.pools ? 2 : 1, outputs = kernel.rows / merged;
  const Index row_step = job.positions.row_step, column_step = job.positions.column_step;
  const Index columns = job.positions.columns / side;
  const Index total = job.positions.rows / side * columns;
  const bool sums_inputs = job.output.weight_zero_point != nullptr;
  const Index layer_steps = vector::blocks_of(job.channels) * job.runs.total_steps();
  alignas(64) Accumulator sums[static_cast<std::size_t>(most_sums)];
  alignas(64) Accumulator ones[static_cast<std::size_t>(unit_channels)];
  Accumulator input_sums[static_cast<std::size_t>(most_rows)] = {};
  const std::uint8_t* x[static_cast<std::size_t>(most_rows)];
  Index row = 0, column = 0;
  for (Index done = 0; done < total; done += outputs) {
    for (Index i = 0; i < outputs; ++i) {
      const std::uint8_t* const corner = job.x + side * (row * row_step + column * column_step);
      for (Index part = 0; part < merged; ++part) {
        x[i * merged + part] = corner + part / side * row_step + part % side * column_step;
      }
      if (done + i + 1 < total && ++column == columns) {
        column = 0;
        ++row;
      }
    }
    kernel.accumulate(job.runs, job.plane, x, weights, weight_step, sums);
    if (sums_inputs) {  // the block of ones behind the last panel gives the sums of the inputs
      for (Index i = 0; i < kernel.rows; ++i) {
        accumulate<1, 1>(job.runs, job.plane, x + i, job.weights + layer_steps * vector::block_bytes,
                         vector::block_bytes, ones);
        input_sums[i] = ones[0];
      }
    }
    const Index count = std::min(total - done, outputs);
    finish<Policy>(Place<Code, Accumulator>{job, channel, units, count, merged, job.y + done * job.y_step}, sums,
                   input_sums);
  }
}

/// The units of a panel by tiles, the last of which may be smaller.
template <class Policy, class Tiles, class Code, class Accumulator>
void multiply_panel(const Job<Code, Accumulator>& job, const std::int8_t* weights, Index weight_step, Index channel,
                    Index units) {
  const bool single = job.positions.count() == 1;
  while (units > 0) {
    Index taken = 1;
    Kernel<Accumulator> kernel = kernel_of<Tiles, 1, Accumulator>(job.pools, single);
    if (Tiles::units >= 2 && units >= 2) {
      taken = 2;
      kernel = kernel_of<Tiles, std::min<Index>(2, Tiles::units), Accumulator>(job.pools, single);
    }
    if (units >= Tiles::units) {
      taken = Tiles::units;
      kernel = kernel_of<Tiles, Tiles::units, Accumulator>(job.pools, single);
    }
    multiply_rows<Policy, Tiles>(job, kernel, taken, weights, weight_step, channel);
    weights += taken * unit_bytes;
    channel += taken * unit_channels;
    units -= taken;
  }
}

/// All panels.
template <class Policy, class Tiles, class Code, class Accumulator>
void multiply_panels(const Job<Code, Accumulator>& job) {
  const Index blocks = vector::blocks_of(job.channels), steps = job.runs.total_steps();
  for (Index block = 0; block < blocks; block += vector::panel_blocks) {
    const Index width = std::min(blocks - block, vector::panel_blocks);
    multiply_panel<Policy, Tiles>(job, job.weights + block * steps * vector::block_bytes, width * vector::block_bytes,
                                  block * vector::block_channels, width * vector::block_channels / unit_channels);
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
