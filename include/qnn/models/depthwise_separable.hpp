// SPDX-License-Identifier: MIT
/// @file
/// The block of MobileNets and DS-CNNs.
#pragma once

#include "qnn/layers.hpp"

namespace qnn {

/// A depthwise convolution of 3x3 and a convolution of 1x1 to `Channels`, each with bias, BatchNorm and ReLU: about an
/// eighth to a ninth of the operations of one convolution of 3x3. Source: Howard et al., "MobileNets", 2017, figure 3.
/// @tparam Step  stride of the depthwise convolution
template <Index Channels, Index Step = 1>
using DepthwiseSeparable = Sequential<DepthwiseConv2d<Kernel<3>, Stride<Step>, Same>, BatchNorm, ReLU,  //
                                      Conv2d<Channels, Kernel<1>>, BatchNorm, ReLU>;

}  // namespace qnn
