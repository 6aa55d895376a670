// SPDX-License-Identifier: MIT
// A layer where an option belongs.
// expect: options are Kernel, Stride, Dilation, Padding, Same, Valid, Groups, NoBias
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Convolution = qnn::Conv2d<8, qnn::Kernel<3>, qnn::ReLU>;
#else
using Convolution = qnn::Conv2d<8, qnn::Kernel<3>, qnn::Same>;
#endif

qnn::Network<qnn::Sequential<qnn::Input<5, 5, 4>, Convolution>, qnn::Float32> network;
