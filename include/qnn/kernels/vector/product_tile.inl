// SPDX-License-Identifier: MIT
/// @file
/// A tile of a product of float matrices. Included by product.inl.

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
  const Floats low = splat(tile.clamp.lowest), high = splat(tile.clamp.highest);
  if (tile.columns == Units * unit) {
    QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
      QNN_UNROLL for (Index u = 0; u < Units; ++u) {
        const Floats complete = add(sums.of[row][u], load(tile.start + row * tile.start_step + u * unit));
        store(tile.c + row * tile.c_step + u * unit, clamp(complete, low, high));
      }
    }
    return;
  }
  const Index whole = tile.columns > unit ? 1 : 0, rest = tile.columns - whole * unit;
  alignas(64) float complete[static_cast<std::size_t>(TileRows * Units * unit)];
  QNN_UNROLL for (Index row = 0; row < TileRows; ++row) {
    QNN_UNROLL for (Index u = 0; u < Units; ++u) { store(complete + (row * Units + u) * unit, sums.of[row][u]); }
  }
  for (Index row = 0; row < TileRows; ++row) {
    const float* const start = tile.start + row * tile.start_step;
    float* const c = tile.c + row * tile.c_step;
    if (whole > 0) {
      store(c, clamp(add(load(complete + row * Units * unit), load(start)), low, high));
    }
    const Floats last = load(complete + (row * Units + whole) * unit);
    store_part(c + whole * unit, clamp(add(last, load_part(start + whole * unit, rest)), low, high), rest);
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
