// SPDX-License-Identifier: MIT
#include "qnn/models/ds_cnn.hpp"

#include "check_model.hpp"

#include <doctest/doctest.h>

TEST_CASE("DS-CNN agrees with itself at every precision") { check_model::check<qnn::DsCnn>(); }
