// SPDX-License-Identifier: MIT
#include "qnn/data/normalization.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace normalization_test {

using qnn::Normalization;
using qnn::test::contains;
using qnn::test::message_of;

TEST_CASE("a normalization of a number of channels leaves values as they are") {
  const Normalization identity(3);
  CHECK(identity.channels() == 3);
  CHECK(identity.is_identity());
  for (const float value : {-1e30f, -0.3f, 0.0f, 1e-40f, 7.25f}) {
    CHECK(identity(value, 2) == value);
  }
}

TEST_CASE("a normalization subtracts the mean and divides by the deviation of the channel") {
  const Normalization normalization(std::vector{0.5, -2.0}, std::vector{0.25, 4.0});
  CHECK_FALSE(normalization.is_identity());
  CHECK(normalization(1.0f, 0) == 2.0f);
  CHECK(normalization(1.0f, 1) == 0.75f);
  CHECK_FALSE(Normalization(std::vector{0.0}, std::vector{2.0}).is_identity());
  CHECK_FALSE(Normalization(std::vector{1.0}, std::vector{1.0}).is_identity());
}

TEST_CASE("a normalization that cannot be computed with is refused") {
  const auto refused = [](std::vector<double> mean, std::vector<double> deviation) {
    return message_of<qnn::ArgumentError>([&] { Normalization(mean, deviation); });
  };
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(refused({0.0, 0.0}, {1.0}), "2"));
  for (const double deviation : {0.0, -1.0, infinity, nan, 1e300, 1e-300}) {
    CHECK(contains(refused({0.0, 0.0}, {1.0, deviation}), "channel 1"));
  }
  for (const double mean : {infinity, -infinity, nan, 1e300}) {
    CHECK(contains(refused({mean}, {1.0}), "channel 0"));
  }
}

}  // namespace normalization_test
