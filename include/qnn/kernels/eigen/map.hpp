// SPDX-License-Identifier: MIT
/// @file
/// Tensors seen as Eigen matrices and arrays, and back, without a copy.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/core/view.hpp"
#include "qnn/kernels/eigen/eigen.hpp"
#include "qnn/scheme/quant_tensor.hpp"

#include <span>
#include <type_traits>

namespace qnn {

/// A row-major matrix on somebody else's memory, const where T is.
template <class T>
using EigenMap = Eigen::Map<std::conditional_t<
    std::is_const_v<T>, const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>>;

/// The view as a matrix: the outermost extent counts rows, all others together columns. A flat view is one row.
template <class T, StaticShape S>
EigenMap<T> as_matrix(View<T, S> view) {
  constexpr Index rows = S::rank > 1 ? S::extents[0] : 1;
  return {view.data(), rows, S::size / rows};
}

/// The codes of a tensor as a matrix, with one row for each output channel.
template <CodeType Code, Scheme S, Granularity G, class Sh>
EigenMap<const Code> as_matrix(const QuantTensor<Code, S, G, Sh>& tensor) {
  const Index rows = tensor.extents().rank() > 1 ? tensor.extents()[0] : 1;
  return {tensor.codes().data(), rows, tensor.size() / rows};
}
template <CodeType Code, Scheme S, Granularity G, class Sh>
EigenMap<Code> as_matrix(QuantTensor<Code, S, G, Sh>& tensor) {
  const Index rows = tensor.extents().rank() > 1 ? tensor.extents()[0] : 1;
  return {tensor.codes().data(), rows, tensor.size() / rows};
}

/// A view on the memory of an Eigen matrix. @throws ArgumentError unless it holds exactly S::size elements, row-major
/// and without gaps
template <StaticShape S, class Derived>
auto as_view(Eigen::PlainObjectBase<Derived>& matrix) {
  static_assert(Derived::IsRowMajor || Derived::IsVectorAtCompileTime,
                "qnn::as_view: tensors are row-major; store the matrix with Eigen::RowMajor");
  if (matrix.size() != S::size) {
    raise(ArgumentError("as_view: elements", std::to_string(S::size), std::to_string(matrix.size())));
  }
  return View<typename Derived::Scalar, S>(matrix.data());
}

}  // namespace qnn
