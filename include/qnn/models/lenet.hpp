// SPDX-License-Identifier: MIT
/// @file
/// LeNet-5: digits of 28x28 pixels, 10 classes. Outputs are logits.
///
/// The counts are asserted in tests/models/counts_test.cpp.
#pragma once

#include "qnn/layers.hpp"

namespace qnn {

/// LeNet-5 in the form that is taught: two convolutions of 5x5 with tanh and average pooling, three dense layers.
///
/// 61,706 parameters; 416,520 multiply-accumulate operations an image. The original reads images of 32x32; the padding
/// of the first convolution makes them of 28x28. Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning
/// applied to document recognition", 1998, section II.B and figure 2, but for what frameworks have no layer for: C3
/// reads all six maps (there, table I chooses: 60,000 parameters), pooling has no weights, tanh is not stretched, and
/// classes are logits instead of distances to codes.
template <Index Classes = 10>
using LeNet5Of = Sequential<Input<28, 28, 1>,                                           //
                            Conv2d<6, Kernel<5>, Padding<2>>, Tanh, AveragePool2d<2>,   // C1, S2
                            Conv2d<16, Kernel<5>>, Tanh, AveragePool2d<2>,              // C3, S4
                            Flatten, Dense<120>, Tanh, Dense<84>, Tanh, Dense<Classes>  // C5, F6
                            >;
using LeNet5 = LeNet5Of<>;

}  // namespace qnn
