// SPDX-License-Identifier: MIT
/// @file
/// A tile of 8-bit products, from its inputs and weights to the codes that are stored. Included by linear.inl.

using vector::Job, vector::Output, vector::Runs;

inline constexpr Index unit_bytes = unit_channels * vector::step_bytes;  // of weights, in one step
inline constexpr Index input_step = input_bytes * vector::step_bytes;    // of 8-bit inputs, in one step

/// The sums of a tile, its weights for one step, and what there is of each row.
template <Index Rows, Index Units>
struct Tile {
  Sums of[static_cast<std::size_t>(Rows)][static_cast<std::size_t>(Units)];
};
template <Index Units>
struct WeightStep {
  Weights of[static_cast<std::size_t>(Units)];
};
template <Index Rows>
struct Pointers {
  const std::uint8_t* of[static_cast<std::size_t>(Rows)];
};
template <Index Rows>
struct InputSums {
  std::int32_t of[static_cast<std::size_t>(Rows)] = {};
};

/// sums[row][unit] = the products of `Rows` rows with `Units` units of weights.
/// Small tiles work on several steps at once: a sum that waits for itself leaves the multipliers idle.
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void accumulate(const Runs& runs, const Pointers<Rows>& x, const std::int8_t* weights,
                                  Index weight_step, Tile<Rows, Units>& sums) {
  constexpr Index ways = Rows * Units >= 8 ? 1 : 8 / (Rows * Units);
  Tile<Rows, Units> partial[static_cast<std::size_t>(ways)];
  QNN_UNROLL for (Index way = 0; way < ways; ++way) {
    QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
      QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { partial[way].of[row][unit] = no_sums(); }
    }
  }
  for (Index run_row = 0; run_row < runs.rows; ++run_row) {
    for (Index run_column = 0; run_column < runs.columns; ++run_column) {
      Index offset = run_row * runs.row_step + run_column * runs.column_step;
      Index step = 0;
      for (; step + ways <= runs.steps; step += ways) {
        QNN_UNROLL for (Index way = 0; way < ways; ++way) {
          WeightStep<Units> w;
          QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
            w.of[unit] = load_weights(weights + unit * unit_bytes);
          }
          QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
            const Inputs inputs = load_inputs(x.of[row] + offset);
            QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
              partial[way].of[row][unit] = add_products(partial[way].of[row][unit], inputs, w.of[unit]);
            }
          }
          weights += weight_step;
          offset += input_step;
        }
      }
      if constexpr (ways > 1) {
        for (; step < runs.steps; ++step) {
          QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
            const Inputs inputs = load_inputs(x.of[row] + offset);
            QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
              partial[0].of[row][unit] =
                  add_products(partial[0].of[row][unit], inputs, load_weights(weights + unit * unit_bytes));
            }
          }
          weights += weight_step;
          offset += input_step;
        }
      }
    }
  }
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      sums.of[row][unit] = partial[0].of[row][unit];
      QNN_UNROLL for (Index way = 1; way < ways; ++way) {
        sums.of[row][unit] = join(sums.of[row][unit], partial[way].of[row][unit]);
      }
    }
  }
}

#include "qnn/kernels/vector/multipliers.inl"

/// From the sums of a tile to its codes; every `Merged` rows become one, their largest.
/// @param channel the first of the tile  @param count outputs to store, at most Rows / Merged
template <class Policy, Index Merged, Index Rows, Index Units, class Code>
QNN_ALWAYS_INLINE void finish(const Tile<Rows, Units>& sums, const InputSums<Rows>& input_sums,
                              const Job<Code, std::int32_t>& job, Index channel, Code* y, Index count) {
  const Output<std::int32_t>& output = job.output;
  const Integers zero_point = splat(output.zero_point);
  const Integers lowest = splat(output.lowest - output.zero_point);
  const Integers highest = splat(output.highest - output.zero_point);
  QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
    const Index first = channel + unit * unit_channels;
    const Index stored = std::min(job.channels - first, unit_channels);
    if (stored <= 0) {
      break;
    }
    Multipliers<Policy> multipliers;
    multipliers.load_from(output.mantissa + first, output.exponent + first);
    const Integers bias = load(output.bias + first);
    QNN_UNROLL for (Index row = 0; row < Rows / Merged; ++row) {
      if (row < count) {
        Integers largest = bias;
        QNN_UNROLL for (Index merged = 0; merged < Merged; ++merged) {
          const Index source = row * Merged + merged;
          Integers sum = add(total(sums.of[source][unit]), bias);
          if (output.weight_zero_point != nullptr) {
            sum = subtract(sum, multiply(load(output.weight_zero_point + first), splat(input_sums.of[source])));
          }
          largest = merged == 0 ? sum : larger(largest, sum);
        }
        store(add(multipliers.apply(largest, lowest, highest), zero_point), y + row * job.y_step + first, stored);
      }
    }
  }
}

/// The sums of the inputs of each row: what the block of ones behind the last panel multiplies to.
template <Index Rows>
QNN_ALWAYS_INLINE void sum_inputs(const Runs& runs, const Pointers<Rows>& x, const std::int8_t* ones,
                                  InputSums<Rows>& input_sums) {
  Tile<Rows, 1> sums;
  accumulate<Rows, 1>(runs, x, ones, vector::block_bytes, sums);
  for (Index row = 0; row < Rows; ++row) {
    const Integers copies = total(sums.of[row][0]);
    std::memcpy(&input_sums.of[row], &copies, sizeof(std::int32_t));
  }
}

/// The tile of `Units` units from `channel`, whose weights start at `weights` and continue every `weight_step` bytes.
template <class Policy, Index Rows, Index Units, Index Merged, class Code>
QNN_NOINLINE void multiply_tile(const Job<Code, std::int32_t>& job, const Pointers<Rows>& x, const std::int8_t* weights,
                                Index weight_step, Index channel, Code* y, Index count) {
  InputSums<Rows> input_sums;
  if (job.output.weight_zero_point != nullptr) {
    const Index blocks = vector::blocks_of(job.channels);
    sum_inputs<Rows>(job.runs, x, job.weights + blocks * job.runs.total_steps() * vector::block_bytes, input_sums);
  }
  Tile<Rows, Units> sums;
  accumulate<Rows, Units>(job.runs, x, weights, weight_step, sums);
  finish<Policy, Merged, Rows, Units>(sums, input_sums, job, channel, y, count);
}
