// SPDX-License-Identifier: MIT
// A kernel is given to a pooling layer, whose window is its number.
// expect: options of a pooling layer are Stride, and one of Same, Valid, Padding
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Pool = qnn::MaxPool2d<2, qnn::Kernel<3>>;
#else
using Pool = qnn::MaxPool2d<2, qnn::Stride<3>>;
#endif

qnn::Network<qnn::Sequential<qnn::Input<5, 5, 4>, Pool>, qnn::Float32> network;
