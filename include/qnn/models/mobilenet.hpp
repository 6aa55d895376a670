// SPDX-License-Identifier: MIT
/// @file
/// MobileNetV1 for a microcontroller: 96x96 colour images, is there a person or not. Outputs are logits.
///
/// The counts are asserted in tests/models/counts_test.cpp.
#pragma once

#include "qnn/models/depthwise_separable.hpp"

namespace qnn {

/// MobileNetV1 with a quarter of the channels, the visual wake words network of MLPerf Tiny: a convolution, 13
/// depthwise separable blocks from 8 to 256 channels, global average, Dense.
///
/// 221,794 parameters, statistics included, as Keras counts them (convolutions have biases); 7,489,664
/// multiply-accumulate operations an image. Sources: Howard et al., "MobileNets", 2017, table 1 (there with ReLU6);
/// https://github.com/mlcommons/tiny, benchmark/training/visual_wake_words/vww_model.py.
template <Index Classes = 2>
using MobileNetOf = Sequential<Input<96, 96, 3>, Conv2d<8, Kernel<3>, Stride<2>, Same>, BatchNorm, ReLU,  //
                               DepthwiseSeparable<16>,                                                    // 48x48
                               DepthwiseSeparable<32, 2>, DepthwiseSeparable<32>,                         // 24x24
                               DepthwiseSeparable<64, 2>, DepthwiseSeparable<64>,                         // 12x12
                               DepthwiseSeparable<128, 2>, DepthwiseSeparable<128>, DepthwiseSeparable<128>,
                               DepthwiseSeparable<128>,                              // 6x6
                               DepthwiseSeparable<128>, DepthwiseSeparable<128>,     //
                               DepthwiseSeparable<256, 2>, DepthwiseSeparable<256>,  // 3x3
                               GlobalAveragePool2d, Dense<Classes>>;
using MobileNet = MobileNetOf<>;

}  // namespace qnn
