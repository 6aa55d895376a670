// SPDX-License-Identifier: MIT
/// @file
/// Learned rounding of the weights of one layer: its formulas against numbers worked out by hand, its result against
/// all roundings.
#include "qnn/quantization/weight_rounding.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

namespace weight_rounding_test {

using namespace qnn;
using namespace qnn::fixtures;

TEST_CASE("RectifiedSigmoid: values, slopes and the inverse") {
  CHECK(detail::RectifiedSigmoid(0).value == doctest::Approx(0.5));
  CHECK(detail::RectifiedSigmoid(0).slope == doctest::Approx(0.3));
  CHECK(detail::RectifiedSigmoid(-5).value == 0.0f);
  CHECK(detail::RectifiedSigmoid(-5).slope == 0.0f);
  CHECK(detail::RectifiedSigmoid(5).value == 1.0f);
  for (const float share : {0.0f, 0.1f, 0.5f, 0.999f}) {
    CHECK(detail::RectifiedSigmoid(detail::RectifiedSigmoid::inverse(share)).value == doctest::Approx(share));
  }
}

TEST_CASE("RectifiedSigmoid: h(v) = clamp(1.2 sigmoid(v) - 0.1, 0, 1) by hand") {
  // sigmoid(log odds) = odds / (1 + odds), and its slope s (1 - s); zeta = 1.1, gamma = -0.1.
  struct Example {
    float odds, value, slope;
  };
  for (const auto& [odds, value, slope] : {Example{3, 0.8f, 0.225f},           // s = 3/4: 0.9 - 0.1; 1.2 * 3/16
                                           Example{1.0f / 3, 0.2f, 0.225f},    // s = 1/4: 0.3 - 0.1
                                           Example{2, 0.7f, 1.2f * 2 / 9},     // s = 2/3: 0.8 - 0.1
                                           Example{19, 1.0f, 0.0f},            // s = 0.95: 1.04, clamped
                                           Example{1.0f / 19, 0.0f, 0.0f}}) {  // s = 0.05: -0.04, clamped
    const detail::RectifiedSigmoid h(std::log(odds));
    CHECK(h.value == doctest::Approx(value));
    CHECK(h.slope == doctest::Approx(slope));
  }
  CHECK(detail::RectifiedSigmoid::inverse(0.8f) == doctest::Approx(std::log(3.0)));
  CHECK(detail::RectifiedSigmoid::inverse(0.0f) == doctest::Approx(-std::log(11.0)));  // 1.2 / 12 - 0.1
}

TEST_CASE("rounding_exponent: half a cosine from 20 to 2") {
  CHECK(detail::rounding_exponent(0) == doctest::Approx(20));
  CHECK(detail::rounding_exponent(1.0 / 3) == doctest::Approx(15.5));  // 2 + 18 (1 + 1/2) / 2
  CHECK(detail::rounding_exponent(0.5) == doctest::Approx(11));
  CHECK(detail::rounding_exponent(1) == doctest::Approx(2));
}

TEST_CASE("regularizer_slope: by hand, and as differences of the regularizer") {
  CHECK(detail::regularizer_slope(0.8f, 4) == doctest::Approx(-1.728));  // -2 * 4 * 0.6^3, of 1 - 0.6^4 = 0.8704
  CHECK(detail::regularizer_slope(0.2f, 2) == doctest::Approx(2.4));     // 2 * 2 * 0.6, of 1 - 0.6^2 = 0.64
  CHECK(detail::regularizer_slope(0.5f, 2) == 0.0f);
  CHECK(detail::regularizer_slope(1.0f, 20) == doctest::Approx(-40));
  const auto regularizer = [](double h, double exponent) { return 1 - std::pow(std::fabs(2 * h - 1), exponent); };
  for (const double h : {0.05, 0.3, 0.6, 0.95}) {
    for (const double exponent : {2.0, 4.5, 20.0}) {
      const double difference = (regularizer(h + 1e-5, exponent) - regularizer(h - 1e-5, exponent)) / 2e-5;
      CHECK(static_cast<double>(detail::regularizer_slope(static_cast<float>(h), static_cast<float>(exponent))) ==
            doctest::Approx(difference).epsilon(1e-4));
    }
  }
}

TEST_CASE("WeightRounding: error and regularizer in the gradient of one weight, by hand") {
  // Weight 0.4 at scale 0.5 is 0.8 steps: h = 0.8. Of the two weights only it is free. Its gradient is
  // (1 * 0.5 dL/dw + regularization * -1.728) * 0.225: with 1 and exponent 4 it is 0 where dL/dw = 3.456.
  for (const auto& [of_weight, regularization, goes_up] :
       {std::tuple{3.4f, 1.0f, true}, {3.5f, 1.0f, false}, {6.8f, 2.0f, true}, {7.0f, 2.0f, false}}) {
    const std::vector<Asymmetric::Parameters> groups{{0.5f, 0}};
    detail::WeightRounding rounding(std::vector<float>{0.4f, 1.5f}, groups, {-3, 3}, true);
    REQUIRE(rounding.free() == 1);
    rounding.step(std::vector<float>{of_weight, 100.0f}, regularization, 4, 0.1f);
    std::vector<float> soft(2);
    rounding.soft_reals(soft);
    // The first step of Adam is as long as the learning rate, against the gradient.
    const float moved = std::log(3.0f) + (goes_up ? 0.1f : -0.1f);
    CHECK(soft[0] == doctest::Approx(0.5f * detail::RectifiedSigmoid(moved).value));
    CHECK(soft[1] == 1.5f);
  }
}

TEST_CASE("WeightRounding: what is free, what is nearest, and the step by hand") {
  // Scale 1, codes -2..2; the largest is an end, 2.6 would be beyond.
  const std::vector<float> weights{0.25f, -1.5f, 2.0f, 1.75f, -0.75f, 0.0f};
  const std::vector<Asymmetric::Parameters> groups{{1.0f, 0}};
  detail::WeightRounding rounding(weights, groups, {-2, 2}, true);
  CHECK(rounding.free() == 5);
  CHECK(rounding.nearest() == std::vector<std::int32_t>{0, -2, 2, 2, -1, 0});
  std::vector<float> soft(6);
  rounding.soft_reals(soft);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    CHECK(soft[k] == doctest::Approx(weights[k]));
  }
  CHECK(rounding.learned() == std::vector<std::int32_t>{0, -1, 2, 2, -1, 0});
  // The first step of Adam moves each variable by the rate, against its gradient; without gradient nothing moves.
  const std::vector<float> slopes{-1, 1, 5, 0, 0, 0};
  rounding.step(slopes, 0, 20, 0.5f);
  std::vector<float> moved(6);
  rounding.soft_reals(moved);
  CHECK(moved[0] == doctest::Approx(detail::RectifiedSigmoid(detail::RectifiedSigmoid::inverse(0.25f) + 0.5f).value));
  CHECK(moved[1] ==
        doctest::Approx(-2 + detail::RectifiedSigmoid(detail::RectifiedSigmoid::inverse(0.5f) - 0.5f).value));
  CHECK(moved[2] == 2.0f);
  CHECK(moved[3] == doctest::Approx(1.75));
  // The regularizer alone drives all to the nearer side.
  for (int k = 0; k < 300; ++k) {
    rounding.step(std::vector<float>(6), 1, 2, 0.05f);
  }
  rounding.soft_reals(moved);
  std::vector<float> decided(6);
  rounding.reals(rounding.learned(), decided);
  CHECK(largest_difference(moved, decided) < 0.02);
}

