// SPDX-License-Identifier: MIT
#include "qnn/models/resnet.hpp"

#include "check_model.hpp"

#include <doctest/doctest.h>

namespace resnet_test {

TEST_CASE("ResNets agree with themselves at every precision") {
  check_model::check<qnn::ResNet8>(8);
  check_model::check_plan<qnn::ResNet20, qnn::Float32>();
  check_model::check_plan<qnn::ResNet20, qnn::Int8<>>();
}

}  // namespace resnet_test
