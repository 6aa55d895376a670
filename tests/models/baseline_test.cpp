// SPDX-License-Identifier: MIT
#include "qnn/models/baseline.hpp"

#include "check_model.hpp"

#include <doctest/doctest.h>

namespace baseline_test {

TEST_CASE("the baselines agree with themselves at every precision") {
  check_model::check<qnn::BaselineMlp<>>();
  check_model::check<qnn::BaselineCnn<>>(8);
}

}  // namespace baseline_test
