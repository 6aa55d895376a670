// SPDX-License-Identifier: MIT
/// @file
/// From the float network to one precision, by any method.
#pragma once

#include "integers.hpp"
#include "measure.hpp"
#include "parts.hpp"

#include "qnn/quantization/quantize.hpp"

#include <memory>
#include <utility>

namespace study {

/// @pre the method is one for this precision: see is_learned_for
template <class Architecture, class P>
SubjectPointer<Architecture> Quantization<Architecture, P>::quantize(const Ingredients<Architecture>& given,
                                                                     const Method& method) {
  auto network = std::make_unique<qnn::Network<Architecture, P>>();
  if constexpr (is_learned_for<P>) {
    using Correct = Corrections<Architecture, P>;
    if (method.learning == Learning::network) {
      AwareTraining<Architecture, P>::train(*network, given);
    } else if (method.learning == Learning::rounding) {
      qnn::quantize_to(*network, Correct::learn_rounding(given, method.weights), given.ranges);
    } else if (method.learning == Learning::biases) {
      qnn::quantize_to(*network, Correct::correct_biases(given), given.ranges);
    }
  }
  if (method.learning == Learning::nothing) {
    qnn::quantize_to(*network, given.network, given.ranges, {.weights = method.weights});
  }
  auto subject = std::make_unique<SubjectAt<Architecture, P>>(std::move(network));
  subject->result.method = method.name;
  return subject;
}

}  // namespace study
