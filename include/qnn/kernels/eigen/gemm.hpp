// SPDX-License-Identifier: MIT
/// @file
/// The float32 matrix products of the linear layers, through Eigen. All matrices are row-major.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/kernels/eigen/eigen.hpp"

#include <algorithm>

namespace qnn::kernels::eigen {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::OuterStride<>;
using MatrixMap = Eigen::Map<Matrix, Eigen::Unaligned, Strided>;
using ConstMatrixMap = Eigen::Map<const Matrix, Eigen::Unaligned, Strided>;
using VectorMap = Eigen::Map<Eigen::VectorXf>;
using ConstVectorMap = Eigen::Map<const Eigen::VectorXf>;

/// A matrix of `rows` x `columns` whose rows start `stride` elements apart.
template <class T>
struct MatrixView {
  T* data;
  Index rows, columns, stride;
  MatrixView(T* first, Index row_count, Index column_count)
      : MatrixView(first, row_count, column_count, column_count) {}
  MatrixView(T* first, Index row_count, Index column_count, Index row_stride)
      : data(first), rows(row_count), columns(column_count), stride(row_stride) {}
};

inline MatrixMap map(MatrixView<float> m) { return {m.data, m.rows, m.columns, Strided(m.stride)}; }
inline ConstMatrixMap map(MatrixView<const float> m) { return {m.data, m.rows, m.columns, Strided(m.stride)}; }

/// y = x w^T: x is (m, k), w (n, k), y (m, n).
/// Works in tiles whose packed copies fit Eigen's limit for the stack (128 KiB), so that no heap is touched: the
/// forward pass of a network allocates nothing. O(m n k).
inline void multiply_transposed(MatrixView<const float> x, MatrixView<const float> w, MatrixView<float> y) {
  constexpr Index tile = 128, depth_tile = 256;
  static_assert(tile * depth_tile * Index{sizeof(float)} <= EIGEN_STACK_ALLOCATION_LIMIT);
  if (x.rows == 1) {
    VectorMap(y.data, y.columns).noalias() = map(w) * ConstVectorMap(x.data, x.columns);
    return;
  }
  for (Index k = 0; k < x.columns; k += depth_tile) {
    const Index depth = std::min(depth_tile, x.columns - k);
    for (Index row = 0; row < x.rows; row += tile) {
      const Index rows = std::min(tile, x.rows - row);
      for (Index column = 0; column < w.rows; column += tile) {
        const Index columns = std::min(tile, w.rows - column);
        auto target = map(y).block(row, column, rows, columns);
        const auto left = map(x).block(row, k, rows, depth);
        const auto right = map(w).block(column, k, columns, depth).transpose();
        if (k == 0) {
          target.noalias() = left * right;
        } else {
          target.noalias() += left * right;
        }
      }
    }
  }
}

/// y = x w: x is (m, n), w (n, k), y (m, k). The gradient that goes back through multiply_transposed. O(m n k).
inline void multiply(MatrixView<const float> x, MatrixView<const float> w, MatrixView<float> y) {
  map(y).noalias() = map(x) * map(w);
}

/// y += a^T b: a is (m, n), b (m, k), y (n, k). The gradient of the weights. O(m n k).
inline void add_transposed_product(MatrixView<const float> a, MatrixView<const float> b, MatrixView<float> y) {
  map(y).noalias() += map(a).transpose() * map(b);
}

/// Adds `bias` to every row of y.
inline void add_to_rows(const float* bias, MatrixView<float> y) {
  map(y).rowwise() += ConstVectorMap(bias, y.columns).transpose();
}

/// sums += the sum of all rows of y: the gradient of a bias.
inline void add_row_sums(MatrixView<const float> y, float* sums) {
  VectorMap(sums, y.columns) += map(y).colwise().sum().transpose();
}

}  // namespace qnn::kernels::eigen
