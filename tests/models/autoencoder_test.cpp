// SPDX-License-Identifier: MIT
#include "qnn/models/autoencoder.hpp"

#include "check_model.hpp"

#include <doctest/doctest.h>

namespace autoencoder_test {

TEST_CASE("the autoencoder agrees with itself at every precision") { check_model::check<qnn::Autoencoder>(); }

}  // namespace autoencoder_test
