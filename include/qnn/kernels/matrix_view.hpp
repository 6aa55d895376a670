// SPDX-License-Identifier: MIT
/// @file
/// A row-major matrix of which the size is known at run time.
#pragma once

#include "qnn/core/shape.hpp"

namespace qnn::kernels {

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

}  // namespace qnn::kernels
