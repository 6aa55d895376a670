// SPDX-License-Identifier: MIT
// A depthwise convolution takes its groups from its input.
// expect: options are Kernel, Stride, Dilation, Padding, Same, Valid, Multiplier, NoBias
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Convolution = qnn::DepthwiseConv2d<qnn::Kernel<3>, qnn::Groups<4>>;
#else
using Convolution = qnn::DepthwiseConv2d<qnn::Kernel<3>, qnn::Multiplier<4>>;
#endif

qnn::Network<qnn::Sequential<qnn::Input<5, 5, 4>, Convolution>, qnn::Float32> network;
