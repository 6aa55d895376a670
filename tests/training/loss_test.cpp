// SPDX-License-Identifier: MIT
#include "qnn/training/loss.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <numeric>
#include <vector>

namespace loss_test {
namespace {

using Floats = std::vector<float>;

Floats random_outputs(std::size_t count, qnn::Random& random) {
  Floats outputs(count);
  for (float& output : outputs) {
    output = 2 * random.normal();
  }
  return outputs;
}

/// Central differences of `loss` at `outputs`; the step that float really took is used for the quotient.
template <class L, class Target>
std::vector<double> numerical_gradient(const L& loss, Floats outputs, const Target& target) {
  std::vector<double> gradient;
  for (float& output : outputs) {
    const float middle = output, above = middle + 0x1p-8f, below = middle - 0x1p-8f;
    output = above;
    const double high = loss(outputs, target);
    output = below;
    const double low = loss(outputs, target);
    output = middle;
    gradient.push_back((high - low) / (static_cast<double>(above) - static_cast<double>(below)));
  }
  return gradient;
}

template <class L, class Target>
void check_gradient(const L& loss, const Floats& outputs, const Target& target) {
  Floats gradient(outputs.size(), -99.0f);
  const double value = loss(outputs, target, gradient);
  CHECK(value == loss(outputs, target));
  const std::vector<double> expected = numerical_gradient(loss, outputs, target);
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    CAPTURE(k);
    CHECK(static_cast<double>(gradient[k]) == doctest::Approx(expected[k]).epsilon(1e-4));
  }
}

}  // namespace

TEST_CASE("losses: the gradient is the derivative of the value") {
  qnn::Random random(11);
  for (const std::size_t classes : {1u, 2u, 3u, 10u, 17u, 101u}) {
    const Floats outputs = random_outputs(classes, random);
    const auto label = static_cast<std::int32_t>(random.below(static_cast<qnn::Index>(classes)));
    CAPTURE(classes);
    check_gradient(qnn::CrossEntropy{}, outputs, label);
    check_gradient(qnn::CrossEntropy{.label_smoothing = 0.1f}, outputs, label);
    check_gradient(qnn::MeanSquaredError{}, outputs, label);
    check_gradient(qnn::MeanSquaredError{}, outputs, random_outputs(classes, random));
  }
}

TEST_CASE("CrossEntropy: known values") {
  // Logits ln 1, ln 2, ln 5: probabilities 1/8, 2/8, 5/8.
  const Floats logits{0.0f, std::log(2.0f), std::log(5.0f)};
  Floats gradient(3);
  CHECK(qnn::CrossEntropy{}(logits, 1, gradient) == doctest::Approx(std::log(4.0)).epsilon(1e-7));
  CHECK(gradient[0] == doctest::Approx(0.125));
  CHECK(gradient[1] == doctest::Approx(-0.75));
  CHECK(gradient[2] == doctest::Approx(0.625));
  // Smoothing 0.3 over 3 classes: targets 0.1, 0.8, 0.1.
  const double smooth = 0.1 * std::log(8.0) + 0.8 * std::log(4.0) + 0.1 * std::log(8.0 / 5);
  CHECK(qnn::CrossEntropy{.label_smoothing = 0.3f}(logits, 1, gradient) == doctest::Approx(smooth).epsilon(1e-7));
  CHECK(gradient[0] == doctest::Approx(0.025));
  CHECK(gradient[1] == doctest::Approx(-0.55));
  CHECK(gradient[2] == doctest::Approx(0.525));
}

TEST_CASE("CrossEntropy: equal logits cost log K, and the gradient sums to zero") {
  for (const std::size_t classes : {1u, 2u, 10u, 1000u}) {
    for (const float smoothing : {0.0f, 0.2f}) {
      Floats gradient(classes);
      const double loss = qnn::CrossEntropy{.label_smoothing = smoothing}(Floats(classes, 3.5f), 0, gradient);
      CHECK(loss == doctest::Approx(std::log(static_cast<double>(classes))));
      CHECK(std::accumulate(gradient.begin(), gradient.end(), 0.0) == doctest::Approx(0).epsilon(1e-6));
    }
  }
}

TEST_CASE("CrossEntropy: does not change when all logits move together") {
  const Floats logits{0.5f, -1.25f, 2.0f}, moved{8192.5f, 8190.75f, 8194.0f};  // sums exact in float
  CHECK(qnn::CrossEntropy{}(logits, 1) == qnn::CrossEntropy{}(moved, 1));
}

