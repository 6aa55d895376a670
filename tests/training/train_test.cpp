// SPDX-License-Identifier: MIT
/// @file
/// Training learns, repeats itself bit for bit, stops where it should, and refuses what it cannot do.
#include "qnn/training/train.hpp"

#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <limits>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

namespace train_test {

using namespace qnn;

namespace {

using Small = Sequential<Input<2>, Dense<8>, ReLU, Dense<3>>;
using Parameters = std::vector<float>;

/// Three clouds around the corners of a triangle, `spread` wide.
FloatDataset clouds(Index count, float spread = 0.3f, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (Index i = 0; i < count; ++i) {
    const auto label = static_cast<std::int32_t>(random.below(3));
    labels.push_back(label);
    values.push_back((label == 0 ? -1.0f : 1.0f) + spread * random.normal());
    values.push_back((label == 1 ? 1.0f : -1.0f) + spread * random.normal());
  }
  return {values, {2}, labels, 3};
}

/// One example, `count` times.
FloatDataset repeated(Index count, std::int32_t label = 0) {
  std::vector<float> values;
  for (Index i = 0; i < count; ++i) {
    values.insert(values.end(), {0.5f, -1.0f});
  }
  return {values, {2}, std::vector<std::int32_t>(static_cast<std::size_t>(count), label), 3};
}

TrainingOptions quiet(int epochs, Index batch = 8) {
  return {.epochs = epochs, .batch = batch, .validation = 0, .threads = 1, .progress = Progress::silent};
}

template <class Architecture>
Parameters parameters_of(const Network<Architecture, Float32>& net) {
  return {net.parameters().begin(), net.parameters().end()};
}

/// Parameters of a fresh network after training.
template <class Architecture = Small, Optimizer O = Sgd>
Parameters trained(const FloatDataset& data, const TrainingOptions& options,
                   const O& optimizer = {.learning_rate = 0.1f}) {
  Network<Architecture, Float32> net(HeNormal{.seed = 9});
  train(net, data, CrossEntropy{}, optimizer, options);
  return parameters_of(net);
}

double distance(const Parameters& a, const Parameters& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest;
}

/// Cross-entropy whose value is NaN from its call number `last` + 1 on.
struct BreaksDown {
  int* calls;
  int last;
  void validate() const {}
  double operator()(std::span<const float> logits, std::int32_t label, std::span<float> gradient = {}) const {
    const double loss = CrossEntropy{}(logits, label, gradient);
    return (*calls)++ < last ? loss : std::nan("");
  }
};

/// What std::cerr is given while the object lives.
class CapturedErrors {
 public:
  CapturedErrors() : kept_(std::cerr.rdbuf(text_.rdbuf())) {}
  CapturedErrors(const CapturedErrors&) = delete;
  CapturedErrors& operator=(const CapturedErrors&) = delete;
  ~CapturedErrors() { std::cerr.rdbuf(kept_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* kept_;
};

}  // namespace

TEST_CASE("train: exclusive or, which no linear network can do") {
  using Net = Sequential<Input<2>, Dense<8>, ReLU, Dense<2>>;
  const FloatDataset data({0, 0, 0, 1, 1, 0, 1, 1}, {2}, {0, 1, 1, 0}, 2);
  Network<Net, Float32> net(HeNormal{.seed = 2});
  const History history = train(net, data, CrossEntropy{}, Adam{.learning_rate = 0.05f}, quiet(300, 4));
  CHECK(history.epochs.back().training_accuracy == 1.0);
  CHECK(history.epochs.back().training_loss < 0.01);
}

TEST_CASE("train: the loss falls, and the history tells") {
  const FloatDataset data = clouds(200);
  Network<Small, Float32> net(HeNormal{.seed = 9});
  TrainingOptions options = quiet(10, 16);
  options.validation = 0.25;
  options.schedule = StepDecay{.decay = 0.5, .every_epochs = 4};
  const History history = train(net, data, CrossEntropy{}, Sgd{.learning_rate = 0.1f}, options);
  REQUIRE(history.epochs.size() == 10);
  CHECK(history.epochs.back().training_loss < 0.3 * history.epochs.front().training_loss);
  CHECK(history.epochs.back().validation_accuracy > 0.9);
  for (int i = 0; i < 10; ++i) {
    const EpochRecord& record = history.epochs[static_cast<std::size_t>(i)];
    CHECK(record.epoch == i + 1);
    CHECK(record.training_loss > 0);
    CHECK(record.validation_loss > 0);
    CHECK((record.training_accuracy >= 0 && record.training_accuracy <= 1));
    CHECK((record.validation_accuracy >= 0 && record.validation_accuracy <= 1));
    CHECK(record.learning_rate == doctest::Approx(0.1 * std::pow(0.5, i / 4)).epsilon(1e-6));
    CHECK(record.seconds >= 0);
  }
  CHECK((history.best_epoch >= 1 && history.best_epoch <= 10));
}

TEST_CASE("train: a convolutional network with every kind of layer learns") {
  using Net = Sequential<Input<8, 8, 1>, Conv2d<4, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Conv2d<6, Kernel<3>>, ReLU6,
                         AveragePool2d<2>, Flatten, Dropout<10>, Dense<2>, Softmax>;
  Random random(3);
  std::vector<float> images;
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 120; ++i) {  // stripes across or down
    labels.push_back(i % 2);
    const Index phase = random.below(2);
    for (Index k = 0; k < 64; ++k) {
      images.push_back(static_cast<float>(((i % 2 == 0 ? k / 8 : k % 8) + phase) % 2) + 0.2f * random.normal());
    }
  }
  Network<Net, Float32> net(HeNormal{.seed = 4});
  const History history = train(net, FloatDataset(images, {8, 8, 1}, labels, 2), CrossEntropy{},
                                Adam{.learning_rate = 0.01f}, quiet(8, 10));
  CHECK(history.epochs.back().training_accuracy > 0.95);
}

TEST_CASE("train: the same seed and threads give the same bits, others do not") {
  const FloatDataset data = clouds(61);
  using Net = Sequential<Input<2>, Dense<8>, ReLU, Dropout<20>, Dense<3>>;
  TrainingOptions options = quiet(3);
  options.validation = 0.2;
  const Parameters once = trained<Net>(data, options);
  CHECK(trained<Net>(data, options) == once);
  options.seed = 2;
  CHECK(trained<Net>(data, options) != once);
  options.seed = 1;
  options.threads = 3;
  const Parameters shared = trained<Net>(data, options);
  CHECK(trained<Net>(data, options) == shared);
  CHECK(distance(shared, once) < 1e-4);  // the same sums in another order
  options.threads = 20;                  // more than examples in a batch
  CHECK(distance(trained<Net>(data, options), once) < 1e-4);
}

TEST_CASE("train: the parameters of the best epoch are restored") {
  for (const Monitor monitor : {Monitor::loss, Monitor::accuracy}) {
    const FloatDataset data = clouds(40, 1.5f);  // they overlap: training overfits
    TrainingOptions options = quiet(40);
    options.validation = 0.4;
    options.monitor = monitor;
    std::vector<Parameters> after;
    options.after_epoch = [&](const TrainingState& state) {
      after.emplace_back(state.parameters.begin(), state.parameters.end());
    };
    Network<Small, Float32> net(HeNormal{.seed = 9});
    const History history = train(net, data, CrossEntropy{}, Adam{.learning_rate = 0.05f}, options);
    REQUIRE(after.size() == 40);
    const auto best = std::min_element(history.epochs.begin(), history.epochs.end(), [&](const auto& a, const auto& b) {
      return monitor == Monitor::loss ? a.validation_loss < b.validation_loss
                                      : a.validation_accuracy > b.validation_accuracy;
    });
    CHECK(history.best_epoch == best->epoch);
    REQUIRE(history.best_epoch < 40);
    CHECK(parameters_of(net) == after[static_cast<std::size_t>(history.best_epoch - 1)]);
    CHECK(parameters_of(net) != after.back());
  }
}

TEST_CASE("train: patience stops so many epochs after the best") {
  const FloatDataset data = clouds(40, 1.5f);
  TrainingOptions options = quiet(200);
  options.validation = 0.4;
  options.patience = 4;
  Network<Small, Float32> net(HeNormal{.seed = 9});
  const History history = train(net, data, CrossEntropy{}, Adam{.learning_rate = 0.05f}, options);
  CHECK(history.epochs.size() < 200);
  CHECK(static_cast<int>(history.epochs.size()) == history.best_epoch + 4);
}

TEST_CASE("train: without validation the last epoch is the best") {
  TrainingOptions options = quiet(3);
  Parameters last;
  options.after_epoch = [&](const TrainingState& state) {
    last.assign(state.parameters.begin(), state.parameters.end());
  };
  Network<Small, Float32> net(HeNormal{.seed = 9});
  const History history = train(net, clouds(30), CrossEntropy{}, Sgd{.learning_rate = 0.1f}, options);
  CHECK(history.best_epoch == 3);
  CHECK(std::isnan(history.epochs[0].validation_loss));
  CHECK(std::isnan(history.epochs[0].validation_accuracy));
  CHECK(parameters_of(net) == last);
}

TEST_CASE("train: batches of every size") {
  const FloatDataset data = clouds(7);
  std::vector<std::int64_t> steps;
  TrainingOptions options = quiet(2);
  options.after_epoch = [&](const TrainingState& state) { steps.push_back(state.step); };
  for (const Index batch : {Index{1}, Index{3}, Index{7}, Index{8}, Index{1000000}}) {
    options.batch = batch;
    steps.clear();
    trained(data, options);
    const std::int64_t of_epoch = (7 + batch - 1) / batch;
    CHECK(steps == std::vector<std::int64_t>{of_epoch, 2 * of_epoch});
  }
  CHECK(trained(data, quiet(2, 7)) == trained(data, quiet(2, 1000)));
  CHECK(trained(data, quiet(2, 7)) == trained(data, quiet(2, std::numeric_limits<Index>::max())));
  CHECK(trained(clouds(1), quiet(2)) != trained(clouds(1), quiet(1)));
}

TEST_CASE("train: the gradient of a batch is its mean, of the last and smaller one too") {
  // Every example the same: 7 of them in batches of 4 and 3 are two steps, as two epochs of one batch are.
  CHECK(distance(trained(repeated(7), quiet(1, 4)), trained(repeated(7), quiet(2, 7))) < 1e-6);
  CHECK(distance(trained(repeated(7), quiet(1, 1)), trained(repeated(1), quiet(7, 1))) < 1e-6);
}

TEST_CASE("train: one step of plain descent, by hand") {
  using Linear = Sequential<Input<2>, Dense<3>>;
  Network<Linear, Float32> net;  // zeros: probabilities 1/3
  train(net, repeated(5, 1), CrossEntropy{}, Sgd{.learning_rate = 0.3f}, quiet(1, 5));
  // d loss / d z = (1/3, -2/3, 1/3); weights follow dz x^T, x = (0.5, -1).
  const std::vector<double> expected{-0.05, 0.1, 0.1, -0.2, -0.05, 0.1, -0.1, 0.2, -0.1};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(static_cast<double>(net.parameters()[i]) == doctest::Approx(expected[i]).epsilon(1e-5));
  }
}

TEST_CASE("train: a final Softmax changes nothing, since cross-entropy reads the logits below it") {
  using Logits = Sequential<Input<2>, Dense<8>, ReLU, Dropout<20>, Dense<3>>;
  using Probabilities = Sequential<Input<2>, Dense<8>, ReLU, Dropout<20>, Dense<3>, Softmax>;
  TrainingOptions options = quiet(4);
  options.validation = 0.2;
  const FloatDataset data = clouds(50);
  CHECK(trained<Logits>(data, options) == trained<Probabilities>(data, options));
}

TEST_CASE("train: label smoothing is learnt as it is asked for") {
  using Linear = Sequential<Input<2>, Dense<3>, Softmax>;
  Network<Linear, Float32> net;
  train(net, repeated(4, 2), CrossEntropy{.label_smoothing = 0.3f}, Sgd{.learning_rate = 0.5f}, quiet(400));
  const std::vector<float> x{0.5f, -1.0f};
  std::vector<float> y(3);
  HeapArena<Network<Linear, Float32>> arena(1);
  net.forward({x.data(), 1}, {y.data(), 1}, arena);
  CHECK(y[0] == doctest::Approx(0.1).epsilon(1e-3));
  CHECK(y[1] == doctest::Approx(0.1).epsilon(1e-3));
  CHECK(y[2] == doctest::Approx(0.8).epsilon(1e-3));
}

TEST_CASE("train: clipping bounds the step and keeps its direction") {
  const FloatDataset data = clouds(16);
  TrainingOptions options = quiet(1, 16);
  Network<Small, Float32> start(HeNormal{.seed = 9});
  const auto step = [&](double clip_norm) {
    options.clip_norm = clip_norm;
    Parameters moved = trained(data, options, Sgd{.learning_rate = 1.0f});
    for (std::size_t i = 0; i < moved.size(); ++i) {
      moved[i] -= start.parameters()[i];
    }
    return moved;
  };
  const Parameters free = step(0), clipped = step(0.01), loose = step(1e6);
  CHECK(euclidean_norm(free) > 0.1);
  CHECK(euclidean_norm(clipped) == doctest::Approx(0.01).epsilon(1e-3));
  CHECK(loose == free);
  const double product = std::inner_product(free.begin(), free.end(), clipped.begin(), 0.0);
  CHECK(product == doctest::Approx(euclidean_norm(free) * euclidean_norm(clipped)).epsilon(1e-3));
}

TEST_CASE("train: after_epoch sees the state of every epoch") {
  TrainingOptions options = quiet(3);
  std::vector<int> epochs;
  options.after_epoch = [&](const TrainingState& state) {
    epochs.push_back(state.epoch);
    CHECK(state.history.epochs.size() == static_cast<std::size_t>(state.epoch));
    CHECK(state.parameters.size() == static_cast<std::size_t>(ParameterLayout<Small>::size));
    CHECK(state.optimizer.size() == 2 * state.parameters.size());
    CHECK(state.step == 4 * state.epoch);
  };
  trained(clouds(30), options, Adam{});
  CHECK(epochs == std::vector<int>{1, 2, 3});
}

TEST_CASE("train: a loss that is not finite names epoch and batch, and its step is not made") {
  int calls = 0;
  Parameters before;
  TrainingOptions options = quiet(3, 4);
  options.after_epoch = [&](const TrainingState& state) {
    before.assign(state.parameters.begin(), state.parameters.end());
  };
  Network<Small, Float32> net(HeNormal{.seed = 9});
  const FloatDataset data = clouds(12);
  // Three batches of 4: call 13 is the first of epoch 2.
  CHECK_THROWS_WITH_AS(train(net, data, BreaksDown{&calls, 12}, Sgd{.learning_rate = 0.1f}, options),
                       doctest::Contains("the loss is nan in epoch 2, batch 1"), NumericError);
  CHECK(parameters_of(net) == before);
  calls = 0;
  CHECK_THROWS_WITH_AS(train(net, data, BreaksDown{&calls, 10}, Sgd{.learning_rate = 0.1f}, options),
                       doctest::Contains("in epoch 1, batch 3; lower the learning rate"), NumericError);
}

TEST_CASE("train: a rate that throws the parameters out of range is not passed over in silence") {
  Network<Small, Float32> net(HeNormal{.seed = 9});
  const Sgd wild{.learning_rate = 3e38f};
  CHECK_THROWS_AS(train(net, clouds(12), CrossEntropy{}, wild, quiet(5, 4)), NumericError);

  // One step, whose own loss is finite.
  using Linear = Sequential<Input<2>, Dense<3>>;
  Network<Linear, Float32> linear;
  const Parameters start = parameters_of(linear);
  const FloatDataset far({1e3f, -1e3f}, {2}, {1}, 3);
  CHECK_THROWS_WITH_AS(train(linear, far, CrossEntropy{}, wild, quiet(1)),
                       doctest::Contains("a parameter is NaN or infinite after epoch 1"), NumericError);
  CHECK(parameters_of(linear) == start);
}

TEST_CASE("train: options and examples that do not fit") {
  Network<Small, Float32> net(HeNormal{.seed = 9});
  const Parameters start = parameters_of(net);
  const auto refusal = [&](const FloatDataset& data, const TrainingOptions& options, const CrossEntropy& loss = {},
                           const Sgd& sgd = {}) -> std::string {
    try {
      train(net, data, loss, sgd, options);
    } catch (const ArgumentError& error) {
      CHECK(parameters_of(net) == start);
      return error.what();
    }
    return "no error";
  };
  const FloatDataset data = clouds(9);
  CHECK(refusal(data, quiet(0)) == "qnn: train: epochs: expected at least 1, found 0");
  CHECK(refusal(data, quiet(1, 0)) == "qnn: train: batch: expected at least 1, found 0");
  CHECK(refusal(data, {.threads = -1}).find("threads") != std::string::npos);
  CHECK(refusal(data, quiet(1), {.label_smoothing = 1}).find("label_smoothing") != std::string::npos);
  CHECK(refusal(data, quiet(1), {}, {.learning_rate = 0}).find("learning_rate") != std::string::npos);
  CHECK(refusal(FloatDataset({1, 2, 3}, {3}, {0}, 3), quiet(1)) ==
        "qnn: examples: extents: expected 2, the network's input, found 3");
  CHECK(refusal(FloatDataset({1, 2}, {2}, {0}, 4), quiet(1)) ==
        "qnn: examples: classes: expected at most 3, one for each output of the network, found 4");
  CHECK(refusal(data.first(0), quiet(1)) == "qnn: examples: expected at least one, found none");
  CHECK(refusal(FloatDataset({1, 2}, {1, 2, 1}, {0}, 2), quiet(1)) == "no error");  // flat input, fewer classes
}

TEST_CASE("train: states of other trainings are refused") {
  Network<Small, Float32> net(HeNormal{.seed = 9});
  TrainingState state;
  TrainingOptions options = quiet(2);
  options.after_epoch = [&](const TrainingState& seen) { state = seen; };
  train(net, clouds(20), CrossEntropy{}, Sgd{}, options);
  options = quiet(3);
  CHECK_THROWS_WITH_AS(train(net, clouds(20), CrossEntropy{}, Adam{}, options, state),
                       doctest::Contains("train: state"), ArgumentError);
  CHECK_THROWS_AS(train(net, clouds(60), CrossEntropy{}, Sgd{}, options, state), ArgumentError);
  using Wider = Sequential<Input<2>, Dense<9>, ReLU, Dense<3>>;
  Network<Wider, Float32> wider;
  CHECK_THROWS_AS(train(wider, clouds(20), CrossEntropy{}, Sgd{}, options, state), ArgumentError);
  CHECK(train(net, clouds(20), CrossEntropy{}, Sgd{}, options, state).epochs.size() == 3);
}

TEST_CASE("train: silent is silent") {
  const CapturedErrors captured;
  trained(clouds(20), quiet(2));
  CHECK(captured.text().empty());
  TrainingOptions loud = quiet(2);
  loud.progress = Progress::always;
  trained(clouds(20), loud);
  CHECK_FALSE(captured.text().empty());
}

}  // namespace train_test
