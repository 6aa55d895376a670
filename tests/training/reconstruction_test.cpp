// SPDX-License-Identifier: MIT
/// @file
/// Autoencoders: gradients of the reconstruction, training on the examples themselves, and what is left of it in
/// integers.
#include "qnn/evaluation/reconstruction.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/models/autoencoder.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/training/train.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reconstruction_test {

using namespace qnn;

namespace {

using Plain = Sequential<Input<6>, Dense<3>, Tanh, Dense<6>>;
// ReLU, in place, leaves nothing of the examples that its outputs are compared with.
using Overwriting = Sequential<Input<2, 3, 1>, ReLU, Flatten, Dense<3>, Tanh, Dense<6>>;
using Normalizing = Sequential<Input<6>, Dense<4>, BatchNorm, Tanh, Dense<6>>;
using Small = AutoencoderOf<16, 12, 4>;

/// Points of a plane in 16 dimensions, and a little noise: two numbers say nearly all of an example.
FloatDataset waves(Index count, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values;
  for (Index i = 0; i < count; ++i) {
    const float a = random.normal(), b = random.normal();
    for (int k = 0; k < 16; ++k) {
      const float angle = 0.4f * static_cast<float>(k);
      values.push_back(a * std::sin(angle) + b * std::cos(angle) + 0.01f * random.normal());
    }
  }
  return FloatDataset::unlabelled(values, {16});
}

TrainingOptions quiet(int epochs) {
  return {.epochs = epochs, .batch = 32, .validation = 0.2, .threads = 1, .progress = Progress::silent};
}

/// Gradients of all parameters against central differences of the loss.
template <class Architecture>
void check_gradients() {
  constexpr Index count = 5;
  using In = typename Trace<Architecture>::input;
  Network<Architecture, Float32> net(HeNormal{.seed = 11});
  Backpropagation<Architecture> pass(count);
  Random random(4);
  std::vector<float> examples(static_cast<std::size_t>(count * In::size));
  std::generate(examples.begin(), examples.end(), [&] { return random.normal(); });
  const Batch<const float, In> targets(examples.data(), count);
  const auto run = [&](std::vector<float>& gradients) {
    std::copy(examples.begin(), examples.end(), pass.inputs(count).data());
    return pass.run(net.parameters().data(), targets, Reconstruction{}, 1.0f, {}, gradients.data()).loss;
  };
  std::vector<float> gradients(net.parameters().size()), ignored = gradients;
  run(gradients);
  for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
    const std::string name = slot.name();
    CAPTURE(name);
    for (Index i = slot.offset; i < slot.offset + (slot.info.is_statistic ? 0 : slot.info.extents.size()); ++i) {
      float& parameter = net.parameters()[static_cast<std::size_t>(i)];
      const float kept = parameter, above = kept + 0x1p-8f, below = kept - 0x1p-8f;
      parameter = above;
      const double high = run(ignored);
      parameter = below;
      const double low = run(ignored);
      parameter = kept;
      const double slope = (high - low) / (static_cast<double>(above) - static_cast<double>(below));
      CHECK(static_cast<double>(gradients[static_cast<std::size_t>(i)]) == doctest::Approx(slope).epsilon(2e-3));
    }
  }
}

}  // namespace

TEST_CASE("reconstruction: gradients are those of the loss") {
  SUBCASE("plain") { check_gradients<Plain>(); }
  SUBCASE("a layer that writes over the examples") { check_gradients<Overwriting>(); }
  SUBCASE("a normalization") { check_gradients<Normalizing>(); }
}

TEST_CASE("reconstruction: the loss is the mean squared difference from the example") {
  const std::vector<float> outputs{1, 2, 3, 4}, example{1, 0, 3, 5};
  std::vector<float> gradient(4);
  CHECK(Reconstruction{}(outputs, example, gradient) == (4.0 + 1) / 4);
  CHECK(gradient == std::vector<float>{0, 1, 0, -0.5f});
  CHECK_THROWS_AS(Reconstruction{}(outputs, std::span(example).first(3)), ContractViolation);
}

TEST_CASE("reconstruction: a small autoencoder learns, and integers reconstruct nearly as well") {
  const FloatDataset data = waves(400), fresh = waves(200, 2);
  Network<Small, Float32> net(HeNormal{.seed = 3});
  const double before = reconstruction_error(net, fresh);
  const History history = train(net, data, Reconstruction{}, Adam{.learning_rate = 0.01f}, quiet(60));
  const double after = reconstruction_error(net, fresh);
  CHECK(after < 0.03 * before);
  CHECK(history.epochs.back().training_loss < 0.1 * history.epochs.front().training_loss);
  const EpochRecord& best = history.epochs[static_cast<std::size_t>(history.best_epoch - 1)];
  CHECK(best.validation_loss == doctest::Approx(after).epsilon(0.5));
  CHECK(std::isnan(best.training_accuracy));
  CHECK(std::isnan(best.validation_accuracy));

  const auto ranges = calibrate(net, data);
  const double int8 = reconstruction_error(quantize<Int8<>>(net, ranges), fresh);
  const double asymmetric = reconstruction_error(quantize<Int8<Asymmetric>>(net, ranges), fresh);
  const double int16 = reconstruction_error(quantize<Int16<>>(net, ranges), fresh);
  CHECK(int8 < 2 * after);
  CHECK(asymmetric < 2 * after);
  CHECK(int16 == doctest::Approx(after).epsilon(0.01));
}

