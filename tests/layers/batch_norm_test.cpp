// SPDX-License-Identifier: MIT
#include "qnn/layers/batch_norm.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/testing/check_layer.hpp"
#include "qnn/training/train.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "check_report.hpp"

namespace batch_norm_test {
namespace {

using namespace qnn;

FloatDataset random_examples(const Extents& extents, Index count) {
  Random random(5);
  std::vector<float> values(static_cast<std::size_t>(count * extents.size()));
  for (float& value : values) {
    value = random.uniform(-1.0f, 2.0f);
  }
  std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = static_cast<std::int32_t>(i % 2);
  }
  return {values, extents, labels, 2};
}

}  // namespace

TEST_CASE("BatchNorm: gradients of images and of vectors") {
  CHECK_REPORT(testing::check_gradients<BatchNorm, Shape<3, 2, 5>>({.batch = 4}));
  CHECK_REPORT(testing::check_gradients<BatchNorm, Shape<7>>({.batch = 6}));
}

TEST_CASE("BatchNorm: inference by the running statistics") {
  using Machine = BatchNorm::at<Float32, Shape<2>>;
  // scale {2, 1}, shift {1, 0}, mean {3, -1}, variance {4, 1}
  const std::vector<float> parameters{2, 1, 1, 0, 3, -1, 4, 1}, x{5, 0, 3, -2};
  std::vector<float> y(4);
  Machine::forward(parameters.data(), {x.data(), 2}, {y.data(), 2}, nullptr);
  CHECK(y[0] == doctest::Approx(2 * (5 - 3) / 2.0 + 1));
  CHECK(y[1] == doctest::Approx(1));
  CHECK(y[2] == doctest::Approx(1));
  CHECK(y[3] == doctest::Approx(-1));
}

TEST_CASE("BatchNorm: training normalizes what it sees, a constant channel included") {
  using Machine = BatchNorm::at<Float32, Shape<2>>;
  const std::vector<float> parameters{1, 1, 0, 5, 9, 9, 9, 9}, x{1, 4, 3, 4, 8, 4};
  std::vector<float> y(6);
  Machine::forward_training(parameters.data(), {x.data(), 3}, {y.data(), 3}, {});
  CHECK(y[0] + y[2] + y[4] == doctest::Approx(0).epsilon(1e-5));
  CHECK(y[0] * y[0] + y[2] * y[2] + y[4] * y[4] == doctest::Approx(3));
  CHECK(y[1] == doctest::Approx(5));
}

TEST_CASE("BatchNorm: the running statistics follow those of the examples, whatever the optimizer") {
  using Net = Sequential<Input<3>, BatchNorm, Dense<2>>;
  const FloatDataset data = random_examples({3}, 8);
  Network<Net, Float32> network(HeNormal{.seed = 1});
  train(network, data, CrossEntropy{}, Sgd{.learning_rate = 1e-20f, .momentum = 0.9f},
        {.epochs = 1, .batch = 8, .validation = 0, .clip_norm = 1e-9, .threads = 1, .progress = Progress::silent});
  std::vector<float> x(3);
  for (std::size_t k = 0; k < 3; ++k) {
    double sum = 0, squares = 0;
    for (Index i = 0; i < 8; ++i) {
      data.copy(i, x);
      sum += static_cast<double>(x[k]);
      squares += static_cast<double>(x[k] * x[k]);
    }
    const double mean = sum / 8, variance = (squares - 8 * mean * mean) / 7;
    CHECK(static_cast<double>(network.parameters()[6 + k]) == doctest::Approx(0.1 * mean));
    CHECK(static_cast<double>(network.parameters()[9 + k]) == doctest::Approx(0.9 + 0.1 * variance));
    CHECK(network.parameters()[k] == 1.0f);
  }
}

