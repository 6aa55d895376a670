// SPDX-License-Identifier: MIT
// An architecture that does not say what it reads.
// expect: shape_mismatch<.*at_layer<0>.*Dense<10>.*is_a_layer
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Architecture = qnn::Sequential<qnn::Dense<10>, qnn::ReLU>;
#else
using Architecture = qnn::Sequential<qnn::Input<5>, qnn::Dense<10>, qnn::ReLU>;
#endif

qnn::Network<Architecture, qnn::Float32> network;
