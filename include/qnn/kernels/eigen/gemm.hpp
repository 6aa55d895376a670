// SPDX-License-Identifier: MIT
/// @file
/// The float32 matrix products of the linear layers, through Eigen. All matrices are row-major.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/kernels/eigen/eigen.hpp"
#include "qnn/kernels/matrix_view.hpp"
#include "qnn/scheme/output_stage.hpp"

#include <algorithm>

namespace qnn::kernels::eigen {

namespace detail {

/// y += a b: a is (m, k), b (k, n), y (m, n) and row-major. `a` and `b` stand as their orders say, with `stride`
/// elements from one row (RowMajor) or column (ColMajor) to the next.
///
/// This and add_matrix_vector are the calls that Eigen's own BLAS is made of, with all sizes at run time. The same
/// products written as expressions compile to the same loops, but each kind of expression costs a compiler half a
/// second, in every program.
template <int OrderOfA, int OrderOfB>
void add_product(Index m, Index n, Index k, const float* a, Index stride_of_a, const float* b, Index stride_of_b,
                 float* y, Index stride_of_y) {
  using Eigen::Dynamic, Eigen::RowMajor;
  if (m == 0 || n == 0 || k == 0) {
    return;
  }
  Eigen::internal::gemm_blocking_space<RowMajor, float, float, Dynamic, Dynamic, Dynamic> blocking(m, n, k, 1, true);
  Eigen::internal::general_matrix_matrix_product<Index, float, OrderOfA, false, float, OrderOfB, false, RowMajor,
                                                 1>::run(m, n, k, a, stride_of_a, b, stride_of_b, y, 1, stride_of_y,
                                                         1.0f, blocking);
}

/// y += a x: a is (m, k), x has k elements, y has m, `step` apart.
template <int OrderOfA>
void add_matrix_vector(Index m, Index k, const float* a, Index stride_of_a, const float* x, float* y, Index step) {
  using Left = Eigen::internal::const_blas_data_mapper<float, Index, OrderOfA>;
  using Right = Eigen::internal::const_blas_data_mapper<float, Index, Eigen::ColMajor>;
  Eigen::internal::general_matrix_vector_product<Index, float, Left, OrderOfA, false, float, Right, false>::run(
      m, k, Left(a, stride_of_a), Right(x, 1), y, step, 1.0f);
}

inline void fill_with_zeros(MatrixView<float> y) {
  for (Index row = 0; row < y.rows; ++row) {
    std::fill_n(y.data + row * y.stride, y.columns, 0.0f);
  }
}

}  // namespace detail

/// y = x w^T: x is (m, k), w (n, k), y (m, n).
/// Works in tiles whose packed copies fit Eigen's limit for the stack (128 KiB), so that no heap is touched: the
/// forward pass of a network allocates nothing. O(m n k).
QNN_NOINLINE inline void multiply_transposed(MatrixView<const float> x, MatrixView<const float> w,
                                             MatrixView<float> y) {
  constexpr Index tile = 128, depth_tile = 256;
  static_assert(tile * depth_tile * Index{sizeof(float)} <= EIGEN_STACK_ALLOCATION_LIMIT);
  detail::fill_with_zeros(y);
  if (x.rows == 1) {
    detail::add_matrix_vector<Eigen::RowMajor>(w.rows, w.columns, w.data, w.stride, x.data, y.data, 1);
    return;
  }
  if (w.rows == 1) {
    detail::add_matrix_vector<Eigen::RowMajor>(x.rows, x.columns, x.data, x.stride, w.data, y.data, y.stride);
    return;
  }
  for (Index k = 0; k < x.columns; k += depth_tile) {
    const Index depth = std::min(depth_tile, x.columns - k);
    for (Index row = 0; row < x.rows; row += tile) {
      const Index rows = std::min(tile, x.rows - row);
      for (Index column = 0; column < w.rows; column += tile) {
        const Index columns = std::min(tile, w.rows - column);
        detail::add_product<Eigen::RowMajor, Eigen::ColMajor>(rows, columns, depth, x.data + row * x.stride + k,
                                                              x.stride, w.data + column * w.stride + k, w.stride,
                                                              y.data + row * y.stride + column, y.stride);
      }
    }
  }
}

/// y = x w: x is (m, n), w (n, k), y (m, k). The gradient that goes back through multiply_transposed. O(m n k).
QNN_NOINLINE inline void multiply(MatrixView<const float> x, MatrixView<const float> w, MatrixView<float> y) {
  detail::fill_with_zeros(y);
  if (x.rows == 1) {  // w, transposed, is column-major
    detail::add_matrix_vector<Eigen::ColMajor>(w.columns, w.rows, w.data, w.stride, x.data, y.data, 1);
  } else {
    detail::add_product<Eigen::RowMajor, Eigen::RowMajor>(x.rows, w.columns, w.rows, x.data, x.stride, w.data, w.stride,
                                                          y.data, y.stride);
  }
}

/// y += a^T b: a is (m, n), b (m, k), y (n, k). The gradient of the weights. O(m n k).
QNN_NOINLINE inline void add_transposed_product(MatrixView<const float> a, MatrixView<const float> b,
                                                MatrixView<float> y) {
  detail::add_product<Eigen::ColMajor, Eigen::RowMajor>(a.columns, b.columns, a.rows, a.data, a.stride, b.data,
                                                        b.stride, y.data, y.stride);
}

/// Adds `bias` to every row of y.
inline void add_to_rows(const float* bias, MatrixView<float> y) {
  for (Index row = 0; row < y.rows; ++row) {
    float* const target = y.data + row * y.stride;
    for (Index column = 0; column < y.columns; ++column) {
      target[column] += bias[column];
    }
  }
}

/// y = min(max(y, lowest), highest); a NaN passes on.
inline void clamp_rows(Clamp clamp, MatrixView<float> y) {
  if (clamp.lowest == Clamp{}.lowest && clamp.highest == Clamp{}.highest) {
    return;
  }
  for (Index row = 0; row < y.rows; ++row) {
    float* const target = y.data + row * y.stride;
    for (Index column = 0; column < y.columns; ++column) {
      const float raised = target[column] < clamp.lowest ? clamp.lowest : target[column];
      target[column] = raised > clamp.highest ? clamp.highest : raised;
    }
  }
}

/// sums += the sum of all rows of y: the gradient of a bias.
QNN_NOINLINE inline void add_row_sums(MatrixView<const float> y, float* sums) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Matrix, Eigen::Unaligned, Eigen::OuterStride<>> rows(y.data, y.rows, y.columns,
                                                                              Eigen::OuterStride<>(y.stride));
  Eigen::Map<Eigen::VectorXf>(sums, y.columns) += rows.colwise().sum().transpose();
}

}  // namespace qnn::kernels::eigen
