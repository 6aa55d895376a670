// SPDX-License-Identifier: MIT
// An option among the layers.
// expect: shape_mismatch<.*at_layer<1>.*Same.*Shape<4, 4, 1>.*is_a_layer
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Entry = qnn::Same;
#else
using Entry = qnn::ReLU;
#endif

qnn::Network<qnn::Sequential<qnn::Input<4, 4, 1>, Entry, qnn::Flatten, qnn::Dense<2>>, qnn::Float32> network;
