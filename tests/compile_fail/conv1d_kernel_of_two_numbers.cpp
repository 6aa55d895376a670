// SPDX-License-Identifier: MIT
// A sequence has one axis.
// expect: Kernel, Stride, Dilation and Padding are one number each
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Convolution = qnn::Conv1d<8, qnn::Kernel<1, 3>>;
#else
using Convolution = qnn::Conv1d<8, qnn::Kernel<3>>;
#endif

qnn::Network<qnn::Sequential<qnn::Input<12, 4>, Convolution>, qnn::Float32> network;
