// SPDX-License-Identifier: MIT
/// @file
/// A tile of a product of float matrices. Included by product.inl.

/// sums = a b for `TileRows` rows, which begin `RowStep` floats apart, and `Units` units: one row after the other.
/// What comes after the sums is not part of this function, of which there are many.
template <Index TileRows, Index Units, Index RowStep>
QNN_NOINLINE void sum_up_tile(const Tile& tile, float* sums_to) {
  Sums<TileRows, Units> sums;
  QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
    QNN_UNROLL for (Index u = 0; u < Units; ++u) { sums.of[row][u] = zeros(); }
  }
  const float* b = tile.b;
  const Index a_step = tile.a_step;
  for (Index run = 0; run < tile.runs; ++run) {
    const float* a = tile.a + run * tile.a_run;
    for (Index step = 0; step < tile.run_length; ++step, a += a_step, b += panel) {
      Floats columns[static_cast<std::size_t>(Units)];
      QNN_UNROLL for (Index u = 0; u < Units; ++u) { columns[u] = load(b + u * unit); }
      QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
        const Floats x = splat(a + row * RowStep);
        QNN_UNROLL for (Index u = 0; u < Units; ++u) { sums.of[row][u] = multiply_add(x, columns[u], sums.of[row][u]); }
      }
    }
  }
  QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
    QNN_UNROLL for (Index u = 0; u < Units; ++u) { store(sums_to + (row * Units + u) * unit, sums.of[row][u]); }
  }
}

/// Rows of the largest tile that fits into `rows`.
constexpr Index rows_of_tile(Index rows) { return rows >= tile_rows ? tile_rows : rows >= 4 ? 4 : 1; }

/// Its kernel.
using SumUp = void (*)(const Tile&, float*);
template <Index Units, Index RowStep>
SumUp kernel_of(Index rows) {
  return rows == tile_rows ? sum_up_tile<tile_rows, Units, RowStep>
         : rows == 4       ? sum_up_tile<4, Units, RowStep>
                           : sum_up_tile<1, Units, RowStep>;
}

/// c = clamp(start + sums).
QNN_NOINLINE inline void finish_tile(const Tile& tile, Index rows, Index units, const float* sums) {
  const Floats low = splat(tile.clamp.lowest), high = splat(tile.clamp.highest);
  const float* start = tile.start;
  float* c = tile.c;
  const Index c_step = tile.c_step, start_step = tile.start_step;
  if (tile.columns == panel) {
    for (Index row = 0; row < rows; ++row, sums += panel, start += start_step, c += c_step) {
      store(c, clamp(add(load(sums), load(start)), low, high));
      store(c + unit, clamp(add(load(sums + unit), load(start + unit)), low, high));
    }
    return;
  }
  const Index whole = tile.columns / unit * unit, rest = tile.columns - whole;
  for (Index row = 0; row < rows; ++row, sums += units * unit, start += start_step, c += c_step) {
    if (whole > 0) {
      store(c, clamp(add(load(sums), load(start)), low, high));
    }
    if (rest > 0) {
      const Floats last = add(load(sums + whole), load_part(start + whole, rest));
      store_part(c + whole, clamp(last, low, high), rest);
    }
  }
}
