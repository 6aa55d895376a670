// SPDX-License-Identifier: MIT
// A window that does not fit, since its dilation spreads it over seven rows.
// expect: shape_mismatch<.*at_layer<1>.*Conv2d<8.*Shape<6, 6, 1>.*window_fits_the_padded_image
// max-lines-gcc: 12
// max-lines-clang: 20
// max-errors: 1
#include "qnn/inference.hpp"

using Convolution = qnn::Conv2d<8, qnn::Kernel<3>, qnn::Dilation<3>>;
#ifdef QNN_MUST_FAIL
using Image = qnn::Input<6, 6, 1>;
#else
using Image = qnn::Input<7, 7, 1>;
#endif

qnn::Network<qnn::Sequential<Image, Convolution, qnn::MaxPool2d<1>, qnn::Flatten, qnn::Dense<2>>, qnn::Int8<>> network;
