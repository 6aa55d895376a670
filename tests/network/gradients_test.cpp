// SPDX-License-Identifier: MIT
/// @file
/// Gradients through whole networks: layers that work in place must not take from others what their backward pass
/// needs.
#include "qnn/layers.hpp"
#include "qnn/training/backpropagation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace gradients_test {
namespace {

using namespace qnn;

template <class Architecture>
void check_network(std::uint64_t seed, float difference = 0x1p-7f) {
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
  for (const ParameterSlot& slot : Layout::slots) {  // what stands in the place of their gradient is none
    if (slot.info.is_statistic) {
      std::ranges::fill(slot.in(std::span(gradients)), 0.0f);
    }
  }
  Index compared = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const float kept = parameters[i], above = kept + difference, below = kept - difference;
    parameters[i] = above;
    const double high = loss(ignored.data());
    parameters[i] = below;
    const double low = loss(ignored.data());
    parameters[i] = kept;
    const double slope = (high - low) / (static_cast<double>(above) - static_cast<double>(below));
    const double bend = std::abs(high - 2 * middle + low) / static_cast<double>(difference);
    if (bend < 0.02 * (1.0 + std::abs(slope))) {
      ++compared;
      CAPTURE(seed);
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

TEST_CASE("gradients: sums of branches, whose inputs several layers read") {
  check_network<Sequential<Input<5>, Dense<6>, ReLU, Residual<Sequential<Dense<6>, ReLU, Dense<6>>>, ReLU, Dense<3>>>(
      10);
  check_network<
      Sequential<Input<5>, Dense<4>, Residual<Sequential<>>, Residual<ReLU, Sequential<ReLU6, Dense<4>>>, Dense<3>>>(
      11);
  check_network<Sequential<Input<6, 6, 2>, Conv2d<3, Kernel<3>, Same>, ReLU,
                           Residual<Sequential<Conv2d<4, Kernel<3>, Stride<2>, Same>, ReLU, Conv2d<4, Kernel<3>, Same>>,
                                    Conv2d<4, Kernel<1>, Stride<2>>>,
                           ReLU, GlobalAveragePool2d, Dense<3>>>(12, 0x1p-10f);
  check_network<
      Sequential<Input<4>, Residual<Dense<4>, Sequential<>>, Residual<Residual<Dense<4>>, Dense<4>>, Dense<3>>>(13);
}

TEST_CASE("gradients: concatenated branches") {
  check_network<Sequential<Input<5>, Dense<4>, Concat<Sequential<ReLU, Dense<3>>, Sequential<>, Dense<2>>, Dense<3>>>(
      14);
  check_network<Sequential<Input<5, 4, 2>, Conv2d<3, Kernel<1>>,
                           Concat<Sequential<Conv2d<2, Kernel<3>, Same>, ReLU>, Sequential<>, MaxPool2d<1>>,
                           MaxPool2d<2>, Flatten, Dense<3>>>(15);
}

TEST_CASE("gradients: normalizations") {
  // With so few examples, what a normalization gives bends: small differences.
  check_network<Sequential<Input<5>, Dense<6, NoBias>, BatchNorm, ReLU, Dense<3>>>(16, 0x1p-9f);
  check_network<Sequential<Input<4, 4, 2>, BatchNorm, Conv2d<3, Kernel<3>, NoBias>, BatchNorm, ReLU6,
                           Residual<Sequential<Conv2d<3, Kernel<3>, Same, NoBias>, BatchNorm>>, ReLU,
                           GlobalAveragePool2d, Dense<3>>>(17, 0x1p-9f);
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

}  // namespace gradients_test
