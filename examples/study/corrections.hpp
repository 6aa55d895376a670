// SPDX-License-Identifier: MIT
/// @file
/// Corrections of the float network for one precision: its biases, or the rounding of its weights.
#pragma once

#include "integers.hpp"
#include "parts.hpp"

#include "qnn/quantization/correct_biases.hpp"
#include "qnn/quantization/learn_rounding.hpp"

namespace study {

template <class Architecture, class P>
FloatNetwork<Architecture> Corrections<Architecture, P>::correct_biases(const Ingredients<Architecture>& given) {
  return qnn::correct_biases<P>(given.network, given.ranges, given.calibration);
}

template <class Architecture, class P>
FloatNetwork<Architecture> Corrections<Architecture, P>::learn_rounding(const Ingredients<Architecture>& given,
                                                                        qnn::WeightRange weights) {
  return qnn::learn_rounding<P>(given.network, given.ranges, given.calibration,
                                {.iterations = given.options.quick ? 20 : 1000,
                                 .seed = given.options.seed,
                                 .quantization = {.weights = weights}});
}

}  // namespace study
