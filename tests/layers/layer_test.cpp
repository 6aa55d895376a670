// SPDX-License-Identifier: MIT
/// @file
/// What the protocol tells of a machine.
#include "qnn/layers/layer.hpp"

#include "qnn/layers.hpp"

#include <doctest/doctest.h>

namespace layer_test {

using namespace qnn;

namespace {

template <class P, class Layer, class In>
inline constexpr bool takes_range = detail::takes_range<typename Layer::template at<P, In>>;

}  // namespace

TEST_CASE_TEMPLATE("linear layers, joins and unbounded functions take their scale from a range, all others do not", P,
                   Int8<>, Int8<Asymmetric>, Int8<Symmetric, PerTensor, PowerOfTwoShift>, Int16<>) {
  using Image = Shape<4, 4, 2>;
  CHECK(takes_range<P, Dense<3>, Shape<4>>);
  CHECK(takes_range<P, Conv2d<3, Kernel<3>>, Image>);
  CHECK(takes_range<P, DepthwiseConv2d<Kernel<3>>, Image>);
  CHECK(takes_range<P, Add, Inputs<Image, Image>>);
  CHECK(takes_range<P, Concatenate, Inputs<Image, Image, Image>>);
  CHECK(takes_range<P, HardSwish, Image>);
  CHECK(takes_range<P, LeakyReLU<10>, Image>);
  CHECK(!takes_range<P, Sigmoid, Image>);
  CHECK(!takes_range<P, Tanh, Image>);
  CHECK(!takes_range<P, Softmax, Shape<4>>);
  CHECK(!takes_range<P, ReLU, Image>);
  CHECK(!takes_range<P, MaxPool2d<2>, Image>);
  CHECK(!takes_range<P, AveragePool2d<2>, Image>);
  CHECK(!takes_range<P, ZeroPad2d<1, 1, 1, 1>, Image>);
  CHECK(!takes_range<P, Flatten, Image>);
}

}  // namespace layer_test
