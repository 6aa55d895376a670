// SPDX-License-Identifier: MIT
#include "qnn/layers/depthwise_conv2d.hpp"

#include "qnn/io/load.hpp"
#include "qnn/io/save.hpp"
#include "qnn/layers.hpp"
#include "qnn/network/describe.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"
#include "saved_again.hpp"

#include <doctest/doctest.h>

#include <type_traits>

namespace depthwise_conv2d_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;

// Options in any order are one convolution.
using Image = Shape<7, 9, 3>;
using One = DepthwiseConv2d<Kernel<3>, Same, Stride<2>, Multiplier<2>, NoBias>;
using Two = DepthwiseConv2d<NoBias, Multiplier<2>, Stride<2>, Same, Kernel<3>>;
static_assert(std::is_same_v<One::convolution<Image>, Two::convolution<Image>>);
static_assert(std::is_same_v<One::output<Image>, Shape<4, 5, 6>>);
static_assert(std::is_same_v<DepthwiseConv2d<Kernel<3, 2>, Dilation<2>>::output<Image>, Shape<3, 7, 3>>);
static_assert(std::is_same_v<DepthwiseConv2d<Kernel<3>>::at<Int8<>, Image>,
                             Conv2d<3, Kernel<3>, Stride<1>, Dilation<1>, Valid, Groups<3>>::at<Int8<>, Image>>);

/// A block as in MobileNets: what is proven, folded, merged and described of a Conv2d is of this one.
using Block = Sequential<Input<6, 6, 3>, DepthwiseConv2d<Kernel<3>, Same, Multiplier<2>>, BatchNorm, ReLU6,
                         Conv2d<4, Kernel<1>>, BatchNorm, ReLU, MaxPool2d<2>, Flatten, Dense<3>>;
using Plain = Sequential<Input<6, 6, 3>, Conv2d<6, Kernel<3>, Same, Groups<3>>, BatchNorm, ReLU6, Conv2d<4, Kernel<1>>,
                         BatchNorm, ReLU, MaxPool2d<2>, Flatten, Dense<3>>;
static_assert(Stages<Block>::end<1> == 3 && Stages<Block>::normalization<1> == 2);

}  // namespace

TEST_CASE("DepthwiseConv2d: known values") {
  // Each channel by itself: times 10, times 100.
  CHECK(outputs_of<DepthwiseConv2d<Kernel<1>, NoBias>, Shape<1, 2, 2>>({1, 2, 3, 4}, {10, 100}) ==
        Floats{10, 200, 30, 400});
  // Two outputs of an input channel lie next to each other.
  CHECK(outputs_of<DepthwiseConv2d<Kernel<1>, Multiplier<2>>, Shape<1, 1, 2>>(
            {1, 2}, {1, 10, 100, 1000, 0, 0, 0.5f, 0}) == Floats{1, 10, 200.5f, 2000});
  CHECK(outputs_of<DepthwiseConv2d<Kernel<1, 2>, NoBias>, Shape<1, 3, 1>>({1, 2, 3}, {1, 10}) == Floats{21, 32});
}

TEST_CASE("DepthwiseConv2d: the parameters are those of a convolution with a channel a group") {
  using Machine = DepthwiseConv2d<Kernel<3, 2>, Multiplier<4>>::at<Float32, Shape<5, 5, 2>>;
  CHECK(Machine::parameters[0].extents == Extents{8, 3, 2, 1});
  CHECK(Machine::parameters[0].fan_in == 6);
  CHECK(Machine::parameters[0].fan_out == 24);
  CHECK(Machine::parameters[1].extents == Extents{8});
}

TEST_CASE("DepthwiseConv2d: gradients and codes") {
  CHECK_REPORT(check_gradients<DepthwiseConv2d<Kernel<3>>, Shape<5, 7, 2>>({.seed = 1}));
  CHECK_REPORT(check_gradients<DepthwiseConv2d<Kernel<3, 2>, Same, Stride<2>, Multiplier<3>, NoBias>, Shape<7, 5, 2>>(
      {.seed = 2}));
  CHECK_REPORT(check_gradients<DepthwiseConv2d<Kernel<3>, Padding<2>, Dilation<2>>, Shape<6, 7, 3>>({.seed = 3}));
  CHECK_REPORT(
      check_codes<DepthwiseConv2d<Kernel<3>, Same, Multiplier<2>>, Shape<5, 4, 3>>({.seed = 4}, UsualPrecisions{}));
  CHECK_REPORT(check_codes<DepthwiseConv2d<Kernel<3>, Stride<2>, Padding<1>, NoBias>, Shape<5, 4, 3>>(
      {.seed = 5}, Precisions<Int8<Asymmetric>, Int16<Asymmetric>>{}));
}

TEST_CASE("DepthwiseConv2d in a network: as the grouped Conv2d that it is") {
  const Network<Block, Float32> net = with_random_parameters<Block>(1);
  Network<Plain, Float32> plain;
  std::copy(net.parameters().begin(), net.parameters().end(), plain.parameters().begin());
  const Floats x = random_examples<Block>(5, 2);
  CHECK(outputs(net, x) == outputs(plain, x));
  const auto integer = quantize<Int8<Asymmetric>>(net, ranges_of(net, x));
  CHECK(outputs(integer, x) == outputs(quantize<Int8<Asymmetric>>(plain, ranges_of(plain, x)), x));
  CHECK(outputs(saved_again(net), x) == outputs(net, x));
  CHECK(outputs(saved_again(integer), x) == outputs(integer, x));
}

TEST_CASE("DepthwiseConv2d: descriptions and fingerprints tell options apart") {
  using Single = Sequential<Input<6, 6, 3>, DepthwiseConv2d<Kernel<3>, Same>>;
  const LayerDescription line = describe<Single>()[1];
  CHECK(line.name == "DepthwiseConv2d");
  CHECK(line.details == "kernel 3x3, stride 1x1, dilation 1x1, padding 1x1, multiplier 1");
  CHECK(line.parameters == 3 * 9 + 3);
  CHECK(line.multiplications == 6 * 6 * 3 * 9);
  CHECK(fingerprint<Single>() == fingerprint<Sequential<Input<6, 6, 3>, DepthwiseConv2d<Same, Kernel<3>>>>());
  CHECK(fingerprint<Single>() !=
        fingerprint<Sequential<Input<6, 6, 3>, DepthwiseConv2d<Kernel<3>, Padding<1>, NoBias>>>());
  CHECK(fingerprint<Single>() != fingerprint<Sequential<Input<6, 6, 3>, DepthwiseConv2d<Kernel<5>, Same>>>());
}

}  // namespace depthwise_conv2d_test
