// SPDX-License-Identifier: MIT
/// @file
/// Baselines for small images: what the precision study compares and the benchmarks measure. Outputs are logits.
///
/// The counts are asserted in tests/models/counts_test.cpp.
#pragma once

#include "qnn/layers.hpp"

namespace qnn {

/// A multilayer perceptron, 784-128-64-10 for the default image.
///
/// 109,386 parameters and 109,184 multiply-accumulate operations an image of 28x28x1; of 32x32x3: 402,250 and 402,048.
/// @tparam Image  an Input
template <class Image = Input<28, 28, 1>, Index Classes = 10>
using BaselineMlp = Sequential<Image, Flatten, Dense<128>, ReLU, Dense<64>, ReLU, Dense<Classes>>;

/// A convolutional network: two convolutions of 3x3 with 32 and 64 channels, each with ReLU and max pooling, then 128
/// features.
///
/// 421,642 parameters and 4,241,152 multiply-accumulate operations an image of 28x28x1; of 32x32x3: 545,098 and
/// 6,128,896.
/// @tparam Image           an Input
/// @tparam Regularization  layers between the features and the classes, such as Dropout<30>
template <class Image = Input<28, 28, 1>, Index Classes = 10, class... Regularization>
using BaselineCnn = Sequential<Image,                                            //
                               Conv2d<32, Kernel<3>, Same>, ReLU, MaxPool2d<2>,  //
                               Conv2d<64, Kernel<3>, Same>, ReLU, MaxPool2d<2>,  //
                               Flatten, Dense<128>, ReLU, Regularization..., Dense<Classes>>;

}  // namespace qnn
