// SPDX-License-Identifier: MIT
#include "qnn/models/lenet.hpp"

#include "check_model.hpp"

#include <doctest/doctest.h>

namespace lenet_test {

TEST_CASE("LeNet-5 agrees with itself at every precision") { check_model::check<qnn::LeNet5>(); }

}  // namespace lenet_test
