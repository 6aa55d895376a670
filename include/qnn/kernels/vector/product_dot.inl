// SPDX-License-Identifier: MIT
/// @file
/// Products with few rows on the left and a transposed right matrix: its rows are read where they lie, since to pack
/// them would take longer than the product. Included by product.inl.

/// c = start + a b for `Left` rows of a, beginning with `row`. `Right` rows of the transposed b are read at once; at
/// the end the last of them repeats.
template <Index Left, Index Right>
QNN_NOINLINE void multiply_dots(const Product& product, Index row) {
  constexpr Index sum_count = Left * Right;
  static_assert(sum_count % 8 == 0);
  const Index k = product.k, whole = k / unit * unit;
  const float* x[static_cast<std::size_t>(Left)];
  QNN_UNROLL for (Index i = 0; i < Left; ++i) { x[i] = product.a.data + (row + i) * product.a.row_step; }
  for (Index column = 0; column < product.n; column += Right) {
    const float* w[static_cast<std::size_t>(Right)];
    QNN_UNROLL for (Index j = 0; j < Right; ++j) {
      w[j] = product.b.data + std::min(column + j, product.n - 1) * product.b.row_step;
    }
    Sums<Left, Right> sums;
    QNN_UNROLL for (Index i = 0; i < Left; ++i) {
      QNN_UNROLL for (Index j = 0; j < Right; ++j) { sums.of[i][j] = zeros(); }
    }
    for (Index step = 0; step < whole; step += unit) {
      Floats left[static_cast<std::size_t>(Left)];
      QNN_UNROLL for (Index i = 0; i < Left; ++i) { left[i] = load(x[i] + step); }
      QNN_UNROLL for (Index j = 0; j < Right; ++j) {
        const Floats right = load(w[j] + step);
        QNN_UNROLL for (Index i = 0; i < Left; ++i) { sums.of[i][j] = multiply_add(left[i], right, sums.of[i][j]); }
      }
    }
    if (whole < k) {
      Floats left[static_cast<std::size_t>(Left)];
      QNN_UNROLL for (Index i = 0; i < Left; ++i) { left[i] = load_part(x[i] + whole, k - whole); }
      QNN_UNROLL for (Index j = 0; j < Right; ++j) {
        const Floats right = load_part(w[j] + whole, k - whole);
        QNN_UNROLL for (Index i = 0; i < Left; ++i) { sums.of[i][j] = multiply_add(left[i], right, sums.of[i][j]); }
      }
    }
    alignas(64) float totals[static_cast<std::size_t>(sum_count)];
    QNN_UNROLL for (Index eight = 0; eight < sum_count / 8; ++eight) {
      total_of_eight(&sums.of[0][0] + 8 * eight, totals + 8 * eight);
    }
    for (Index i = 0; i < Left; ++i) {
      for (Index j = 0; j < std::min(Right, product.n - column); ++j) {
        const float start = product.bias == nullptr ? 0.0f : product.bias[column + j];
        const float sum = totals[i * Right + j] + start;
        const float raised = sum < product.clamp.lowest ? product.clamp.lowest : sum;  // a NaN passes on
        product.c[(row + i) * product.c_step + column + j] =
            raised > product.clamp.highest ? product.clamp.highest : raised;
      }
    }
  }
}

/// Rows of a up to which this is faster than tiles.
inline constexpr Index most_dot_rows = 8;

/// Whether multiply_all_dots computes `product`.
inline bool has_dots(const Product& product) {
  return product.b_is_transposed && !product.a_is_transposed && !product.adds && product.m <= most_dot_rows &&
         product.images == 1 && product.padding == nullptr && product.a.columns == 1 &&
         product.a.run_length >= product.k;
}

inline void multiply_all_dots(const Product& product) {
  Index row = 0;
  for (; row + 4 <= product.m; row += 4) {
    multiply_dots<4, dot_columns>(product, row);
  }
  for (; row < product.m; ++row) {
    multiply_dots<1, 8>(product, row);
  }
}
