// SPDX-License-Identifier: MIT
/// @file
/// Whether two precisions of one network decide alike.
#pragma once

#include "qnn/evaluation/predict.hpp"

#include <cstddef>

namespace qnn {

/// Part of the examples for which both networks name the same class, in [0, 1]. Unlike a difference of accuracies it
/// does not hide errors that cancel. @throws ArgumentError, NumericError as predict()
template <class Architecture, class P, class Q, ExampleSource S>
double agreement(const Network<Architecture, P>& one, const Network<Architecture, Q>& other, const S& examples,
                 int threads = 0) {
  using Out = typename Trace<Architecture>::output;
  const auto first = classes_of<Out>(predict(one, examples, threads));
  const auto second = classes_of<Out>(predict(other, examples, threads));
  Index same = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    same += first[i] == second[i] ? 1 : 0;
  }
  return static_cast<double>(same) / static_cast<double>(first.size());
}

}  // namespace qnn
