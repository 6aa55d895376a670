// SPDX-License-Identifier: MIT
/// @file
/// The float32 matrix products of the linear layers: contract and dispatch. All matrices are row-major.
///
/// On x86 they are qnn's own, for the instruction set that isa::active() names (vector/product.inl); elsewhere, and
/// where `reference` or `portable` is asked for, they are Eigen's. The order of each sum depends on the shapes and the
/// instruction set alone. Nothing here allocates, but for the backward pass through Eigen.
#pragma once

#include "qnn/kernels/eigen/gemm.hpp"
#include "qnn/kernels/matrix_view.hpp"
#include "qnn/kernels/vector/floats.hpp"

namespace qnn::kernels {

/// y = clamp(x w^T + bias): x is (m, k), w (n, k), y (m, n), bias n numbers or null. O(m n k).
QNN_NOINLINE inline void multiply_transposed(MatrixView<const float> x, MatrixView<const float> w, const float* bias,
                                             Clamp clamp, MatrixView<float> y) {
  if (vector::has_float_kernels()) {
    return vector::multiply_active({.m = x.rows,
                                    .n = w.rows,
                                    .k = x.columns,
                                    .a = vector::rows_of(x),
                                    .b = vector::rows_of(w),
                                    .b_is_transposed = true,
                                    .c = y.data,
                                    .c_step = y.stride,
                                    .bias = bias,
                                    .clamp = clamp});
  }
  eigen::multiply_transposed(x, w, y);
  if (bias != nullptr) {
    eigen::add_to_rows(bias, y);
  }
  eigen::clamp_rows(clamp, y);
}

/// y = x w: x is (m, n), w (n, k), y (m, k). The gradient that goes back through multiply_transposed. O(m n k).
QNN_NOINLINE inline void multiply(MatrixView<const float> x, MatrixView<const float> w, MatrixView<float> y) {
  if (vector::has_float_kernels()) {
    return vector::multiply_active({.m = x.rows,
                                    .n = w.columns,
                                    .k = x.columns,
                                    .a = vector::rows_of(x),
                                    .b = vector::rows_of(w),
                                    .c = y.data,
                                    .c_step = y.stride});
  }
  eigen::multiply(x, w, y);
}

/// y += a^T b: a is (m, n), b (m, k), y (n, k). The gradient of the weights. O(m n k).
QNN_NOINLINE inline void add_transposed_product(MatrixView<const float> a, MatrixView<const float> b,
                                                MatrixView<float> y) {
  if (vector::has_float_kernels()) {
    return vector::multiply_active({.m = a.columns,
                                    .n = b.columns,
                                    .k = a.rows,
                                    .a = vector::rows_of(a),
                                    .b = vector::rows_of(b),
                                    .a_is_transposed = true,
                                    .c = y.data,
                                    .c_step = y.stride,
                                    .adds = true});
  }
  eigen::add_transposed_product(a, b, y);
}

using eigen::add_row_sums;

}  // namespace qnn::kernels
