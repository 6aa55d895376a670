// SPDX-License-Identifier: MIT
#include "qnn/layers/flatten.hpp"

#include "qnn/layers/input.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <type_traits>

namespace flatten_test {

using namespace qnn;
using namespace qnn::testing;

static_assert(std::is_same_v<Flatten::output<Shape<2, 3, 4>>, Shape<24>>);
static_assert(std::is_same_v<Flatten::output<Shape<5>>, Shape<5>>);

TEST_CASE("Flatten and Expect pass values on in memory order") {
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  CHECK(outputs_of<Flatten, Shape<1, 3, 2>>(x) == x);
  CHECK(outputs_of<Expect<1, 3, 2>, Shape<1, 3, 2>>(x) == x);
  CHECK_REPORT(check_layer<Flatten, Shape<2, 3, 2>, Precisions<Int8<>, Int16<Asymmetric>>>());
  CHECK_REPORT(check_layer<Expect<2, 3, 2>, Shape<2, 3, 2>, Precisions<Int8<>>>());
}

}  // namespace flatten_test