TEST_CASE("reconstruction: what is unlike the examples is reconstructed worse") {
  Network<Small, Float32> net(HeNormal{.seed = 3});
  train(net, waves(400), Reconstruction{}, Adam{.learning_rate = 0.01f}, quiet(30));
  Random random(8);
  std::vector<float> noise(16 * 50);
  std::generate(noise.begin(), noise.end(), [&] { return random.normal(); });
  const auto strange = FloatDataset::unlabelled(noise, {16});
  CHECK(reconstruction_error(net, waves(50, 2)) < 0.2 * reconstruction_error(net, strange));
}

TEST_CASE("reconstruction: errors are those of the outputs, whatever the number of threads") {
  const FloatDataset data = waves(37);
  const Network<Small, Float32> net(HeNormal{.seed = 3});
  const auto errors = reconstruction_errors(net, data, 1);
  const auto outputs = predict(net, data, 1);
  REQUIRE(errors.size() == 37);
  for (std::size_t i = 0; i < errors.size(); ++i) {
    std::vector<float> example(16);
    data.copy(static_cast<Index>(i), example);
    CHECK(errors[i] == doctest::Approx(Reconstruction{}(std::span(outputs).subspan(16 * i, 16), example)));
  }
  CHECK(reconstruction_errors(net, data, 2) == errors);
}

TEST_CASE("reconstruction: augmented examples are compared with what they were") {
  // Every example becomes zeros, so all that can be learned is their mean, in the last bias.
  std::vector<float> values;
  for (int i = 0; i < 64; ++i) {
    values.insert(values.end(), {1.0f + static_cast<float>(i % 2), -2, 0.5f, 0, 3, 1});
  }
  const auto data = FloatDataset::unlabelled(values, {6});
  Network<Plain, Float32> net(HeNormal{.seed = 3});
  TrainingOptions options = quiet(200);
  options.validation = 0;
  options.augment = [](std::span<float> example, Random&) { std::ranges::fill(example, 0.0f); };
  train(net, data, Reconstruction{}, Adam{.learning_rate = 0.05f}, options);
  const std::vector<float> mean = predict(net, std::vector<float>(6));
  CHECK(mean[0] == doctest::Approx(1.5).epsilon(0.02));
  CHECK(mean[1] == doctest::Approx(-2).epsilon(0.02));
  CHECK(mean[4] == doctest::Approx(3).epsilon(0.02));
}

TEST_CASE("reconstruction: repeats itself bit for bit, on one thread and on two nearly the same") {
  const auto trained = [](int threads) {
    Network<Small, Float32> net(HeNormal{.seed = 3});
    TrainingOptions options = quiet(3);
    options.threads = threads;
    train(net, waves(100), Reconstruction{}, Sgd{.learning_rate = 0.05f}, options);
    return std::vector<float>(net.parameters().begin(), net.parameters().end());
  };
  const auto one = trained(1), two = trained(2);
  CHECK(one == trained(1));
  CHECK(two == trained(2));
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK(one[i] == doctest::Approx(two[i]).epsilon(1e-3));
  }
}

TEST_CASE("reconstruction: labels play no part, and there is no accuracy to monitor") {
  const FloatDataset some = waves(40);
  std::vector<float> values;
  for (Index i = 0; i < some.size(); ++i) {
    const auto example = some.raw(i);
    values.insert(values.end(), example.begin(), example.end());
  }
  const FloatDataset labelled(values, {16}, std::vector<std::int32_t>(40, 99), 100);  // more classes than outputs
  Network<Small, Float32> net(HeNormal{.seed = 3}), other = net;
  train(net, some, Reconstruction{}, Adam{}, quiet(2));
  train(other, labelled, Reconstruction{}, Adam{}, quiet(2));
  CHECK(std::ranges::equal(net.parameters(), other.parameters()));
  TrainingOptions options = quiet(2);
  options.monitor = Monitor::accuracy;
  CHECK_THROWS_WITH_AS(train(net, some, Reconstruction{}, Adam{}, options),
                       doctest::Contains("train: monitor: expected the loss"), ArgumentError);
}

}  // namespace reconstruction_test
