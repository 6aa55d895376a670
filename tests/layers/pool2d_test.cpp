// SPDX-License-Identifier: MIT
#include "qnn/layers/pool2d.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <type_traits>

namespace pool2d_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;
using Codes = std::vector<std::int8_t>;

static_assert(std::is_same_v<MaxPool2d<2>::output<Shape<5, 4, 3>>, Shape<2, 2, 3>>);
static_assert(std::is_same_v<MaxPool2d<2, Same>::output<Shape<5, 4, 3>>, Shape<3, 2, 3>>);
static_assert(std::is_same_v<MaxPool2d<3, Padding<1>, Stride<2>>::output<Shape<5, 4, 3>>, Shape<3, 2, 3>>);
static_assert(std::is_same_v<GlobalAveragePool2d::output<Shape<5, 4, 3>>, Shape<3>>);

template <class Layer, class In>
Codes codes_of(const Codes& x) {
  Codes y(static_cast<std::size_t>(Layer::template output<In>::size));
  const typename Layer::template at<Int8<>, In> machine{};
  machine.forward(Batch<const std::int8_t, In>(x.data(), 1),
                  Batch<std::int8_t, typename Layer::template output<In>>(y.data(), 1));
  return y;
}

const Floats nine{1, 2, 3, 4, 5, 6, 7, 8, 9};

}  // namespace

TEST_CASE("MaxPool2d: known values") {
  CHECK(outputs_of<MaxPool2d<2, Stride<1>>, Shape<3, 3, 1>>(nine) == Floats{5, 6, 8, 9});
  CHECK(outputs_of<MaxPool2d<2>, Shape<3, 3, 1>>(nine) == Floats{5});
  CHECK(outputs_of<MaxPool2d<2, Same>, Shape<3, 3, 1>>(nine) == Floats{5, 6, 8, 9});
  // Padding does not take part: it would win against negative values.
  CHECK(outputs_of<MaxPool2d<3, Padding<1>>, Shape<2, 2, 1>>({-4, -3, -2, -1}) == Floats{-1});
  CHECK(outputs_of<MaxPool2d<2>, Shape<2, 2, 2>>({1, -1, 2, -2, 3, -3, 4, -4}) == Floats{4, -1});
  CHECK(codes_of<MaxPool2d<2, Same>, Shape<3, 3, 1>>({-128, -127, 3, 4, 5, -6, -7, -128, -128}) ==
        Codes{5, 3, -7, -128});
}

TEST_CASE("MaxPool2d: the gradient goes to the first of the largest") {
  const Floats x{2, 2, 2, 1}, y{2}, dy{3};
  Floats dx(4, -1);
  using Machine = MaxPool2d<2>::at<Float32, Shape<2, 2, 1>>;
  Machine::backward({.parameters = nullptr,
                     .x = {x.data(), 1},
                     .y = {y.data(), 1},
                     .dy = {dy.data(), 1},
                     .dx = {dx.data(), 1},
                     .gradients = nullptr,
                     .scratch = nullptr,
                     .step = {}});
  CHECK(dx == Floats{3, 0, 0, 0});
}

TEST_CASE("pooling: a NaN is not hidden") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t place = 0; place < 4; ++place) {
    Floats x{1, 2, 3, 4};
    x[place] = nan;
    CHECK(std::isnan(outputs_of<MaxPool2d<2>, Shape<2, 2, 1>>(x)[0]));
    CHECK(std::isnan(outputs_of<AveragePool2d<2>, Shape<2, 2, 1>>(x)[0]));
    CHECK(std::isnan(outputs_of<GlobalAveragePool2d, Shape<2, 2, 1>>(x)[0]));
  }
}

