// SPDX-License-Identifier: MIT
/// @file
/// Every layer. Adding one to the library adds one line here.
#pragma once

// What others build upon comes first: a compiler that points into it names fewer files on the way.
#include "qnn/layers/conv2d.hpp"
#include "qnn/layers/pool2d.hpp"
#include "qnn/layers/sequence.hpp"

#include "qnn/layers/batch_norm.hpp"
#include "qnn/layers/concat.hpp"
#include "qnn/layers/conv1d.hpp"
#include "qnn/layers/dense.hpp"
#include "qnn/layers/depthwise_conv2d.hpp"
#include "qnn/layers/dropout.hpp"
#include "qnn/layers/flatten.hpp"
#include "qnn/layers/hard_swish.hpp"
#include "qnn/layers/input.hpp"
#include "qnn/layers/leaky_relu.hpp"
#include "qnn/layers/pad_channels.hpp"
#include "qnn/layers/pool1d.hpp"
#include "qnn/layers/relu.hpp"
#include "qnn/layers/residual.hpp"
#include "qnn/layers/sequential.hpp"
#include "qnn/layers/sigmoid.hpp"
#include "qnn/layers/softmax.hpp"
#include "qnn/layers/tanh.hpp"
#include "qnn/layers/zero_pad2d.hpp"
