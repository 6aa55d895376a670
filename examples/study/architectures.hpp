// SPDX-License-Identifier: MIT
/// @file
/// The networks as types.
#pragma once

#include "qnn/qnn.hpp"

namespace study {

using GreyImage = qnn::Input<28, 28, 1>;
using ColourImage = qnn::Input<32, 32, 3>;

template <class Image>
using Mlp = qnn::Sequential<Image, qnn::Flatten,         //
                            qnn::Dense<128>, qnn::ReLU,  //
                            qnn::Dense<64>, qnn::ReLU,   //
                            qnn::Dense<10>>;

template <class Image>
using Cnn = qnn::Sequential<Image,                                                                     //
                            qnn::Conv2d<32, qnn::Kernel<3>, qnn::Same>, qnn::ReLU, qnn::MaxPool2d<2>,  //
                            qnn::Conv2d<64, qnn::Kernel<3>, qnn::Same>, qnn::ReLU, qnn::MaxPool2d<2>,  //
                            qnn::Flatten, qnn::Dense<128>, qnn::ReLU, qnn::Dropout<30>,                //
                            qnn::Dense<10>>;

}  // namespace study
