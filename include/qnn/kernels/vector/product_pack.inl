// SPDX-License-Identifier: MIT
/// @file
/// Matrices as tiles read them: copies in the order in which they are read. Included by product.inl.

/// `count` floats. Writes up to a unit beyond them.
inline void copy(const float* from, Index count, float* to) {
  for (; count >= unit; count -= unit, from += unit, to += unit) {
    store(to, load(from));
  }
  if (count > 0) {
    store(to, load_part(from, count));
  }
}

/// Elements [first, first + count) of rows, one row after the other from `first_row` on.
class RowReader {
 public:
  RowReader(const Rows& rows, Index first_row, Index first, Index count)
      : rows_(rows), row_(first_row / rows.columns), column_(first_row % rows.columns), count_(count) {
    const Index run = first / rows.run_length;
    down_ = run / rows.runs_across;
    across_ = run % rows.runs_across;
    offset_ = first % rows.run_length;
  }

  /// Whether the elements lie side by side.
  bool in_one_run() const { return offset_ + count_ <= rows_.run_length; }
  /// Where those of the next row are. @pre in_one_run()
  QNN_ALWAYS_INLINE const float* next() {
    return next_row() + down_ * rows_.run_row_step + across_ * rows_.run_step + offset_;
  }

  /// Copies those of the next row. Writes up to a unit beyond them.
  QNN_ALWAYS_INLINE void copy_next(float* to) {
    const float* const row = next_row();
    Index down = down_, across = across_, offset = offset_;
    for (Index left = count_; left > 0;) {
      const Index length = std::min(rows_.run_length - offset, left);
      copy(row + down * rows_.run_row_step + across * rows_.run_step + offset, length, to);
      to += length;
      left -= length;
      offset = 0;
      if (++across == rows_.runs_across) {
        across = 0;
        ++down;
      }
    }
  }

 private:
  QNN_ALWAYS_INLINE const float* next_row() {
    const float* const row = rows_.data + row_ * rows_.row_step + column_ * rows_.column_step;
    if (++column_ == rows_.columns) {
      column_ = 0;
      ++row_;
    }
    return row;
  }

  const Rows rows_;
  Index row_, column_, count_;
  Index down_, across_, offset_;
};

/// A block of the right matrix: rows [first, first + depth), columns [column, column + columns), panel after panel.
inline void pack_rows(const Rows& b, Index first, Index depth, Index column, Index columns, float* packed) {
  alignas(64) float line[static_cast<std::size_t>(128 + unit)];
  RowReader reader(b, first, column, columns);
  const bool in_place = reader.in_one_run();
  const Index whole = columns / panel * panel, rest = columns - whole;
  for (Index step = 0; step < depth; ++step, packed += panel) {
    const float* from = line;
    if (in_place) {
      from = reader.next();
    } else {
      reader.copy_next(line);
    }
    for (Index done = 0; done < whole; done += panel) {
      store(packed + done * depth, load(from + done));
      store(packed + done * depth + unit, load(from + done + unit));
    }
    if (rest >= unit) {
      store(packed + whole * depth, load(from + whole));
      store(packed + whole * depth + unit, load_part(from + whole + unit, rest - unit));
    } else if (rest > 0) {  // the second unit of the panel is not read
      store(packed + whole * depth, load_part(from + whole, rest));
    }
  }
}

/// The same of the transpose of plain rows.
inline void pack_columns(const Rows& b, Index first, Index depth, Index column, Index columns, float* packed) {
  for (Index done = 0; done < columns; done += unit) {
    float* const to = packed + done / panel * panel * depth + done % panel;
    const float* const from = b.data + (column + done) * b.row_step + first;
    const Index rows = std::min(columns - done, unit);
    Index step = 0;
    if (rows == unit) {
      for (; step + unit <= depth; step += unit) {
        transpose<panel>(from + step, b.row_step, to + step * panel);
      }
    }
    for (; step < depth; step += unit) {
      alignas(64) float part[static_cast<std::size_t>(unit * unit)], turned[static_cast<std::size_t>(unit * panel)];
      const Index count = std::min(depth - step, unit);
      for (Index row = 0; row < unit; ++row) {
        store(part + row * unit, row < rows ? load_part(from + row * b.row_step + step, count) : zeros());
      }
      transpose<panel>(part, unit, turned);
      for (Index i = 0; i < count; ++i) {
        store(to + (step + i) * panel, load(turned + i * panel));
      }
    }
  }
}

/// The rows of one tile, side by side.
inline void stage_rows(const Rows& a, Index first_row, Index rows, Index first, Index depth, float* staged) {
  RowReader reader(a, first_row, first, depth);
  for (Index row = 0; row < rows; ++row) {
    reader.copy_next(staged + row * staged_step);
  }
}

/// See vector/floats.hpp.
inline void add_rows(Isa, const float* values, Index length, Index first, Index count, const Rows& rows, float* to) {
  for (Index row = first; row < first + count; ++row) {
    float* const begin = to + (rows.row(row) - to);
    for (Index done = 0, run = 0; done < length; done += rows.run_length, ++run, values += rows.run_length) {
      float* const target = begin + run / rows.runs_across * rows.run_row_step + run % rows.runs_across * rows.run_step;
      Index i = 0;
      for (; i + unit <= rows.run_length; i += unit) {
        store(target + i, add(load(target + i), load(values + i)));
      }
      for (; i < rows.run_length; ++i) {
        target[i] += values[i];
      }
    }
  }
}