TEST_CASE("learn_codes: as good as the best of all roundings of four weights") {
  // y = w x: correlated inputs. All 16 roundings are tried.
  const std::vector<float> weights{0.45f, 1.4f, -0.6f, 2.45f, 7.0f};
  const std::vector<Asymmetric::Parameters> groups{{1.0f, 0}};
  Random random(4);
  detail::Reconstruction problem{.inputs = {},
                                 .targets = {},
                                 .input_size = 5,
                                 .output_size = 1,
                                 .channels = 1,
                                 .bias = {0.5f},
                                 .shift = {},
                                 .clamp = {},
                                 .forward = {},
                                 .add_gradients = {}};
  std::vector<float> y;
  problem.forward = [&](std::span<const float> w, std::span<const float> x) -> std::span<const float> {
    y.assign(x.size() / 5, w[5]);
    for (std::size_t k = 0; k < x.size(); ++k) {
      y[k / 5] += w[k % 5] * x[k];
    }
    return y;
  };
  problem.add_gradients = [](std::span<const float>, std::span<const float> x, std::span<const float> dy,
                             std::span<float> gradients) {
    for (std::size_t k = 0; k < x.size(); ++k) {
      gradients[k % 5] += dy[k / 5] * x[k];
    }
  };
  for (int i = 0; i < 200; ++i) {
    const float common = 1.0f + random.normal();
    float sum = 0.5f;
    for (std::size_t k = 0; k < 5; ++k) {
      problem.inputs.push_back(common + 0.1f * random.normal());
      sum += weights[k] * problem.inputs.back();
    }
    problem.targets.push_back(sum);
  }
  detail::WeightRounding rounding(weights, groups, {-7, 7}, true);
  const auto error_of = [&](const std::vector<std::int32_t>& codes) {
    std::vector<float> parameters = problem.parameters(5);
    rounding.reals(codes, std::span(parameters).first(5));
    return problem.errors(parameters, 64)[0];
  };
  double best = std::numeric_limits<double>::infinity();
  for (int choice = 0; choice < 16; ++choice) {
    best = std::min(best, error_of({choice & 1, 1 + (choice >> 1 & 1), -1 + (choice >> 2 & 1), 2 + (choice >> 3), 7}));
  }
  const double nearest = error_of(rounding.nearest());
  const auto learned = detail::learn_codes(rounding, problem, {.iterations = 1000});
  CHECK(nearest > 5 * best);
  CHECK(error_of(learned) == doctest::Approx(best));
}

}  // namespace weight_rounding_test
