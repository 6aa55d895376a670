// SPDX-License-Identifier: MIT
// The same mistake in an integer network.
// expect: shape_mismatch<.*at_layer<2>.*Dense<10>.*Shape<4, 4, 3>.*input_is_flat
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Architecture = qnn::Sequential<qnn::Input<4, 4, 3>, qnn::ReLU, qnn::Dense<10>>;
#else
using Architecture = qnn::Sequential<qnn::Input<4, 4, 3>, qnn::Flatten, qnn::Dense<10>>;
#endif

qnn::Network<Architecture, qnn::Int8<>> network;
