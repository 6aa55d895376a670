// SPDX-License-Identifier: MIT
#include "qnn/training/optimizer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <vector>

namespace optimizer_test {
namespace {

using qnn::Decay;
using Floats = std::vector<float>;

/// Three steps by `optimizer` of one parameter from 1 with the gradients 0.5, -1, 0.25.
template <qnn::Optimizer O>
std::array<double, 3> path(const O& optimizer, float rate, Decay decay) {
  Floats parameter{1.0f}, state(O::slots);
  const std::array<float, 3> gradients{0.5f, -1.0f, 0.25f};
  std::array<double, 3> visited{};
  for (std::size_t t = 0; t < 3; ++t) {
    optimizer.step(parameter, std::span(gradients).subspan(t, 1), state, static_cast<std::int64_t>(t) + 1, rate, decay);
    visited[t] = static_cast<double>(parameter[0]);
  }
  return visited;
}

void check_path(const std::array<double, 3>& found, const std::array<double, 3>& expected) {
  for (std::size_t t = 0; t < 3; ++t) {
    CAPTURE(t);
    CHECK(found[t] == doctest::Approx(expected[t]).epsilon(1e-6));
  }
}

/// The published algorithm, one operation after the other, in double, on the gradients of `path`.
std::array<double, 3> adam_by_the_book(double rate, double beta1, double beta2, double epsilon, double l2,
                                       double decoupled) {
  const std::array<double, 3> gradients{0.5, -1, 0.25};
  double theta = 1, m = 0, v = 0, power1 = 1, power2 = 1;
  std::array<double, 3> visited{};
  for (std::size_t t = 0; t < 3; ++t) {
    theta -= rate * decoupled * theta;
    const double g = gradients[t] + l2 * theta;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    power1 *= beta1;
    power2 *= beta2;
    theta -= rate * (m / (1 - power1)) / (std::sqrt(v / (1 - power2)) + epsilon);
    visited[t] = theta;
  }
  return visited;
}

/// Distance from the minimum of sum_i a_i (p_i - i)^2 / 2 after `steps` steps from 0; a_i = 0.1 .. 1.
template <qnn::Optimizer O>
double distance_after(const O& optimizer, int steps) {
  constexpr std::size_t count = 10;
  Floats parameters(count), gradients(count), state(count * O::slots);
  for (int step = 1; step <= steps; ++step) {
    for (std::size_t i = 0; i < count; ++i) {
      gradients[i] = 0.1f * static_cast<float>(i + 1) * (parameters[i] - static_cast<float>(i));
    }
    optimizer.step(parameters, gradients, state, step, optimizer.learning_rate, Decay::none);
  }
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double error = static_cast<double>(parameters[i]) - static_cast<double>(i);
    sum += error * error;
  }
  return std::sqrt(sum);
}

}  // namespace

TEST_CASE("Sgd: steps worked out by hand") {
  // p - 0.1 g
  check_path(path(qnn::Sgd{}, 0.1f, Decay::apply), {0.95, 1.05, 1.025});
  // s = g + 0.2 p: 0.7, -0.814 (p = 0.93), 0.45228 (p = 1.0114)
  check_path(path(qnn::Sgd{.weight_decay = 0.2f}, 0.1f, Decay::apply), {0.93, 1.0114, 0.966172});
  check_path(path(qnn::Sgd{.weight_decay = 0.2f}, 0.1f, Decay::none), {0.95, 1.05, 1.025});
  // v = 0.9 v + g: 0.5, -0.55, -0.245
  check_path(path(qnn::Sgd{.momentum = 0.9f}, 0.1f, Decay::apply), {0.95, 1.005, 1.0295});
  // g + 0.9 v: 0.95, -1.495, 0.0295
  check_path(path(qnn::Sgd{.momentum = 0.9f, .nesterov = true}, 0.1f, Decay::apply), {0.905, 1.0545, 1.05155});
}

