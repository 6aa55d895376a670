// SPDX-License-Identifier: MIT
#include "qnn/training/gradient_clipping.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

namespace gradient_clipping_test {
namespace {
using Floats = std::vector<float>;
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
}  // namespace

TEST_CASE("euclidean_norm: known values, whatever the size") {
  CHECK(qnn::euclidean_norm({}) == 0);
  CHECK(qnn::euclidean_norm(Floats{3, -4}) == 5);
  for (const std::size_t size : {1u, 7u, 8u, 9u, 64u, 1001u}) {
    CHECK(qnn::euclidean_norm(Floats(size, 2.0f)) == doctest::Approx(2 * std::sqrt(static_cast<double>(size))));
  }
  constexpr float largest = std::numeric_limits<float>::max();
  CHECK(qnn::euclidean_norm(Floats(4, largest)) == doctest::Approx(2 * static_cast<double>(largest)));
  constexpr float least = std::numeric_limits<float>::denorm_min();
  CHECK(qnn::euclidean_norm(Floats(4, least)) == doctest::Approx(2 * static_cast<double>(least)));
}

TEST_CASE("clip_gradient_norm: scales what is too long down to the bound, and returns what it was") {
  Floats gradients{3, -4, 0};
  CHECK(qnn::clip_gradient_norm(gradients, 2.5) == 5);
  CHECK(gradients == Floats{1.5f, -2, 0});
  qnn::Random random(4);
  for (const std::size_t size : {1u, 5u, 33u, 1000u}) {
    Floats before(size);
    for (float& gradient : before) {
      gradient = random.normal();
    }
    Floats after = before;
    const double norm = qnn::clip_gradient_norm(after, 1e-3);
    CHECK(norm == qnn::euclidean_norm(before));
    CHECK(qnn::euclidean_norm(after) == doctest::Approx(1e-3).epsilon(1e-6));
    for (std::size_t i = 0; i < size; ++i) {
      CHECK(after[i] == doctest::Approx(static_cast<double>(before[i]) * 1e-3 / norm).epsilon(1e-6));
    }
  }
}

TEST_CASE("clip_gradient_norm: leaves what is short enough alone") {
  Floats gradients{3, -4};
  CHECK(qnn::clip_gradient_norm(gradients, 5) == 5);
  CHECK(gradients == Floats{3, -4});
  CHECK(qnn::clip_gradient_norm(gradients, std::numeric_limits<double>::infinity()) == 5);
  CHECK(gradients == Floats{3, -4});
  Floats zero(3);
  CHECK(qnn::clip_gradient_norm(zero, 1) == 0);
  CHECK(zero == Floats(3));
}

TEST_CASE("clip_gradient_norm: reports a gradient that is not finite and leaves it alone") {
  for (const std::size_t place : {0u, 8u, 10u}) {
    Floats gradients(11, 2.0f);
    gradients[place] = -infinity;
    CHECK(qnn::clip_gradient_norm(gradients, 1) == static_cast<double>(infinity));
    gradients[place] = nan_value;
    CHECK(std::isnan(qnn::clip_gradient_norm(gradients, 1)));
    CHECK(gradients[place == 0 ? 1 : 0] == 2.0f);
  }
}

TEST_CASE("clip_gradient_norm: refuses a bound that is not positive") {
  Floats gradients{3, -4};
  for (const double bound : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(qnn::clip_gradient_norm(gradients, bound), qnn::ArgumentError);
  }
  CHECK(gradients == Floats{3, -4});
}

}  // namespace gradient_clipping_test
