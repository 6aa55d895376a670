// SPDX-License-Identifier: MIT
/// @file
/// DS-CNN: spoken words from 49 frames of 10 cepstral coefficients. Outputs are logits.
///
/// The counts are asserted in tests/models/counts_test.cpp.
#pragma once

#include "qnn/models/depthwise_separable.hpp"

namespace qnn {

/// The small DS-CNN, the keyword spotter of MLPerf Tiny: a convolution of 10x4 to 64 channels, 4 depthwise separable
/// blocks on 25x5, global average, Dense; Dropout in training.
///
/// 24,908 parameters, statistics included, as Keras counts them; 2,656,768 multiply-accumulate operations an utterance.
/// Sources: Zhang, Suda, Lai, Chandra, "Hello edge: keyword spotting on microcontrollers", 2017;
/// https://github.com/mlcommons/tiny, benchmark/training/keyword_spotting/keras_model.py, whose pooling window of 24x5
/// leaves out the last of the 25 rows that are averaged here.
template <Index Classes = 12>
using DsCnnOf =
    Sequential<Input<49, 10, 1>, Conv2d<64, Kernel<10, 4>, Stride<2>, Same>, BatchNorm, ReLU, Dropout<20>,  //
               DepthwiseSeparable<64>, DepthwiseSeparable<64>, DepthwiseSeparable<64>,                      //
               DepthwiseSeparable<64>, Dropout<40>, GlobalAveragePool2d, Dense<Classes>>;
using DsCnn = DsCnnOf<>;

}  // namespace qnn
