// SPDX-License-Identifier: MIT
/// @file
/// The sums of a tile of 16-bit products by way of their high bytes. Included by linear.inl where four 8-bit products are as
/// cheap as two of 16 bits.
///
/// Beside S = sum x w, which needs more than 32 bits, stand two sums that do not:
///
///     L = S modulo 2^32                                                  products of 16 bits, which wrap around
///     E = sum x_high w_high,  x_high = floor(x / 256), w_high likewise   products of 8 bits
///
/// x w differs from 2^16 x_high w_high by 16,646,655 at most, so that for 128 products |S - 2^16 E| < 2^31. Hence
///
///     S = 2^16 E + D,  where D is L - 2^16 E modulo 2^32, taken as a signed number
///
/// exactly. That is three multiplications where accumulate_words.inl has four. x86 multiplies x_high + 128; a span of steps
/// begins with -128 sum w_high, and ends before the 129th product.

/// A span begins: the high bytes with what was packed for it, the words with 0.
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void start_span(WordTile<Rows, Units>& tile, const std::int8_t* high_bytes) {
  QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
    const Integers start = load_words(high_bytes + unit * unit_bytes);
    QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
      tile.high[row][unit] = start;
      tile.low[row][unit] = splat(0);
    }
  }
}
/// sums += 2^16 E + D
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void end_span(const WordTile<Rows, Units>& tile, std::int64_t* sums) {
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      const Integers high = tile.high[row][unit];
      add_wide<16>(sums + (row * Units + unit) * unit_channels, high,
                   subtract(tile.low[row][unit], shift_left(high, splat(16))));
    }
  }
}
/// Two products of each sum.
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void add_words(WordTile<Rows, Units>& tile, const Pointers<Rows>& x, Index offset,
                                 const std::int8_t* weights) {
  Integers w[static_cast<std::size_t>(Units)];
  QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { w[unit] = load_words(weights + unit * unit_bytes); }
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    const Integers two = splat_words(x.of[row] + offset);
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      tile.low[row][unit] = add_word_products(tile.low[row][unit], two, w[unit]);
    }
  }
}
/// The high bytes of four products.
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void add_high_bytes(WordTile<Rows, Units>& tile, const Pointers<Rows>& x, Index offset,
                                      const std::int8_t* high_bytes) {
  Weights w[static_cast<std::size_t>(Units)];
  QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { w[unit] = load_weights(high_bytes + unit * unit_bytes); }
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    const Inputs four = load_inputs(x.of[row] + offset);
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      tile.high[row][unit] = add_products(tile.high[row][unit], four, w[unit]);
    }
  }
}

/// The same as accumulate().
template <Index Rows, Index Units>
QNN_NOINLINE void accumulate_whole_words(const Operands<std::int64_t>& operands, std::int64_t* sums) {
  const Runs& runs = operands.runs;
  const vector::Lowered& lowered = *operands.lowered;
  const Pointers<Rows> x = pointers<Rows>(operands.rows);
  Pointers<Rows> x_high;  // of each two bytes of words, one stands there
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    x_high.of[row] = lowered.data + lowered.plane + (x.of[row] - lowered.data) / 2;
  }
  const std::int8_t *weights = operands.weights, *high_bytes = operands.high_bytes;
  start_with_bias<Rows, Units>(operands, sums);
  WordTile<Rows, Units> tile;
  start_span(tile, high_bytes);
  Index room = vector::span_steps;
  for (Index run_row = 0; run_row < runs.rows; ++run_row) {
    for (Index run_column = 0; run_column < runs.columns; ++run_column) {
      Index offset = run_row * runs.row_step + run_column * runs.column_step;
      for (Index left = runs.steps; left > 0;) {
        if (room == 0) {
          end_span(tile, sums);
          high_bytes += operands.weight_step;
          start_span(tile, high_bytes);
          room = vector::span_steps;
        }
        const Index pairs = std::min(left / 2, room);
        room -= pairs;
        left -= 2 * pairs;
        for (Index pair = 0; pair < pairs; ++pair, offset += 2 * vector::step_bytes) {
          add_words(tile, x, offset, weights);
          add_words(tile, x, offset + vector::step_bytes, weights + operands.weight_step);
          weights += 2 * operands.weight_step;
          high_bytes += operands.weight_step;
          add_high_bytes(tile, x_high, offset / 2, high_bytes);
        }
        if (left == 1 && room > 0) {  // the other half of the bytes meets weights of 0
          add_words(tile, x, offset, weights);
          weights += operands.weight_step;
          high_bytes += operands.weight_step;
          add_high_bytes(tile, x_high, offset / 2, high_bytes);
          --room;
          left = 0;
        }
      }
    }
  }
  end_span(tile, sums);
  merge_rows<Rows, Units>(operands, sums);
}

/// Tiles of 16-bit products, inputs whole.
struct WholeWordTiles : WordTiles {
  template <Index Rows, Index Units>
  static constexpr Accumulate<std::int64_t> sum = accumulate_whole_words<Rows, Units>;
};