TEST_CASE("CrossEntropy: is exact for logits of +-10000") {
  const Floats logits{1e4f, -1e4f, 0.0f};
  Floats gradient(3);
  CHECK(qnn::CrossEntropy{}(logits, 0, gradient) == 0.0);
  CHECK(gradient == Floats{0, 0, 0});
  CHECK(qnn::CrossEntropy{}(logits, 1, gradient) == 2e4);
  CHECK(gradient == Floats{1, -1, 0});
  CHECK(qnn::CrossEntropy{}(logits, 2, gradient) == 1e4);
  CHECK(gradient == Floats{1, 0, -1});
  CHECK(qnn::CrossEntropy{.label_smoothing = 0.5f}(logits, 0) == doctest::Approx(0.5 / 3 * 3e4));
  CHECK(qnn::CrossEntropy{}(Floats(3, -1e4f), 0) == doctest::Approx(std::log(3.0)));
  constexpr float largest = std::numeric_limits<float>::max();
  CHECK(std::isfinite(qnn::CrossEntropy{}(Floats{largest, -largest}, 1)));
}

TEST_CASE("CrossEntropy: a class ruled out by -infinity is fine, NaN and +infinity are passed on") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Floats gradient(3);
  CHECK(qnn::CrossEntropy{}(Floats{0, 0, -infinity}, 0, gradient) == doctest::Approx(std::log(2.0)));
  CHECK(gradient == Floats{-0.5f, 0.5f, 0});
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Floats& bad : {Floats{nan, 0, 0}, Floats{0, nan, 0}, Floats{0, 0, nan}, Floats{0, infinity, 0}}) {
    CHECK(std::isnan(qnn::CrossEntropy{}(bad, 0)));
  }
}

TEST_CASE("MeanSquaredError: known values") {
  const Floats outputs{0.5f, -1.0f, 2.0f, 1.0f};
  Floats gradient(4);
  CHECK(qnn::MeanSquaredError{}(outputs, 2, gradient) == (0.25 + 1 + 1 + 1) / 4);
  CHECK(gradient == Floats{0.25f, -0.5f, 0.5f, 0.5f});
  CHECK(qnn::MeanSquaredError{}(outputs, Floats{0.5f, 1.0f, 2.0f, 0.0f}, gradient) == (4.0 + 1) / 4);
  CHECK(gradient == Floats{0, -1.0f, 0, 0.5f});
  CHECK(qnn::MeanSquaredError{}(outputs, outputs, gradient) == 0);
}

TEST_CASE("losses: refuse labels that are no class") {
  const Floats outputs(3);
  for (const std::int32_t label : {-1, 3, std::numeric_limits<std::int32_t>::min()}) {
    CHECK_THROWS_AS(qnn::CrossEntropy{}(outputs, label), qnn::ArgumentError);
    CHECK_THROWS_AS(qnn::MeanSquaredError{}(outputs, label), qnn::ArgumentError);
  }
  const Floats two_outputs(2);
  for (const std::int32_t label : {-7, 5}) {  // not a constant: g++ 12 takes the element for read before the throw
    const std::string message = "qnn: label: expected 0 to 1, one per output, found " + std::to_string(label);
    CHECK_THROWS_WITH_AS(qnn::CrossEntropy{}(two_outputs, label), message.c_str(), qnn::ArgumentError);
  }
  CHECK_THROWS_AS(qnn::CrossEntropy{}(Floats{}, 0), qnn::ArgumentError);
  Floats short_gradient(2);
  CHECK_THROWS_AS(qnn::CrossEntropy{}(outputs, 0, short_gradient), qnn::ContractViolation);
  CHECK_THROWS_AS(qnn::MeanSquaredError{}(outputs, Floats(2)), qnn::ContractViolation);
}

TEST_CASE("CrossEntropy: label smoothing lies in [0, 1)") {
  CHECK_NOTHROW(qnn::CrossEntropy{.label_smoothing = 0.999f}.validate());
  for (const float smoothing : {-0.1f, 1.0f, std::numeric_limits<float>::quiet_NaN()}) {
    CHECK_THROWS_AS(qnn::CrossEntropy{.label_smoothing = smoothing}.validate(), qnn::ArgumentError);
  }
}

}  // namespace loss_test
