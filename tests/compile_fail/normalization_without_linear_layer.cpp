// SPDX-License-Identifier: MIT
// In integers there is no linear layer that could take the BatchNorm over.
// expect: missing_integer_form<.*at_layer<3>.*BatchNorm.*normalization_is_directly_behind_a_linear_layer
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/qnn.hpp"

#ifdef QNN_MUST_FAIL
using Architecture = qnn::Sequential<qnn::Input<8, 8, 1>, qnn::Conv2d<4, qnn::Kernel<3>>, qnn::ReLU, qnn::BatchNorm,
                                     qnn::Flatten, qnn::Dense<10>>;
#else
using Architecture = qnn::Sequential<qnn::Input<8, 8, 1>, qnn::Conv2d<4, qnn::Kernel<3>>, qnn::BatchNorm, qnn::ReLU,
                                     qnn::Flatten, qnn::Dense<10>>;
#endif

qnn::Network<Architecture, qnn::Float32> trained;  // in float it may stand anywhere
qnn::Network<Architecture, qnn::Int8<>> network;
