// SPDX-License-Identifier: MIT
// An Input stands first and nowhere else.
// expect: shape_mismatch<.*at_layer<2>.*Input<3>.*Shape<3>.*is_a_layer
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Middle = qnn::Input<3>;
#else
using Middle = qnn::Expect<3>;
#endif

qnn::Network<qnn::Sequential<qnn::Input<3>, qnn::ReLU, Middle, qnn::Dense<2>>, qnn::Int8<>> network;