TEST_CASE("Sgd: without momentum leaves the state alone, with momentum keeps the velocity there") {
  Floats parameter{1.0f}, state{7.0f};
  const Floats gradient{0.5f};
  qnn::Sgd{}.step(parameter, gradient, state, 1, 0.1f, Decay::none);
  CHECK(state[0] == 7.0f);
  state[0] = 2.0f;
  qnn::Sgd{.momentum = 0.5f}.step(parameter, gradient, state, 2, 0.1f, Decay::none);
  CHECK(state[0] == 1.5f);
}

TEST_CASE("Adam: the first step is the rate times the sign of the gradient, however small that is") {
  for (const float gradient : {1e-4f, -1e-4f, 1.0f, 1e8f, -1e8f}) {
    Floats parameter{0.0f}, state(2);
    qnn::Adam{}.step(parameter, Floats{gradient}, state, 1, 0.01f, Decay::none);
    CHECK(parameter[0] == doctest::Approx(gradient > 0 ? -0.01 : 0.01).epsilon(2e-4));  // epsilon takes 1e-4 of it
  }
}

TEST_CASE("Adam: second step worked out by hand") {
  // beta1 = 0.5, beta2 = 0.75, g = 0.5, -1: m = 0.25, -0.375; v = 0.0625, 0.296875;
  // corrected m: 0.5, -0.5; v: 0.25, 0.296875 / 0.4375 = 0.678571...; sqrt = 0.823754...
  const qnn::Adam adam{.beta1 = 0.5f, .beta2 = 0.75f};
  const std::array<double, 3> found = path(adam, 0.1f, Decay::none);
  CHECK(found[0] == doctest::Approx(0.9).epsilon(1e-6));
  CHECK(found[1] == doctest::Approx(0.9 + 0.05 / 0.8237545).epsilon(1e-6));
}

TEST_CASE("Adam and AdamW: follow their papers, and differ by the place of the weight decay") {
  const qnn::Adam adam{.epsilon = 1e-3f, .weight_decay = 0.2f};
  check_path(path(adam, 0.1f, Decay::apply), adam_by_the_book(0.1, 0.9, 0.999, 1e-3, 0.2, 0));
  check_path(path(adam, 0.1f, Decay::none), adam_by_the_book(0.1, 0.9, 0.999, 1e-3, 0, 0));
  const qnn::AdamW adam_w{.epsilon = 1e-3f, .weight_decay = 0.2f};
  check_path(path(adam_w, 0.1f, Decay::apply), adam_by_the_book(0.1, 0.9, 0.999, 1e-3, 0, 0.2));
  check_path(path(adam_w, 0.1f, Decay::none), path(adam, 0.1f, Decay::none));
}

TEST_CASE("AdamW: without gradient only shrinks") {
  Floats parameters{2.0f, -4.0f}, state(4);
  qnn::AdamW{.weight_decay = 0.5f}.step(parameters, Floats(2), state, 1, 0.5f, Decay::apply);
  CHECK(parameters == Floats{1.5f, -3.0f});
}

TEST_CASE("optimizers: a tensor may be updated in parts of any size") {
  const auto check = [](const auto& optimizer) {
    using O = std::remove_cvref_t<decltype(optimizer)>;
    constexpr std::size_t count = 37, cut = 5;
    constexpr std::size_t slots = O::slots;
    Floats whole(count), gradients(count), state(slots * count);
    for (std::size_t i = 0; i < count; ++i) {
      whole[i] = 0.1f * static_cast<float>(i);
      gradients[i] = 0.3f - 0.07f * static_cast<float>(i % 11);
    }
    Floats left(whole.begin(), whole.begin() + cut), right(whole.begin() + cut, whole.end());
    Floats left_state(slots * cut), right_state(slots * (count - cut));
    for (int step = 1; step <= 4; ++step) {
      const std::span<const float> slope = gradients;
      optimizer.step(whole, slope, state, step, 0.01f, Decay::apply);
      optimizer.step(left, slope.first(cut), left_state, step, 0.01f, Decay::apply);
      optimizer.step(right, slope.subspan(cut), right_state, step, 0.01f, Decay::apply);
    }
    left.insert(left.end(), right.begin(), right.end());
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(left[i] == doctest::Approx(whole[i]).epsilon(1e-6));
    }
  };
  check(qnn::Sgd{.momentum = 0.9f, .weight_decay = 0.1f});
  check(qnn::Adam{.weight_decay = 0.1f});
  check(qnn::AdamW{});
}

