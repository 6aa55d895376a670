// SPDX-License-Identifier: MIT
// Three groups of four channels.
// expect: shape_mismatch<.*at_layer<1>.*Groups<3>.*Shape<5, 5, 4>.*groups_divide_the_channels
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Convolution = qnn::Conv2d<6, qnn::Kernel<3>, qnn::Groups<3>>;
#else
using Convolution = qnn::Conv2d<6, qnn::Kernel<3>, qnn::Groups<2>>;
#endif

qnn::Network<qnn::Sequential<qnn::Input<5, 5, 4>, Convolution>, qnn::Float32> network;
