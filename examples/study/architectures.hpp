// SPDX-License-Identifier: MIT
/// @file
/// The networks that are studied.
#pragma once

#include "qnn/models/baseline.hpp"

namespace study {

using GreyImage = qnn::Input<28, 28, 1>;
using ColourImage = qnn::Input<32, 32, 3>;

template <class Image>
using Mlp = qnn::BaselineMlp<Image>;
template <class Image>
using Cnn = qnn::BaselineCnn<Image, 10, qnn::Dropout<30>>;

}  // namespace study
