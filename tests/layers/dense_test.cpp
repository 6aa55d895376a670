// SPDX-License-Identifier: MIT
#include "qnn/layers/dense.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

namespace dense_test {
namespace {

using namespace qnn;
using Floats = std::vector<float>;

}  // namespace

TEST_CASE("Dense: known values") {
  // 1*1 + 2*0 + 3*(-1) + 0.5; 1*2 + 2*1 + 3*1 - 1
  CHECK(outputs_of<Dense<2>, Shape<3>>({1, 2, 3}, {1, 0, -1, 2, 1, 1, 0.5f, -1}) == Floats{-1.5f, 6});
  CHECK(outputs_of<Dense<2, NoBias>, Shape<3>>({1, 2, 3}, {1, 0, -1, 2, 1, 1}) == Floats{-2, 7});
  CHECK(outputs_of<Dense<1>, Shape<2>>({1, 2, 3, 4, 5, 6}, {10, 1, 100}) == Floats{112, 134, 156});
}

TEST_CASE("Dense: gradients and codes") {
  using namespace qnn::testing;
  CHECK_REPORT(check_layer<Dense<5>, Shape<7>>({.seed = 1}));
  CHECK_REPORT(check_layer<Dense<1>, Shape<1>>({.seed = 2}));
  CHECK_REPORT(check_layer<Dense<3, NoBias>, Shape<130>, Precisions<Int8<Asymmetric>, Int16<>>>({.seed = 3}));
  CHECK_REPORT(check_gradients<Dense<33>, Shape<257>>({.seed = 4, .batch = 5}));
}

TEST_CASE("Dense: the same codes at compile time and at run time") {
  const auto check = []<class P, class Layer, Index Inputs>() {
    constexpr auto expected = testing::codes_of_random_layer<P, Layer, Shape<Inputs>, 3>(5);
    CHECK(testing::codes_of_random_layer<P, Layer, Shape<Inputs>, 3>(5) == expected);
  };
  check.operator()<Int8<>, Dense<5>, 17>();
  check.operator()<Int8<Asymmetric, PerTensor, DoubleRounding>, Dense<4>, 9>();
  check.operator()<Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>,
                   Dense<7, NoBias>, 13>();
  check.operator()<Int16<Asymmetric, PerChannel, FloatScale>, Dense<3>, 11>();
}

}  // namespace dense_test
