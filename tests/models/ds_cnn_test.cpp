// SPDX-License-Identifier: MIT
#include "qnn/models/ds_cnn.hpp"

#include "check_model.hpp"

#include <doctest/doctest.h>

namespace ds_cnn_test {

TEST_CASE("DS-CNN agrees with itself at every precision") { check_model::check<qnn::DsCnn>(); }

}  // namespace ds_cnn_test
