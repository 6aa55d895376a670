// SPDX-License-Identifier: MIT
#include "qnn/layers/pool1d.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <type_traits>

namespace pool1d_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;

static_assert(std::is_same_v<MaxPool1d<2>::output<Shape<9, 3>>, Shape<4, 3>>);
static_assert(std::is_same_v<MaxPool1d<3, Stride<2>, Same>::output<Shape<9, 3>>, Shape<5, 3>>);

}  // namespace

TEST_CASE("MaxPool1d: known values") {
  CHECK(outputs_of<MaxPool1d<2>, Shape<5, 1>>({1, 3, -2, -4, 9}) == Floats{3, -2});
  CHECK(outputs_of<MaxPool1d<2>, Shape<2, 2>>({1, 8, 3, 4}) == Floats{3, 8});
  CHECK(outputs_of<MaxPool1d<3, Stride<1>, Padding<1>>, Shape<3, 1>>({-1, -2, -3}) == Floats{-1, -1, -2});
}

TEST_CASE("MaxPool1d: gradients and codes") {
  CHECK_REPORT(check_gradients<MaxPool1d<2>, Shape<9, 3>>({.seed = 1}));
  CHECK_REPORT(check_gradients<MaxPool1d<3, Stride<2>, Same>, Shape<8, 2>>({.seed = 2}));
  CHECK_REPORT(check_codes<MaxPool1d<3, Stride<2>, Same>, Shape<8, 2>>(
      {.seed = 3}, Precisions<Int8<>, Int8<Asymmetric>, Int16<Asymmetric>>{}));
}

}  // namespace pool1d_test
