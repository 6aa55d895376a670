// SPDX-License-Identifier: MIT
// The activation belongs to the stage of its linear layer; it has no precision of its own.
// expect: mixed_precision_mismatch<.*stages_that_quantize<1.*precisions_given<2.*one_precision_for_each_stage
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/qnn.hpp"

using Architecture = qnn::Sequential<qnn::Input<8>, qnn::Dense<10>, qnn::ReLU>;

#ifdef QNN_MUST_FAIL
using Precision = qnn::Mixed<qnn::W8A8<>, qnn::W4A8<>>;
#else
using Precision = qnn::Mixed<qnn::W8A8<>>;
#endif

qnn::Network<Architecture, Precision> network;

void use(const float* x, float* y) {
  static qnn::Arena<qnn::Network<Architecture, Precision>> arena;
  network.forward({x, 1}, {y, 1}, arena);
}