TEST_CASE("optimizers: find the minimum of a quadratic") {
  CHECK(distance_after(qnn::Sgd{.learning_rate = 0.5f}, 400) < 1e-3);
  CHECK(distance_after(qnn::Sgd{.learning_rate = 0.1f, .momentum = 0.9f}, 400) < 1e-3);
  CHECK(distance_after(qnn::Sgd{.learning_rate = 0.1f, .momentum = 0.9f, .nesterov = true}, 400) < 1e-3);
  CHECK(distance_after(qnn::Adam{.learning_rate = 0.1f}, 1000) < 1e-2);
  CHECK(distance_after(qnn::AdamW{.learning_rate = 0.1f}, 1000) < 1e-2);
}

TEST_CASE("optimizers: refuse options out of range") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const float rate : {0.0f, -1.0f, nan, infinity}) {
    CHECK_THROWS_AS(qnn::Sgd{.learning_rate = rate}.validate(), qnn::ArgumentError);
    CHECK_THROWS_AS(qnn::Adam{.learning_rate = rate}.validate(), qnn::ArgumentError);
    CHECK_THROWS_AS(qnn::AdamW{.learning_rate = rate}.validate(), qnn::ArgumentError);
  }
  for (const float beta : {-0.1f, 1.0f, nan}) {
    CHECK_THROWS_AS(qnn::Sgd{.momentum = beta}.validate(), qnn::ArgumentError);
    CHECK_THROWS_AS(qnn::Adam{.beta1 = beta}.validate(), qnn::ArgumentError);
    CHECK_THROWS_AS(qnn::AdamW{.beta2 = beta}.validate(), qnn::ArgumentError);
  }
  CHECK_THROWS_AS(qnn::Adam{.epsilon = 0}.validate(), qnn::ArgumentError);
  for (const float decay : {-0.1f, infinity, nan}) {
    CHECK_THROWS_AS(qnn::Sgd{.weight_decay = decay}.validate(), qnn::ArgumentError);
    CHECK_THROWS_AS(qnn::AdamW{.weight_decay = decay}.validate(), qnn::ArgumentError);
  }
  CHECK_THROWS_WITH_AS(qnn::Sgd{.nesterov = true}.validate(),
                       "qnn: momentum: expected above 0 where nesterov is set, found 0.000000", qnn::ArgumentError);
  CHECK_NOTHROW(qnn::Sgd{}.validate());
  CHECK_NOTHROW(qnn::Adam{.beta1 = 0, .beta2 = 0}.validate());
  CHECK_NOTHROW(qnn::AdamW{}.validate());
}

TEST_CASE("optimizers: refuse arrays that do not belong together") {
  Floats parameters(3), state(6);
  CHECK_THROWS_AS(qnn::Adam{}.step(parameters, Floats(2), state, 1, 0.1f, Decay::none), qnn::ContractViolation);
  CHECK_THROWS_AS(qnn::Sgd{}.step(parameters, Floats(3), state, 1, 0.1f, Decay::none), qnn::ContractViolation);
  CHECK_THROWS_AS(qnn::Adam{}.step(parameters, Floats(3), state, 0, 0.1f, Decay::none), qnn::ContractViolation);
}

}  // namespace optimizer_test
