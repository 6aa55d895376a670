// SPDX-License-Identifier: MIT
/// @file
/// The sums of a tile of 8-bit products. Included by linear.inl.

using vector::Job, vector::Output, vector::Runs;

inline constexpr Index unit_bytes = unit_channels * vector::step_bytes;  // of weights, in one step
inline constexpr Index input_step = input_bytes * vector::step_bytes;    // of 8-bit inputs, in one step

/// The registers of a tile, and its weights for one step.
template <Index Rows, Index Units>
struct Tile {
  Sums of[static_cast<std::size_t>(Rows)][static_cast<std::size_t>(Units)];
};
template <Index Units>
struct WeightStep {
  Weights of[static_cast<std::size_t>(Units)];
};
/// Where the inputs of each row begin: a copy, so that the compiler knows that no store changes it.
template <Index Rows>
struct Pointers {
  const std::uint8_t* of[static_cast<std::size_t>(Rows)];
};
template <Index Rows>
QNN_ALWAYS_INLINE Pointers<Rows> pointers(const std::uint8_t* const* rows) {
  Pointers<Rows> copies;
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) { copies.of[row] = rows[row]; }
  return copies;
}

/// sums[row][unit][channel] = the products of `Rows` rows with `Units` units of weights, which continue every
/// `weight_step` bytes.
/// Small tiles work on several steps at once: a sum that waits for itself leaves the multipliers idle.
template <Index Rows, Index Units>
QNN_NOINLINE void accumulate(const Runs& runs, Index /*plane*/, const std::uint8_t* const* rows,
                             const std::int8_t* weights, Index weight_step, std::int32_t* sums) {
  const Pointers<Rows> x = pointers<Rows>(rows);
  constexpr Index registers = Rows * Units * (Index{sizeof(Sums)} / Index{sizeof(Integers)});
  constexpr Index ways = registers >= 8 ? 1 : 8 / registers;
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
      Sums sum = partial[0].of[row][unit];
      QNN_UNROLL for (Index way = 1; way < ways; ++way) { sum = join(sum, partial[way].of[row][unit]); }
      const Integers complete = total(sum);
      std::memcpy(sums + (row * Units + unit) * unit_channels, &complete, sizeof complete);
    }
  }
}

/// Tiles of 8-bit products.
struct ByteTiles {
  static constexpr Index units = tile_units;
  static constexpr Index rows(Index of_units) { return tile_rows(of_units); }
  static constexpr Index pooled_rows(Index of_units) { return pooled_tile_rows(of_units); }
};
