// SPDX-License-Identifier: MIT
/// @file
/// The loops of a linear layer, the same for every instruction set. Included once by each, inside its namespace and
/// with its instructions switched on, behind the operations on registers that they use.
///
/// A *unit* is as many channels as a register holds numbers of 32 bits. A *tile* is some rows (examples of a dense
/// layer, pixels of a convolution) times some units: its sums stay in registers until they are complete, then they are
/// finished while the cache has them. What knows the policy and what knows the size of the tile are separate functions:
/// a program compiles their sum, not their product. A tile that reaches beyond the last row repeats it.

#include "qnn/kernels/vector/accumulate.inl"
#include "qnn/kernels/vector/accumulate_words.inl"
#include "qnn/kernels/vector/multipliers.inl"

// Behind accumulate_words.inl, whose sums it extends.
#include "qnn/kernels/vector/accumulate_whole_words.inl"

// Behind the multipliers, which it uses.
#include "qnn/kernels/vector/finish.inl"

/// Rows of the largest tile, that of AMX.
inline constexpr Index most_rows = 32;
/// Sums that are finished together, as far as tiles are not larger.
inline constexpr Index sums_together = 1024;
/// Sums of the largest tile or, of 64 bits, for which AMX has none, those that are finished together.
template <class Accumulator>
inline constexpr Index most_sums = sizeof(Accumulator) == 4 ? 2 * sums_together : sums_together;

/// A function that sums up tiles of `rows` rows.
template <class Accumulator>
struct Kernel {
  Index rows;
  Accumulate<Accumulator> accumulate;
};

/// The kernels for tiles of some units: for most rows, for the last where they are few or for those that are pooled,
/// and for one.
template <class Accumulator>
struct Kernels {
  Index units;
  Kernel<Accumulator> most, few, one;
};
template <class Tiles, Index Units, class Accumulator>
constexpr Kernels<Accumulator> kernels_of() {
  constexpr Index rows = Tiles::rows(Units), few = Tiles::pooled_rows(Units);
  constexpr Index one = Tiles::has_single_rows ? 1 : few;
  static_assert(few <= rows && rows <= Tiles::rows(1) && rows <= most_rows &&
                rows * Units * unit_channels <= most_sums<Accumulator>);
  return {Units,
          {rows, Tiles::template sum<rows, Units>},
          {few, Tiles::template sum<few, Units>},
          {one, Tiles::template sum<one, Units>}};
}

/// The kernels for tiles of as many units as there are at most, of two and of one: numbers, so that what works with
/// them is compiled once.
template <class Accumulator>
struct TileKernels {
  Kernels<Accumulator> by_units[3];

  /// Those for the most units up to `units`.
  const Kernels<Accumulator>& up_to(Index units) const {
    return units >= by_units[0].units ? by_units[0] : units >= by_units[1].units ? by_units[1] : by_units[2];
  }
  const Kernels<Accumulator>& of_one_unit() const { return by_units[2]; }
};
template <class Tiles, class Accumulator>
inline constexpr TileKernels<Accumulator> tile_kernels{
    {kernels_of<Tiles, Tiles::units, Accumulator>(), kernels_of<Tiles, std::min<Index>(2, Tiles::units), Accumulator>(),
     kernels_of<Tiles, 1, Accumulator>()}};

/// Walks over the outputs of a job, in the order of memory.
template <class Code, class Accumulator>
struct Walk {
  const Job<Code, Accumulator>& job;
  Index side, rows, columns, row = 0, column = 0;

  explicit Walk(const Job<Code, Accumulator>& of)
      : job(of), side(of.pools ? 2 : 1), rows(of.positions.rows / side), columns(of.positions.columns / side) {}

  /// The windows of the next outputs; the last output repeats itself.
  void take(const std::uint8_t** windows, Index outputs) {
    while (outputs > 0) {
      const Index count = std::min(outputs, columns - column);
      put(windows, count);
      windows += count * side * side;
      outputs -= count;
      column += count;
      if (column == columns) {
        const bool is_last = row + 1 == rows;
        column = is_last ? columns - 1 : 0;
        row += is_last ? 0 : 1;
      }
    }
  }

 private:
  /// Those of some neighbours in a row.
  void put(const std::uint8_t** windows, Index count) const {
    const Index row_step = job.positions.row_step, column_step = job.positions.column_step;
    const std::uint8_t* window = job.x + side * (row * row_step + column * column_step);
    if (!job.pools) {
      for (Index i = 0; i < count; ++i, window += column_step) {
        windows[i] = window;
      }
      return;
    }
    for (Index i = 0; i < count; ++i, window += 2 * column_step, windows += 4) {
      windows[0] = window;
      windows[1] = window + column_step;
      windows[2] = window + row_step;
      windows[3] = window + row_step + column_step;
    }
  }
};

/// The sums of the inputs of each row: the products with the block of ones. For weights with a zero point.
template <class Accumulator>
struct InputSums {
  Accumulator of_rows[static_cast<std::size_t>(most_sums<Accumulator> / unit_channels)];

  /// Those of the rows of a tile, from row `first` on, by kernels for one unit.
  template <class Code>
  void add(const Job<Code, Accumulator>& job, const Kernels<Accumulator>& kernels, const std::uint8_t** x, Index rows,
           Index first) {
    alignas(64) static constexpr Accumulator no_bias[static_cast<std::size_t>(unit_channels)] = {};
    alignas(64) Accumulator sums[static_cast<std::size_t>(most_rows * unit_channels)];
    const Kernel<Accumulator>& kernel = rows <= kernels.one.rows   ? kernels.one
                                        : rows <= kernels.few.rows ? kernels.few
                                                                   : kernels.most;
    std::fill(x + rows, x + kernel.rows, x[0]);
    // Products with ones need no high bytes: words alone are exact over any span (packed.hpp: WordError).
    kernel.accumulate(
        {job.runs, x, job.ones, vector::block_bytes, no_bias, false, &job.lowered, nullptr, job.span_steps}, sums);
    for (Index row = 0; row < rows; ++row) {
      of_rows[first + row] = sums[row * unit_channels];
    }
  }
};

