// SPDX-License-Identifier: MIT
/// @file
/// A product of float matrices as kernels for an instruction set see it: pointers and numbers, no types of networks.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/kernels/matrix_view.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/scheme/output_stage.hpp"

#include <algorithm>

namespace qnn::kernels::vector {

/// Rows of a matrix that need not lie side by side: the windows of a convolution are such rows. A row is made of runs
/// of `run_length` neighbouring floats.
///
///     row r begins at  data + (r / columns) row_step + (r % columns) column_step
///     run i of it at   (i / runs_across) run_row_step + (i % runs_across) run_step  behind that
struct Rows {
  const float* data;
  Index run_length;
  Index columns = 1, row_step = 0, column_step = 0;
  Index runs_across = 1, run_row_step = 0, run_step = 0;

  constexpr const float* row(Index r) const { return data + r / columns * row_step + r % columns * column_step; }
};

/// The rows of a matrix as it lies.
inline Rows rows_of(MatrixView<const float> matrix) {
  return {.data = matrix.data, .run_length = std::max<Index>(matrix.columns, 1), .row_step = matrix.stride};
}

/// c = clamp(start + a b): a is (m, k), b (k, n), c (m, n); b is packed once for all `images`.
struct Product {
  Index m, n, k;
  Rows a;  ///< m rows of k, or where it is transposed k plain rows of m
  Rows b;  ///< k rows of n, or where it is transposed n plain rows of k
  bool a_is_transposed = false, b_is_transposed = false;
  float* c = nullptr;
  Index c_step = 0;                               ///< from one row of c to the next
  const float* bias = nullptr;                    ///< n numbers that sums start from; null for zeros
  bool adds = false;                              ///< whether they start from c itself
  Clamp clamp{};                                  ///< of the complete sums
  Index images = 1, image_size = 0, c_image = 0;  ///< floats from one image to the next, in a and in c
  const PaddedImage* padding = nullptr;           ///< null where a is read where it lies; else each image ...
  const float* image = nullptr;                   ///< ... of these is padded
  float* padded = nullptr;                        ///< ... to where the rows of a are
};

/// What one tile works on: `columns` columns of c by as many rows as the tile has.
struct Tile {
  Index runs = 1, run_length = 0;  ///< the depth, in parts
  const float* a = nullptr;        ///< of the first row
  Index a_step = 1, a_run = 0;     ///< from one element of a run to the next, and from one run to the next
  const float* b = nullptr;        ///< of the panel
  float* c = nullptr;
  Index c_step = 0, columns = 0;
  const float* start = nullptr;  ///< what the sums are added to
  Index start_step = 0;
  Clamp clamp{};
};

/// Copies an image into the middle of its padding.
inline void pad_image(const float* image, const PaddedImage& padded, float* to) {
  const Index copied = std::min(padded.width, padded.columns - padded.left) * padded.channels;
  const Index row_size = padded.columns * padded.channels, before = padded.left * padded.channels;
  for (Index row = 0; row < padded.rows; ++row, to += row_size) {
    const Index source = row - padded.top;
    if (source < 0 || source >= padded.height || copied <= 0) {
      std::fill_n(to, row_size, 0.0f);
      continue;
    }
    std::fill_n(to, before, 0.0f);
    std::copy_n(image + source * padded.width * padded.channels, copied, to + before);
    std::fill_n(to + before + copied, row_size - before - copied, 0.0f);
  }
}

/// The image without its padding; 0 where no window reads it.
inline void crop_image(const float* from, const PaddedImage& padded, float* image) {
  const Index copied = std::max<Index>(std::min(padded.width, padded.columns - padded.left) * padded.channels, 0);
  const Index row_size = padded.width * padded.channels;
  for (Index row = 0; row < padded.height; ++row, image += row_size) {
    const Index source = row + padded.top;
    const Index count = source < padded.rows ? copied : 0;
    std::copy_n(from + (source * padded.columns + padded.left) * padded.channels, count, image);
    std::fill_n(image + count, row_size - count, 0.0f);
  }
}

}  // namespace qnn::kernels::vector
