// SPDX-License-Identifier: MIT
/// @file
/// The whole networks that are measured.
#pragma once

#include "qnn/models/baseline.hpp"

namespace bench {

using Mlp = qnn::BaselineMlp<>;
using Cnn = qnn::BaselineCnn<>;

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
