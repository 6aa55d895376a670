// SPDX-License-Identifier: MIT
/// @file
/// Gradients of scales and ranges, by hand, and as the same function of both.
#include "qnn/quantization/learned_step.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace learned_step_test {

using namespace qnn;

TEST_CASE("learned steps: gradient of a scale of weights, by hand") {
  // Levels -1, 0, 1 times 0.5; weights in steps: 0.8, 3, -0.2, -2.
  const std::vector<float> weights{0.4f, 1.5f, -0.1f, -1.0f};
  std::vector<float> gradients{1.0f, 2.0f, 3.0f, 4.0f};
  const float found = detail::scale_gradient(weights, 0.5f, 1.0f, gradients);
  CHECK(found == doctest::Approx(1.0f * 0.2f + 2.0f * 1.0f + 3.0f * 0.2f + 4.0f * -1.0f));
  CHECK(gradients == std::vector<float>{1.0f, 0.0f, 3.0f, 0.0f});
}

TEST_CASE("learned steps: gradient of a range of activations, by hand") {
  // Levels -0.5..1.5 in steps of 0.5; values in steps: -1.2, -0.8, 1.25, 3, 3.2.
  const std::vector<float> values{-0.6f, -0.4f, 0.625f, 1.5f, 1.6f};
  std::vector<float> gradients{1.0f, 2.0f, 3.0f, 4.0f, 5.0f};
  const detail::RangeGradient found = detail::range_gradient(values, 0.5f, -0.5f, 1.5f, gradients.data());
  CHECK(found.below == 1.0f);
  CHECK(found.above == 5.0f);
  CHECK(found.inside == doctest::Approx(2.0f * -0.2f + 3.0f * -0.25f));
  CHECK(gradients == std::vector<float>{0.0f, 2.0f, 3.0f, 4.0f, 0.0f});
}

TEST_CASE("learned steps: weights and activations of one symmetric scale have one gradient") {
  constexpr float scale = 0.25f, highest = 7;
  const auto values = fixtures::random_values(500, 3), slopes = fixtures::random_values(500, 4);
  auto of_weights = slopes, of_values = slopes;
  const float by_scale = detail::scale_gradient(values, scale, highest, of_weights);
  const auto parts = detail::range_gradient(values, scale, -scale * highest, scale * highest, of_values.data());
  CHECK(parts.above != 0.0f);
  CHECK(parts.below != 0.0f);
  CHECK(by_scale == doctest::Approx(parts.inside + highest * (parts.above - parts.below)));
  CHECK(of_weights == of_values);
}

}  // namespace learned_step_test
