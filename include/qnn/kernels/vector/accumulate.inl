// SPDX-License-Identifier: MIT
/// @file
/// The sums of a tile of 8-bit products. Included by linear.inl.

using vector::Accumulate, vector::Job, vector::Operands, vector::Output, vector::Runs;

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

/// Adds one step of all products to a tile.
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void add_step(Tile<Rows, Units>& tile, const Pointers<Rows>& x, Index offset,
                                const std::int8_t* weights) {
  WeightStep<Units> w;
  QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { w.of[unit] = load_weights(weights + unit * unit_bytes); }
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    const Inputs inputs = load_inputs(x.of[row] + offset);
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      tile.of[row][unit] = add_products(tile.of[row][unit], inputs, w.of[unit]);
    }
  }
}

/// sums[row][unit][channel] = the bias and the products of `Rows` rows with `Units` units of weights. Where rows are
/// merged there are a quarter of the sums.
/// Small tiles work on several steps at once: a sum that waits for itself leaves the multipliers idle.
template <Index Rows, Index Units>
QNN_NOINLINE void accumulate(const Operands<std::int32_t>& operands, std::int32_t* sums) {
  constexpr Index registers = Rows * Units * (Index{sizeof(Sums)} / Index{sizeof(Integers)});
  constexpr Index ways = registers >= 8 ? 1 : 8 / registers;
  const Runs& runs = operands.runs;
  const Pointers<Rows> x = pointers<Rows>(operands.rows);
  const std::int8_t* weights = operands.weights;
  Tile<Rows, Units> partial[static_cast<std::size_t>(ways)];
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      partial[0].of[row][unit] = start(operands.bias + unit * unit_channels);
      QNN_UNROLL for (Index way = 1; way < ways; ++way) { partial[way].of[row][unit] = no_sums(); }
    }
  }
  for (Index run_row = 0; run_row < runs.rows; ++run_row) {
    for (Index run_column = 0; run_column < runs.columns; ++run_column) {
      Index offset = run_row * runs.row_step + run_column * runs.column_step;
      Index step = 0;
      for (; step + ways <= runs.steps; step += ways) {
        QNN_UNROLL for (Index way = 0; way < ways; ++way) {
          add_step(partial[way], x, offset, weights);
          weights += operands.weight_step;
          offset += input_step;
        }
      }
      if constexpr (ways > 1) {
        for (; step < runs.steps; ++step) {
          add_step(partial[0], x, offset, weights);
          weights += operands.weight_step;
          offset += input_step;
        }
      }
    }
  }
  Integers complete[static_cast<std::size_t>(Rows)][static_cast<std::size_t>(Units)];
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      Sums sum = partial[0].of[row][unit];
      QNN_UNROLL for (Index way = 1; way < ways; ++way) { sum = join(sum, partial[way].of[row][unit]); }
      complete[row][unit] = total(sum);
    }
  }
  if constexpr (Rows % 4 == 0) {
    if (operands.pools) {
      QNN_UNROLL for (Index row = 0; row < Rows / 4; ++row) {
        QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
          const Integers largest = larger(larger(complete[4 * row][unit], complete[4 * row + 1][unit]),
                                          larger(complete[4 * row + 2][unit], complete[4 * row + 3][unit]));
          std::memcpy(sums + (row * Units + unit) * unit_channels, &largest, sizeof largest);
        }
      }
      return;
    }
  }
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      std::memcpy(sums + (row * Units + unit) * unit_channels, &complete[row][unit], sizeof(Integers));
    }
  }
}

/// Tiles of 8-bit products.
struct ByteTiles {
  template <Index Rows, Index Units>
  static constexpr Accumulate<std::int32_t> sum = accumulate<Rows, Units>;
  static constexpr Index units = tile_units;
  static constexpr bool has_single_rows = true;
  static constexpr Index rows(Index of_units) { return tile_rows(of_units); }
  static constexpr Index pooled_rows(Index of_units) { return pooled_tile_rows(of_units); }
};