/// A function that turns the sums of a tile to codes.
template <class Code, class Accumulator>
using Finish = void (*)(const Place<Code, Accumulator>&, const Accumulator*);

/// Some units of weights.
struct Units {
  const std::int8_t *weights, *high_bytes;
  Index weight_step;     ///< bytes from one step to the next, of both
  Index channel, count;  ///< the first channel, and how many units

  void skip(Index units) {
    weights += units * unit_bytes;
    high_bytes += high_bytes == nullptr ? 0 : units * unit_bytes;
    channel += units * unit_channels;
    count -= units;
  }
};

/// All rows, a tile at a time, for the first units. Sums of some tiles are finished together: a short loop waits for
/// itself.
template <class Code, class Accumulator>
void multiply_rows(const Job<Code, Accumulator>& job, Finish<Code, Accumulator> finish,
                   const TileKernels<Accumulator>& tiles, const Units& units) {
  alignas(64) Accumulator sums[static_cast<std::size_t>(most_sums<Accumulator>)];
  const std::uint8_t* x[static_cast<std::size_t>(most_rows)];
  InputSums<Accumulator> input_sums;
  Walk<Code, Accumulator> walk(job);
  const Kernels<Accumulator>& kernels = tiles.up_to(units.count);
  const Index total = walk.rows * walk.columns, merged = job.pools ? 4 : 1, row_sums = kernels.units * unit_channels;
  const bool has_zero_points = job.output.weight_zero_point != nullptr, is_single = job.positions.count() == 1;
  const Kernel<Accumulator>& last = is_single ? kernels.one : kernels.few;
  const Kernel<Accumulator>& main = is_single ? kernels.one : job.pools ? kernels.few : kernels.most;
  for (Index done = 0; done < total;) {
    Index count = 0;  // rows of sums
    do {
      const Kernel<Accumulator>& kernel = (total - done - count) * merged <= last.rows ? last : main;
      const Index outputs = kernel.rows / merged;
      walk.take(x, outputs);
      kernel.accumulate({job.runs, x, units.weights, units.weight_step, job.bias() + units.channel, job.pools,
                         &job.lowered, units.high_bytes, job.span_steps},
                        sums + count * row_sums);
      if (has_zero_points) {
        input_sums.add(job, tiles.of_one_unit(), x, kernel.rows, count);
      }
      count = std::min(total - done, count + outputs);
    } while (done + count < total && (count + main.rows) * row_sums <= sums_together);
    finish(Place<Code, Accumulator>{job, units.channel, kernels.units, count,
                                    has_zero_points ? input_sums.of_rows : nullptr, job.y + done * job.y_step},
           sums);
    done += count;
  }
}

/// All panels, by tiles, the last of which may be smaller.
template <class Code, class Accumulator>
QNN_NOINLINE void multiply_panels(const Job<Code, Accumulator>& job, Finish<Code, Accumulator> finish,
                                  const TileKernels<Accumulator>& tiles) {
  const Index blocks = vector::blocks_of(job.channels);
  for (Index block = 0; block < blocks; block += job.panel_blocks) {
    const Index width = std::min(blocks - block, job.panel_blocks);
    Units units{job.weights_from(block), job.high_bytes_from(block), width * vector::block_bytes,
                block * vector::block_channels, width * vector::block_channels / unit_channels};
    while (units.count > 0) {
      multiply_rows(job, finish, tiles, units);
      units.skip(tiles.up_to(units.count).units);
    }
  }
}

/// The same with a kind of tiles.
template <class Tiles, class Code, class Accumulator>
void multiply_with(const Job<Code, Accumulator>& job, Finish<Code, Accumulator> finish) {
  multiply_panels(job, finish, tile_kernels<Tiles, Accumulator>);
}

/// Runs a job of 8-bit codes.
template <class Policy, class Code>
void run(Isa, const Job<Code, std::int32_t>& job) {
  if constexpr (!std::same_as<SevenBitTiles, ByteTiles>) {
    if (job.lowered.form == vector::Form::seven_bit) {
      return multiply_with<SevenBitTiles>(job, finish<Policy, Code>);
    }
  }
  QNN_EXPECTS(job.lowered.form != vector::Form::plain, "codes as they are, for instructions that want their offset");
  multiply_with<ByteTiles>(job, finish<Policy, Code>);
}

/// Runs a job of 16-bit codes.
template <class Policy, class Code>
void run(Isa, const Job<Code, std::int64_t>& job) {
  if constexpr (Isa::has_whole_words) {
    if (job.lowered.form == vector::Form::words) {
      return multiply_with<WholeWordTiles>(job, finish<Policy, Code>);
    }
    QNN_EXPECTS(job.positions.count() == 1, "several outputs in halves, where whole words are faster");
    multiply_with<SingleWordTiles>(job, finish<Policy, Code>);
  } else {
    multiply_with<WordTiles>(job, finish<Policy, Code>);
  }
}

#include "qnn/kernels/vector/add_codes.inl"
#include "qnn/kernels/vector/depthwise.inl"
#include "qnn/kernels/vector/depthwise_words.inl"
#include "qnn/kernels/vector/look_up.inl"
#include "qnn/kernels/vector/lowering.inl"
#include "qnn/kernels/vector/pool.inl"
#include "qnn/kernels/vector/quantize.inl"
