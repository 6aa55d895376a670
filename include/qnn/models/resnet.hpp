// SPDX-License-Identifier: MIT
/// @file
/// Residual networks for CIFAR-10: 32x32 colour images, 10 classes. Outputs are logits.
///
/// The counts that stand with each are asserted in tests/models/counts_test.cpp.
#pragma once

#include "qnn/config.hpp"
#include "qnn/layers.hpp"

#include <string>
#include <vector>

namespace qnn {

namespace detail {

/// He et al.'s block without biases; where Stride is 2, the channels double and the shortcut has no weights (option A).
template <Index Channels>
using PlainBlock = Sequential<Residual<Sequential<Conv2d<Channels, Kernel<3>, Padding<1>, NoBias>, BatchNorm, ReLU,
                                                  Conv2d<Channels, Kernel<3>, Padding<1>, NoBias>, BatchNorm>>,
                              ReLU>;
template <Index Channels>
using HalvingBlock =
    Sequential<Residual<Sequential<Conv2d<Channels, Kernel<3>, Padding<1>, Stride<2>, NoBias>, BatchNorm, ReLU,
                                   Conv2d<Channels, Kernel<3>, Padding<1>, NoBias>, BatchNorm>,
                        Sequential<MaxPool2d<1, Stride<2>>, PadChannels<Channels / 4, Channels / 4>>>,
               ReLU>;

/// The block of MLPerf Tiny, with biases; `Shortcut` is a projection where the shape changes.
template <Index Channels, Index Step = 1, class Shortcut = Sequential<>>
using TinyBlock = Sequential<Residual<Sequential<Conv2d<Channels, Kernel<3>, Stride<Step>, Same>, BatchNorm, ReLU,
                                                 Conv2d<Channels, Kernel<3>, Same>, BatchNorm>,
                                      Shortcut>,
                             ReLU>;

}  // namespace detail

/// ResNet-20: 19 convolutions with BatchNorm, 3 stages of 3 blocks with 16, 32 and 64 channels, global average, Dense.
///
/// 269,722 trained parameters ("0.27M") and 1,376 statistics; 40,551,040 multiply-accumulate operations an image.
/// Reads (pixel / 255 - mean) / deviation as whoever trained it chose. Source: He, Zhang, Ren, Sun, "Deep residual
/// learning for image recognition", 2016, section 4.2 and table 6; shortcuts are its option A, as in
/// https://github.com/akamaster/pytorch_resnet_cifar10, whose strided convolutions pad both sides alike.
template <Index Classes = 10>
using ResNet20Of = Sequential<Input<32, 32, 3>, Conv2d<16, Kernel<3>, Padding<1>, NoBias>, BatchNorm, ReLU,  //
                              detail::PlainBlock<16>, detail::PlainBlock<16>, detail::PlainBlock<16>,        //
                              detail::HalvingBlock<32>, detail::PlainBlock<32>, detail::PlainBlock<32>,      //
                              detail::HalvingBlock<64>, detail::PlainBlock<64>, detail::PlainBlock<64>,      //
                              GlobalAveragePool2d, Dense<Classes>>;
using ResNet20 = ResNet20Of<>;

/// What https://github.com/akamaster/pytorch_resnet_cifar10 calls the layers of ResNet-20 that have parameters, in the
/// order in which they run: for load_pretrained (io/pretrained.hpp).
QNN_COLD inline std::vector<std::string> resnet20_layer_names() {
  std::vector<std::string> names{"conv1", "bn1"};
  for (const char* stage : {"layer1.", "layer2.", "layer3."}) {
    for (const char* block : {"0.", "1.", "2."}) {
      for (const char* layer : {"conv1", "bn1", "conv2", "bn2"}) {
        names.push_back(std::string(stage) + block + layer);
      }
    }
  }
  names.emplace_back("linear");
  return names;
}

/// ResNet-8, the image classifier of MLPerf Tiny: 3 blocks, convolutions with bias, projections of 1x1 as shortcuts.
///
/// 78,666 parameters, statistics included, as Keras counts them; 12,501,632 multiply-accumulate operations an image.
/// Reads pixels from 0 to 255. Sources: https://github.com/mlcommons/tiny, folder
/// benchmark/training/image_classification (resnet_v1_eembc); Banbury et al., "MLPerf Tiny benchmark", 2021.
template <Index Classes = 10>
using ResNet8Of = Sequential<Input<32, 32, 3>, Conv2d<16, Kernel<3>, Same>, BatchNorm, ReLU,    //
                             detail::TinyBlock<16>,                                             //
                             detail::TinyBlock<32, 2, Conv2d<32, Kernel<1>, Stride<2>, Same>>,  //
                             detail::TinyBlock<64, 2, Conv2d<64, Kernel<1>, Stride<2>, Same>>,  //
                             GlobalAveragePool2d, Dense<Classes>>;
using ResNet8 = ResNet8Of<>;

}  // namespace qnn
