// SPDX-License-Identifier: MIT
/// @file
/// Everything a layer promises (layers/layer.hpp), tried out. For whoever writes one: no test framework is needed.
#pragma once

#include "qnn/testing/check_codes.hpp"
#include "qnn/testing/check_gradients.hpp"
#include "qnn/testing/check_join.hpp"
#include "qnn/testing/options.hpp"
#include "qnn/testing/report.hpp"

namespace qnn::testing {

/// Checks the float machine of `Layer` on inputs of shape `In`: backward against numerical derivatives of the inputs
/// and parameters; gradients are added, not assigned; a null dx is respected; nothing is written beside the buffers;
/// in-place layers give the same in place; an example gives the same alone and in a batch.
/// @tparam In  a Shape, or of a layer that joins branches `Inputs<Shape<...>, ...>`
template <class Layer, class In>
Report check_gradients(const LayerCheckOptions& options = {}) {
  Report report;
  if constexpr (StaticShape<In>) {
    GradientCheck<Layer, In>(report, options).run();
  } else {
    JoinCheck<Layer, In>(report, options).check_gradients();
  }
  return report;
}

/// Checks the integer machines of `Layer` at every precision of the list: parameters are rounded to the nearest code;
/// outputs are the float layer's within the rounding of their requantization, and without bias; an example gives the
/// same codes alone and in a batch. A join is given its inputs at different scales.
template <class Layer, class In, QuantizedPrecision... Ps>
Report check_codes(const LayerCheckOptions& options, Precisions<Ps...>) {
  Report report;
  if constexpr (StaticShape<In>) {
    (CodeCheck<Ps, Layer, In>(report, options).run(), ...);
  } else {
    (JoinCheck<Layer, In>(report, options).template check_codes<Ps>(), ...);
  }
  return report;
}

/// Both. The report is empty where the layer keeps its promises.
///
/// @code
///   const auto report = qnn::testing::check_layer<MyLayer, qnn::Shape<5, 7, 3>>();
///   std::cerr << report.text();
///   return report.passed() ? 0 : 1;
///
///   qnn::testing::check_layer<MySum, qnn::Inputs<qnn::Shape<4, 4, 2>, qnn::Shape<4, 4, 2>>>();  // joins two branches
/// @endcode
template <class Layer, class In, class List = UsualPrecisions>
Report check_layer(const LayerCheckOptions& options = {}) {
  Report report = check_gradients<Layer, In>(options);
  report += check_codes<Layer, In>(options, List{});
  return report;
}

}  // namespace qnn::testing
