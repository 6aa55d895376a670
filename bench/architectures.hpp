// SPDX-License-Identifier: MIT
/// @file
/// The whole networks that are measured.
#pragma once

#include "qnn/qnn.hpp"

namespace bench {

/// 784-128-64-10.
using Mlp = qnn::Sequential<qnn::Input<28, 28, 1>, qnn::Flatten, qnn::Dense<128>, qnn::ReLU, qnn::Dense<64>, qnn::ReLU,
                            qnn::Dense<10>>;

using Cnn = qnn::Sequential<qnn::Input<28, 28, 1>,                                                     //
                            qnn::Conv2d<32, qnn::Kernel<3>, qnn::Same>, qnn::ReLU, qnn::MaxPool2d<2>,  //
                            qnn::Conv2d<64, qnn::Kernel<3>, qnn::Same>, qnn::ReLU, qnn::MaxPool2d<2>,  //
                            qnn::Flatten, qnn::Dense<128>, qnn::ReLU, qnn::Dense<10>>;

}  // namespace bench
