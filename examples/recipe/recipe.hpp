// SPDX-License-Identifier: MIT
/// @file
/// How an example's network is trained, as plain numbers. What makes options of qnn::train of them is training.hpp.
#pragma once

#include "qnn/core/shape.hpp"

namespace examples {

using qnn::Index;

/// Random changes of training images.
struct Distortion {
  Index shift = 0;       ///< up to so many pixels in each direction
  float background = 0;  ///< what comes in from outside
  bool flips = false;    ///< every other image mirrored, left to right
  double turn = 0;       ///< up to so many degrees either way
  double zoom = 0;       ///< larger or smaller by up to this part

  bool operator==(const Distortion&) const = default;
};

struct Recipe {
  int epochs = 10;
  Index batch = 64;
  double learning_rate = 2e-3;  ///< the peak of the one-cycle schedule
  double weight_decay = 0.01;
  double validation = 0.1;  ///< part of the training images held out
  double average = 0;       ///< decay of the moving average of the parameters; 0: none
  double label_smoothing = 0;
  Distortion distortion = {};
};

/// Residual networks on CIFAR-10, with SGD.
inline constexpr Recipe residual_recipe{.epochs = 60,
                                        .batch = 128,
                                        .learning_rate = 0.2,
                                        .weight_decay = 5e-4,
                                        .validation = 0.02,
                                        .average = 0.999,
                                        .label_smoothing = 0.1,
                                        .distortion = {.shift = 4, .flips = true}};

}  // namespace examples