TEST_CASE("AveragePool2d: known values; what lies outside the image does not count") {
  CHECK(outputs_of<AveragePool2d<2, Stride<1>>, Shape<3, 3, 1>>(nine) == Floats{3, 4, 6, 7});
  CHECK(outputs_of<AveragePool2d<2, Same>, Shape<3, 3, 1>>(nine) == Floats{3, 4.5f, 7.5f, 9});
  CHECK(outputs_of<AveragePool2d<3, Padding<1>, Stride<2>>, Shape<3, 3, 1>>(nine) == Floats{3, 4, 6, 7});
  CHECK(outputs_of<GlobalAveragePool2d, Shape<2, 2, 2>>({1, 10, 2, 20, 3, 30, 6, 60}) == Floats{3, 30});
}

TEST_CASE("average pooling of codes rounds half to even, also below zero") {
  using Pair = Shape<2, 2, 1>;
  CHECK(codes_of<AveragePool2d<2>, Pair>({1, 2, 3, 4}) == Codes{2});       // 2.5
  CHECK(codes_of<AveragePool2d<2>, Pair>({3, 3, 4, 4}) == Codes{4});       // 3.5
  CHECK(codes_of<AveragePool2d<2>, Pair>({-1, -2, -3, -4}) == Codes{-2});  // -2.5
  CHECK(codes_of<AveragePool2d<2>, Pair>({-3, -3, -4, -4}) == Codes{-4});  // -3.5
  CHECK(codes_of<AveragePool2d<2>, Pair>({1, 2, 3, 5}) == Codes{3});       // 2.75
  CHECK(codes_of<AveragePool2d<2>, Pair>({-1, -2, -3, -3}) == Codes{-2});  // -2.25
  CHECK(codes_of<AveragePool2d<2>, Pair>({127, 127, 127, 127}) == Codes{127});
  CHECK(codes_of<AveragePool2d<2>, Pair>({-128, -128, -128, -128}) == Codes{-128});
  CHECK(codes_of<GlobalAveragePool2d, Shape<1, 3, 2>>({1, -1, 1, -1, 2, -2}) == Codes{1, -1});  // 4/3
  CHECK(codes_of<AveragePool2d<2, Same>, Shape<3, 3, 1>>({1, 2, 3, 4, 5, 6, 7, 8, 9}) ==
        Codes{3, 4, 8, 9});  // 4.5, 7.5
}

TEST_CASE("pooling: gradients") {
  CHECK_REPORT(check_gradients<MaxPool2d<2>, Shape<5, 7, 3>>({.seed = 1}));
  CHECK_REPORT(check_gradients<MaxPool2d<3, Stride<2>, Same>, Shape<5, 4, 1>>({.seed = 2}));
  CHECK_REPORT(check_gradients<MaxPool2d<3, Stride<1>, Padding<1>>, Shape<3, 4, 2>>({.seed = 3}));
  CHECK_REPORT(check_gradients<AveragePool2d<2>, Shape<5, 7, 3>>({.seed = 4}));
  CHECK_REPORT(check_gradients<AveragePool2d<3, Stride<2>, Same>, Shape<5, 4, 1>>({.seed = 5}));
  CHECK_REPORT(check_gradients<AveragePool2d<3, Stride<1>, Padding<1>>, Shape<3, 4, 2>>({.seed = 6}));
  CHECK_REPORT(check_gradients<GlobalAveragePool2d, Shape<3, 5, 7>>({.seed = 7}));
}

TEST_CASE("pooling: codes") {
  using Some = Precisions<Int8<>, Int8<Asymmetric>, Int16<Asymmetric>,
                          Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>>>;
  CHECK_REPORT(check_codes<MaxPool2d<3, Stride<2>, Same>, Shape<5, 4, 3>>({.seed = 1}, Some{}));
  CHECK_REPORT(check_codes<AveragePool2d<3, Stride<2>, Same>, Shape<5, 4, 3>>({.seed = 2}, Some{}));
  CHECK_REPORT(check_codes<GlobalAveragePool2d, Shape<5, 3, 7>>({.seed = 3}, Some{}));
}

}  // namespace pool2d_test
