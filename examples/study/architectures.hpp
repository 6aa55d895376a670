// SPDX-License-Identifier: MIT
/// @file
/// The networks that are studied.
#pragma once

#include "qnn/models/baseline.hpp"
#include "qnn/models/resnet.hpp"
#include "qnn/training/optimizer.hpp"

#include <type_traits>

namespace study {

using GreyImage = qnn::Input<28, 28, 1>;
using ColourImage = qnn::Input<32, 32, 3>;

using GreyMlp = qnn::BaselineMlp<GreyImage>;
using GreyCnn = qnn::BaselineCnn<GreyImage, 10, qnn::Dropout<30>>;
using ColourMlp = qnn::BaselineMlp<ColourImage>;
using ColourCnn = qnn::BaselineCnn<ColourImage, 10, qnn::Dropout<30>>;
using ColourResNet8 = qnn::ResNet8;

/// What trains a network in float32: see examples::optimizer_of.
template <class Architecture>
using OptimizerOf = std::conditional_t<std::is_same_v<Architecture, ColourResNet8>, qnn::Sgd, qnn::AdamW>;

}  // namespace study