TEST_CASE("BatchNorm: statistics do not depend on the number of threads, nor vanish with many") {
  using Net = Sequential<Input<2>, Dense<8>, BatchNorm, ReLU, Dense<2>>;
  const FloatDataset data = random_examples({2}, 70);
  const auto trained = [&](int threads) {
    Network<Net, Float32> network(HeNormal{.seed = 1});
    train(network, data, CrossEntropy{}, Adam{.learning_rate = 1e-2f},
          {.epochs = 2, .batch = 64, .validation = 0, .threads = threads, .progress = Progress::silent});
    const auto values = network.parameters();
    return std::vector<float>(values.begin(), values.end());
  };
  const std::vector<float> one = trained(1), many = trained(8);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(many[i] == doctest::Approx(one[i]).epsilon(1e-3));
  }
  Network<Net, Float32> network(HeNormal{.seed = 1});
  CHECK_THROWS_WITH_AS(train(network, data, CrossEntropy{}, Adam{}, {.epochs = 1, .batch = 1}),
                       doctest::Contains("one example has no variance"), ArgumentError);
}

TEST_CASE_TEMPLATE("BatchNorm: quantized as part of the linear layer before it", P, Int8<>, Int8<Asymmetric>, Int16<>) {
  using Normalized = Sequential<Input<5, 4, 2>, Conv2d<6, Kernel<3>, NoBias>, BatchNorm, ReLU, Flatten, Dense<4>,
                                BatchNorm, ReLU6, Dense<2>>;
  using Folded = Sequential<Input<5, 4, 2>, Conv2d<6, Kernel<3>>, ReLU, Flatten, Dense<4>, ReLU6, Dense<2>>;
  Network<Normalized, Float32> network(HeNormal{.seed = 3});
  Random random(9);
  Network<Folded, Float32> folded;
  auto target = folded.parameters().begin();
  const auto parameters = network.parameters();
  const auto& slots = ParameterLayout<Normalized>::slots;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto values = slots[i].in(parameters);
    if (slots[i].layer_name == "BatchNorm") {
      for (float& value : values) {
        value = random.uniform(0.5f, 1.5f);
      }
    } else {
      for (float& value : values) {
        value = random.uniform(-0.5f, 0.5f);
      }
    }
  }
  const auto fold = [&](std::size_t weight, std::size_t bias, std::size_t statistics, std::size_t channels) {
    const auto none = std::span<const float>();
    const FoldedLinear linear = fold_batch_norm(slots[weight].in(parameters),
                                                bias == 0 ? none : std::span<const float>(slots[bias].in(parameters)),
                                                channels, slots[statistics].in(parameters).data());
    target = std::copy(linear.weights.begin(), linear.weights.end(), target);
    target = std::copy(linear.bias.begin(), linear.bias.end(), target);
  };
  fold(0, 0, 1, 6);
  fold(5, 6, 7, 4);
  for (const std::size_t last : {std::size_t{11}, std::size_t{12}}) {
    const auto values = slots[last].in(parameters);
    target = std::copy(values.begin(), values.end(), target);
  }
  CHECK(target == folded.parameters().end());

  const FloatDataset data = random_examples({5, 4, 2}, 16);
  const Ranges<Normalized> ranges = calibrate(network, data);
  Ranges<Folded> same;
  const std::array<std::size_t, 7> layers{0, 3, 3, 4, 7, 7, 8};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    same.of_layer[i] = ranges.of_layer[layers[i]];
  }
  const auto a = std::make_unique<Network<Normalized, P>>();
  const auto b = std::make_unique<Network<Folded, P>>();
  quantize_to(*a, network, ranges);
  quantize_to(*b, folded, same);
  std::vector<float> x(40), from_normalized(2), from_folded(2), real(2), real_folded(2);
  HeapArena<Network<Normalized, P>> arena_a(1);
  HeapArena<Network<Folded, P>> arena_b(1);
  HeapArena<Network<Normalized, Float32>> arena_real(1);
  HeapArena<Network<Folded, Float32>> arena_folded(1);
  for (Index i = 0; i < data.size(); ++i) {
    data.copy(i, x);
    a->forward({x.data(), 1}, {from_normalized.data(), 1}, arena_a);
    b->forward({x.data(), 1}, {from_folded.data(), 1}, arena_b);
    CHECK(from_normalized == from_folded);
    network.forward({x.data(), 1}, {real.data(), 1}, arena_real);
    folded.forward({x.data(), 1}, {real_folded.data(), 1}, arena_folded);
    CHECK(real[0] == doctest::Approx(real_folded[0]).epsilon(1e-4));
    CHECK(real[1] == doctest::Approx(real_folded[1]).epsilon(1e-4));
  }
}

}  // namespace batch_norm_test
