// SPDX-License-Identifier: MIT
/// @file
/// A tile of a product of float matrices. Included by product.inl.

/// Sums of a tile.
template <Index Rows, Index Units>
struct Sums {
  Floats of[static_cast<std::size_t>(Rows)][static_cast<std::size_t>(Units)];
};

/// c = start + a b for `TileRows` rows, which begin `RowStep` floats apart, and `Units` units.
template <Index TileRows, Index Units, Index RowStep>
QNN_NOINLINE void multiply_tile(const Tile& tile) {
  Sums<TileRows, Units> sums;
  QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
    QNN_UNROLL for (Index u = 0; u < Units; ++u) { sums.of[row][u] = zeros(); }
  }
  const float* b = tile.b;
  const Index a_step = tile.a_step, b_step = tile.b_step;
  for (Index run = 0; run < tile.runs; ++run) {
    const float* a = tile.a + run * tile.a_run;
    for (Index step = 0; step < tile.run_length; ++step, a += a_step, b += b_step) {
      Floats columns[static_cast<std::size_t>(Units)];
      QNN_UNROLL for (Index u = 0; u < Units; ++u) { columns[u] = load(b + u * unit); }
      QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
        const Floats x = splat(a + row * RowStep);
        QNN_UNROLL for (Index u = 0; u < Units; ++u) { sums.of[row][u] = multiply_add(x, columns[u], sums.of[row][u]); }
      }
    }
  }
  if (tile.columns == Units * unit) {
    QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
      QNN_UNROLL for (Index u = 0; u < Units; ++u) {
        store(tile.c + row * tile.c_step + u * unit,
              add(sums.of[row][u], load(tile.start + row * tile.start_step + u * unit)));
      }
    }
    return;
  }
  alignas(64) float complete[static_cast<std::size_t>(TileRows * Units * unit)];
  QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
    QNN_UNROLL for (Index u = 0; u < Units; ++u) { store(complete + (row * Units + u) * unit, sums.of[row][u]); }
  }
  for (Index row = 0; row < TileRows; ++row) {
    for (Index column = 0; column < tile.columns; ++column) {
      tile.c[row * tile.c_step + column] =
          complete[row * Units * unit + column] + tile.start[row * tile.start_step + column];
    }
  }
}

/// The tile of the most rows that fit into `rows`.
struct Kernel {
  Index rows;
  void (*multiply)(const Tile&);
};
template <Index Units, Index RowStep>
Kernel kernel_of(Index rows) {
  if (rows >= tile_rows) {
    return {tile_rows, multiply_tile<tile_rows, Units, RowStep>};
  }
  if (rows >= half_tile_rows) {
    return {half_tile_rows, multiply_tile<half_tile_rows, Units, RowStep>};
  }
  if (rows >= 4 && half_tile_rows > 4) {
    return {4, multiply_tile<4, Units, RowStep>};
  }
  if (rows >= 2) {
    return {2, multiply_tile<2, Units, RowStep>};
  }
  return {1, multiply_tile<1, Units, RowStep>};
}
