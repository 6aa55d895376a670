// SPDX-License-Identifier: MIT
/// @file
/// Gradients through whole networks: layers that work in place must not take from others what their backward pass
/// needs.
#include "qnn/layers.hpp"
#include "qnn/training/backpropagation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

using namespace qnn;

template <class Architecture>
void check_network(std::uint64_t seed) {
  using Layout = ParameterLayout<Architecture>;
  constexpr Index count = 3;
  Random random(seed);
  std::vector<float> parameters(static_cast<std::size_t>(Layout::size)), gradients(parameters.size());
  for (float& parameter : parameters) {
    parameter = random.uniform(-0.7f, 0.7f);
  }
  const std::vector<std::int32_t> labels{0, 2, 1};
  std::vector<float> x(static_cast<std::size_t>(count * Trace<Architecture>::input::size));
  for (float& value : x) {
    value = random.uniform(-1.0f, 1.0f);
  }
  Backpropagation<Architecture> pass(count);
  const TrainingStep step{.seed = 21, .first_example = 5};
  const auto loss = [&](float* into) {
    std::copy(x.begin(), x.end(), pass.inputs(count).data());
    return pass.run(parameters.data(), labels, CrossEntropy{}, 1.0f, step, into).loss;
  };
  const double middle = loss(gradients.data());
  std::vector<float> ignored(parameters.size());
  Index compared = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float kept = parameters[i], above = kept + 0x1p-7f, below = kept - 0x1p-7f;
    parameters[i] = above;
    const double high = loss(ignored.data());
    parameters[i] = below;
    const double low = loss(ignored.data());
    parameters[i] = kept;
    const double slope = (high - low) / (static_cast<double>(above) - static_cast<double>(below));
    const double bend = std::abs(high - 2 * middle + low) / 0x1p-7;
    if (bend < 0.02 * (1.0 + std::abs(slope))) {
      ++compared;
      CAPTURE(i);
      CHECK(static_cast<double>(gradients[i]) == doctest::Approx(slope).epsilon(0.02).scale(0.1));
    }
  }
  CHECK(2 * compared > Layout::size);
}

}  // namespace

TEST_CASE("gradients: Dropout behind a pool, behind ReLU6, behind Softmax") {
  check_network<Sequential<Input<6, 6, 1>, Conv2d<3, Kernel<3>>, MaxPool2d<2>, Dropout<25>, Flatten, Dense<3>>>(1);
  check_network<Sequential<Input<6>, Dense<9>, ReLU6, Dropout<40>, Dense<3>>>(2);
  check_network<Sequential<Input<6>, Dense<5>, Softmax, Dropout<30>, Dense<3>>>(3);
}

TEST_CASE("gradients: Softmax behind ReLU, behind a pool; activations behind a pool") {
  check_network<Sequential<Input<6>, Dense<5>, ReLU, Softmax, Dense<3>>>(4);
  check_network<Sequential<Input<6, 6, 1>, Conv2d<3, Kernel<3>>, MaxPool2d<2>, Flatten, Softmax, Dense<3>>>(5);
  check_network<Sequential<Input<6, 6, 1>, Conv2d<3, Kernel<3>>, MaxPool2d<2>, ReLU, Flatten, Dense<3>>>(6);
  check_network<Sequential<Input<6, 6, 1>, Conv2d<3, Kernel<3>>, ReLU6, MaxPool2d<2>, ReLU, Flatten, ReLU6, Dense<3>>>(
      7);
}

TEST_CASE("gradients: in-place layers first and last, a final Softmax") {
  check_network<Sequential<Input<6>, ReLU, Dense<5>, Dropout<20>, ReLU, Dense<3>, ReLU>>(8);
  check_network<Sequential<Input<6>, Dense<5>, ReLU, Dense<3>, Softmax>>(9);
}

TEST_CASE("gradients: functions of one value in place, behind a pool and behind each other") {
  check_network<Sequential<Input<6, 6, 1>, Conv2d<3, Kernel<3>>, MaxPool2d<2>, Sigmoid, Flatten, Dense<3>>>(410);
  check_network<Sequential<Input<6>, Dense<5>, Tanh, LeakyReLU<30>, Dense<4>, Sigmoid, Dropout<20>, Dense<3>>>(411);
  check_network<Sequential<Input<6>, Dense<5>, HardSwish, Tanh, Dense<4>, LeakyReLU<>, HardSwish, Dense<3>>>(412);
}

TEST_CASE("gradients: depthwise convolutions and sequences") {
  check_network<Sequential<Input<5, 5, 2>, ZeroPad2d<1, 0>, DepthwiseConv2d<Kernel<3>, Multiplier<2>>, LeakyReLU<20>,
                           DepthwiseConv2d<Kernel<2>, NoBias>, Flatten, Dense<3>>>(413);
  check_network<Sequential<Input<9, 2>, Conv1d<3, Kernel<3>>, ReLU, MaxPool1d<2>, Tanh, Flatten, Dense<3>>>(414);
}
