// SPDX-License-Identifier: MIT
/// @file
/// The sums of a tile of 16-bit products by way of their high bytes. Included by linear.inl; used where
/// Isa::has_whole_words: four 8-bit products are as cheap there as two of 16 bits.
///
/// Beside S = sum x w, which needs more than 32 bits, stand two sums that do not:
///
///     L = S modulo 2^32              products of 16 bits, which wrap around
///     E = sum x_high w_high          products of 8 bits: x_high = floor(x / 256), w_high = min(round(w / 256), 127)
///
/// x w differs from 2^16 x_high w_high by 2^15 |w - 256 w_high| + 255 |w| at most. A span of steps ends before the sum
/// of these is 2^31 for any channel: packed.hpp finds out how long it may be, 128 products at least and some hundred
/// mostly. Over a span |S - 2^16 E| < 2^31, hence
///
///     S = 2^16 E + D,  where D is L - 2^16 E modulo 2^32, taken as a signed number
///
/// exactly. That is three multiplications where accumulate_words.inl has four, and two where weights are so small that
/// E may as well be 0. x86 multiplies x_high + 128; a span begins with -128 sum w_high.

/// Where a span begins, in runs and in the packed weights.
struct Span {
  Index run_row = 0, run_column = 0, step = 0;  ///< of high bytes, in the run
  const std::int8_t *weights, *high_bytes;
};

/// Calls body(offset of the run in the words, first step, count of steps) for each part of a run in a span, in steps of
/// high bytes; moves the span behind it.
template <class Body>
QNN_ALWAYS_INLINE void for_each_part(const Operands<std::int64_t>& operands, Span& span, Body&& body) {
  const Runs& runs = operands.runs;
  const Index run_steps = (runs.steps + 1) / 2;
  for (Index room = operands.span_steps; room > 0 && span.run_row < runs.rows;) {
    const Index count = std::min(run_steps - span.step, room);
    body(span.run_row * runs.row_step + span.run_column * runs.column_step, span.step, count);
    room -= count;
    span.step += count;
    if (span.step == run_steps) {
      span.step = 0;
      span.run_row += ++span.run_column == runs.columns ? 1 : 0;
      span.run_column = span.run_column == runs.columns ? 0 : span.run_column;
    }
  }
}

/// sums[row][unit][channel] = the registers of a tile.
template <Index Rows, Index Units>
QNN_ALWAYS_INLINE void store_tile(const Tile<Rows, Units>& tile, std::int32_t* sums) {
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
      std::memcpy(sums + (row * Units + unit) * unit_channels, &tile.of[row][unit], sizeof(Integers));
    }
  }
}

/// sums[row][unit][channel] = L. Returns the next span, but for its high bytes.
template <Index Rows, Index Units>
QNN_NOINLINE Span multiply_words(const Operands<std::int64_t>& operands, Span span, std::int32_t* sums) {
  const Pointers<Rows> x = pointers<Rows>(operands.rows);
  const std::int8_t* weights = span.weights;
  Tile<Rows, Units> tile;
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { tile.of[row][unit] = splat(0); }
  }
  for_each_part(operands, span, [&](Index run, Index first, Index count) {
    Index offset = run + 2 * first * vector::step_bytes;
    const Index steps = std::min(operands.runs.steps - 2 * first, 2 * count);
    for (Index step = 0; step < steps; ++step, offset += vector::step_bytes, weights += operands.weight_step) {
      WeightStep<Units> w;
      QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { w.of[unit] = load_words(weights + unit * unit_bytes); }
      QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
        const Integers two = splat_words(x.of[row] + offset);
        QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
          tile.of[row][unit] = add_word_products(tile.of[row][unit], two, w.of[unit]);
        }
      }
    }
  });
  store_tile(tile, sums);
  span.weights = weights;
  return span;
}

/// sums[row][unit][channel] = E. Returns where the high bytes of the next span begin.
template <Index Rows, Index Units>
QNN_NOINLINE const std::int8_t* multiply_high_bytes(const Operands<std::int64_t>& operands, Span span,
                                                    std::int32_t* sums) {
  const vector::Lowered& lowered = *operands.lowered;
  Pointers<Rows> x;  // one byte for each word
  QNN_UNROLL for (Index row = 0; row < Rows; ++row) {
    x.of[row] = lowered.data + lowered.plane + (operands.rows[row] - lowered.data) / 2;
  }
  const std::int8_t* high_bytes = span.high_bytes;
  Tile<Rows, Units> tile;
  QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
    const Sums of_span = start(reinterpret_cast<const std::int32_t*>(high_bytes + unit * unit_bytes));
    QNN_UNROLL for (Index row = 0; row < Rows; ++row) { tile.of[row][unit] = of_span; }
  }
  high_bytes += operands.weight_step;
  for_each_part(operands, span, [&](Index run, Index first, Index count) {
    Index offset = run / 2 + first * vector::step_bytes;
    for (Index step = 0; step < count; ++step, offset += vector::step_bytes, high_bytes += operands.weight_step) {
      add_step(tile, x, offset, high_bytes);  // the last may be half of a step: the other half meets weights of 0
    }
  });
  store_tile(tile, sums);
  return high_bytes;
}

/// The same as accumulate().
template <Index Rows, Index Units>
QNN_NOINLINE void accumulate_whole_words(const Operands<std::int64_t>& operands, std::int64_t* sums) {
  constexpr Index row_sums = Units * unit_channels, size = Rows * row_sums;
  alignas(64) std::int32_t low[static_cast<std::size_t>(size)], high[static_cast<std::size_t>(size)];
  const bool has_high_bytes = operands.high_bytes != nullptr;
  Span span{.weights = operands.weights, .high_bytes = operands.high_bytes};
  for (bool is_first = true; span.run_row < operands.runs.rows; is_first = false) {
    Span next = multiply_words<Rows, Units>(operands, span, low);
    if (has_high_bytes) {
      next.high_bytes = multiply_high_bytes<Rows, Units>(operands, span, high);
    }
    span = next;
    for (Index i = 0; i < size; i += unit_channels) {
      const Integers estimate = has_high_bytes ? load(high + i) : splat(0);
      add_wide<16>(is_first ? operands.bias + i % row_sums : sums + i, estimate,
                   subtract(load(low + i), shift_left(estimate, splat(16))), sums + i);
    }
  }
  merge_rows<Rows, Units>(operands, sums);
}

/// Tiles of 16-bit products, inputs whole.
struct WholeWordTiles : ByteTiles {
  template <Index Rows, Index Units>
  static constexpr Accumulate<std::int64_t> sum = accumulate_whole_words<Rows, Units>;
};
