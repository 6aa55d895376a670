// SPDX-License-Identifier: MIT
// An image goes into a layer for sequences.
// expect: shape_mismatch<.*at_layer<1>.*Conv1d<8, .*Shape<28, 28, 1>.*input_is_sequence
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/qnn.hpp"

#ifdef QNN_MUST_FAIL
using Examples = qnn::Input<28, 28, 1>;
#else
using Examples = qnn::Input<28, 28>;
#endif

qnn::Network<qnn::Sequential<Examples, qnn::Conv1d<8, qnn::Kernel<3>>, qnn::ReLU, qnn::Flatten, qnn::Dense<10>>,
             qnn::Int8<>>
    network;
