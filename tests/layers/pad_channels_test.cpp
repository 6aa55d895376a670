// SPDX-License-Identifier: MIT
#include "qnn/layers/pad_channels.hpp"

#include "qnn/layers/pool2d.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <type_traits>

namespace pad_channels_test {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;

static_assert(std::is_same_v<PadChannels<2, 3>::output<Shape<4, 5, 6>>, Shape<4, 5, 11>>);
static_assert(std::is_same_v<PadChannels<0>::output<Shape<4, 5, 6>>, Shape<4, 5, 6>>);

TEST_CASE("PadChannels: zeros before and after the channels of every pixel") {
  CHECK(outputs_of<PadChannels<1, 2>, Shape<1, 2, 2>>({1, 2, 3, 4}) == Floats{0, 1, 2, 0, 0, 0, 3, 4, 0, 0});
  CHECK(outputs_of<PadChannels<0, 1>, Shape<1, 1, 1>>({1, 2, 3}) == Floats{1, 0, 2, 0, 3, 0});
}

TEST_CASE("PadChannels: the shortcut of He et al.: every second pixel of every second row, new channels of zeros") {
  const Floats image{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  const Floats halved = outputs_of<MaxPool2d<1, Stride<2>>, Shape<4, 4, 1>>(image);
  CHECK(halved == Floats{1, 3, 9, 11});
  CHECK(outputs_of<PadChannels<1, 1>, Shape<2, 2, 1>>(halved) == Floats{0, 1, 0, 0, 3, 0, 0, 9, 0, 0, 11, 0});
}

TEST_CASE("PadChannels on codes: what is added is the zero point, scale and zero point stay") {
  PadChannels<1, 1>::at<Int8<Asymmetric>, Shape<1, 1, 2>> machine;
  const Asymmetric::Parameters parameters{0.25f, -20};
  CHECK(machine.output_parameters(parameters, Range{0, 1}) == parameters);
  machine.prepare(parameters, parameters, {});
  const std::int8_t x[2] = {-128, 7};
  std::int8_t y[4];
  machine.forward(Batch<const std::int8_t, Shape<1, 1, 2>>(x, 1), Batch<std::int8_t, Shape<1, 1, 4>>(y, 1));
  CHECK(std::ranges::equal(y, std::vector<int>{-20, -128, 7, -20}));
}

TEST_CASE("PadChannels: gradients and codes") {
  CHECK_REPORT(check_layer<PadChannels<2, 3>, Shape<3, 5, 2>>({.seed = 1}));
  CHECK_REPORT(check_layer<PadChannels<0, 1>, Shape<1, 1, 3>>({.seed = 2}));
}

}  // namespace pad_channels_test
