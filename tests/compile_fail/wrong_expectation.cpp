// SPDX-License-Identifier: MIT
// The author believes in another shape.
// expect: shape_mismatch<.*at_layer<2>.*Expect<14, 14, 8>.*Shape<13, 13, 8>.*shape_is_as_expected
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

#ifdef QNN_MUST_FAIL
using Believed = qnn::Expect<14, 14, 8>;
#else
using Believed = qnn::Expect<13, 13, 8>;
#endif

qnn::Network<qnn::Sequential<qnn::Input<28, 28, 1>, qnn::Conv2d<8, qnn::Kernel<4>, qnn::Stride<2>>, Believed>,
             qnn::Float32>
    network;
