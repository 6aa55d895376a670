// SPDX-License-Identifier: MIT
#include "qnn/models/mobilenet.hpp"

#include "check_model.hpp"

#include <doctest/doctest.h>

namespace mobilenet_test {

TEST_CASE("MobileNet agrees with itself at every precision") { check_model::check<qnn::MobileNet>(4); }

}  // namespace mobilenet_test
