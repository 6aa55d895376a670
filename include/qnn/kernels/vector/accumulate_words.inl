// SPDX-License-Identifier: MIT
/// @file
/// The sums of a tile of 16-bit products. Included by linear.inl.
///
/// A sum of products of 16-bit codes needs more than 32 bits. Instead of widening every product, the inputs are split
/// into x = 256 high + low when they are lowered: -128 <= high <= 127 and 0 <= low <= 255, so that sums of some hundred
/// products of each half fit in 32 bits, exactly. Twice as many multiplications, and no other work between them.

/// Steps of two codes before the sums of the low halves could overflow, and a few less: 2 * 255 * 2^15 * 128 < 2^31.
inline constexpr Index word_steps = 124;

/// Two sums of 32 bits for each of 64.
template <Index Rows, Index Units>
struct WordTile {
  Integers high[static_cast<std::size_t>(Rows)][static_cast<std::size_t>(Units)];
  Integers low[static_cast<std::size_t>(Rows)][static_cast<std::size_t>(Units)];
};
/// sums += 256 high + low, and both start again at 0.
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void flush(WordTile<Rows, Units>& tile, std::int64_t* sums) {
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      std::int64_t* const of_unit = sums + (row * Units + unit) * unit_channels;
      add_wide<8>(of_unit, tile.high[row][unit], tile.low[row][unit], of_unit);
      tile.high[row][unit] = tile.low[row][unit] = splat(0);
    }
  }
}
/// Each four rows to their largest sums, where the operands ask for it.
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void merge_rows(const Operands<std::int64_t>& operands, std::int64_t* sums) {
  constexpr Index row_sums = Units * unit_channels, lanes = Index{sizeof(Wide)} / Index{sizeof(std::int64_t)};
  if (!operands.pools) {
    return;
  }
  for (Index row = 0; row < Rows / 4; ++row) {
    for (Index i = 0; i < row_sums; i += lanes) {
      const std::int64_t* const from = sums + 4 * row * row_sums + i;
      Wide four[4];
      QNN_UNROLL for (Index k = 0; k < 4; ++k) { std::memcpy(&four[k], from + k * row_sums, sizeof(Wide)); }
      const Wide largest = larger_wide(larger_wide(four[0], four[1]), larger_wide(four[2], four[3]));
      std::memcpy(sums + row * row_sums + i, &largest, sizeof largest);
    }
  }
}

/// The same as for 8-bit products.
template <Index Rows, Index Units>
QNN_NOINLINE void accumulate(const Operands<std::int64_t>& operands, std::int64_t* sums) {
  const Runs& runs = operands.runs;
  const Index plane = operands.lowered->plane;
  const Pointers<Rows> x = pointers<Rows>(operands.rows);
  const std::int8_t* weights = operands.weights;
  for (Index row = 0; row < Rows; ++row) {
    std::copy_n(operands.bias, Units * unit_channels, sums + row * Units * unit_channels);
  }
  WordTile<Rows, Units> tile;
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { tile.high[row][unit] = tile.low[row][unit] = splat(0); }
  }
  const Index total = runs.total_steps();
  Index room = word_steps, done = 0;
  for (Index run_row = 0; run_row < runs.rows; ++run_row) {
    for (Index run_column = 0; run_column < runs.columns; ++run_column) {
      Index offset = run_row * runs.row_step + run_column * runs.column_step;
      for (Index step = 0; step < runs.steps;) {
        const Index stop = std::min(runs.steps, step + room);
        const Index first = step;
        room -= stop - first;
        for (; step < stop; ++step) {
          Integers w[static_cast<std::size_t>(Units)];
          QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { w[unit] = load_words(weights + unit * unit_bytes); }
          QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
            const Integers low = splat_words(x.of[row] + offset), high = splat_words(x.of[row] + plane + offset);
            QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
              tile.low[row][unit] = add_word_products(tile.low[row][unit], low, w[unit]);
              tile.high[row][unit] = add_word_products(tile.high[row][unit], high, w[unit]);
            }
          }
          weights += operands.weight_step;
          offset += vector::step_bytes;
        }
        done += stop - first;
        if (room == 0 || done == total) {
          flush(tile, sums);
          room = word_steps;
        }
      }
    }
  }
  merge_rows<Rows, Units>(operands, sums);
}

/// Tiles of 16-bit products, inputs in halves.
struct WordTiles {
  template <Index Rows, Index Units>
  static constexpr Accumulate<std::int64_t> sum = accumulate<Rows, Units>;
  static constexpr Index units = word_units;
  static constexpr bool has_single_rows = true;
  static constexpr Index rows(Index of_units) { return word_rows(of_units); }
  static constexpr Index pooled_rows(Index of_units) { return pooled_word_rows(of_units); }
};
/// The only ones in halves where Isa::has_whole_words: for jobs of one output.
struct SingleWordTiles : WordTiles {
  static constexpr Index rows(Index) { return 1; }
  static constexpr Index pooled_rows(Index) { return 1; }
};
