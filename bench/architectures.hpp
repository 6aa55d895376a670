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

/// The image classifier of MLPerf Tiny (qnn/models/resnet.hpp) as it is deployed: normalizations are part of the
/// convolutions.
template <qnn::Index Channels, qnn::Index Step = 1, class Shortcut = qnn::Sequential<>>
using ResNetBlock =
    qnn::Sequential<qnn::Residual<qnn::Sequential<qnn::Conv2d<Channels, qnn::Kernel<3>, qnn::Stride<Step>, qnn::Same>,
                                                  qnn::ReLU, qnn::Conv2d<Channels, qnn::Kernel<3>, qnn::Same>>,
                                  Shortcut>,
                    qnn::ReLU>;
using ResNet8 = qnn::Sequential<qnn::Input<32, 32, 3>, qnn::Conv2d<16, qnn::Kernel<3>, qnn::Same>, qnn::ReLU,
                                ResNetBlock<16>, ResNetBlock<32, 2, qnn::Conv2d<32, qnn::Kernel<1>, qnn::Stride<2>>>,
                                ResNetBlock<64, 2, qnn::Conv2d<64, qnn::Kernel<1>, qnn::Stride<2>>>,
                                qnn::GlobalAveragePool2d, qnn::Dense<10>>;

}  // namespace bench
