// SPDX-License-Identifier: MIT
/// @file
/// A training that was interrupted, saved and resumed ends with the same bits as one that was not.
#include "qnn/io/checkpoint.hpp"

#include "fixtures.hpp"
#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/fake_quant_training.hpp"
#include "qnn/training/train.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace checkpoint_test {

using namespace qnn;
using namespace fixtures;

namespace {

using Net = Sequential<Input<4>, Dense<8>, ReLU, Dropout<30>, Dense<3>>;
struct Interruption {};

FloatDataset examples() {
  constexpr Index count = 53;
  Random random(21);
  std::vector<float> values(count * 4);
  std::vector<std::int32_t> labels(count);
  for (Index i = 0; i < count; ++i) {
    const auto label = random.below(3);
    labels[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(label);
    for (Index k = 0; k < 4; ++k) {
      values[static_cast<std::size_t>(4 * i + k)] = random.normal() + (k == label ? 1.0f : 0.0f);
    }
  }
  return {values, {4}, labels, 3};
}

TrainingOptions options_for(int threads) {
  return {.epochs = 4,
          .batch = 8,
          .validation = 0.2,
          .schedule = Cosine{.final_fraction = 0.1, .warm_up_steps = 3},
          .seed = 5,
          .threads = threads,
          .progress = Progress::silent};
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool same_but_time(const EpochRecord& a, const EpochRecord& b) {
  return a.epoch == b.epoch && same(a.training_loss, b.training_loss) &&
         same(a.training_accuracy, b.training_accuracy) && same(a.validation_loss, b.validation_loss) &&
         same(a.validation_accuracy, b.validation_accuracy) && same(a.learning_rate, b.learning_rate);
}

bool same_but_time(const History& a, const History& b) {
  return a.best_epoch == b.best_epoch &&
         std::equal(a.epochs.begin(), a.epochs.end(), b.epochs.begin(), b.epochs.end(),
                    [](const EpochRecord& one, const EpochRecord& other) { return same_but_time(one, other); });
}

template <Optimizer O>
void check_resuming(const O& optimizer, TrainingOptions options) {
  const FloatDataset data = examples();
  Network<Net, Float32> whole(HeNormal{.seed = 3}), halves(HeNormal{.seed = 3});
  const History expected = train(whole, data, CrossEntropy{}, optimizer, options);

  const Folder folder;
  TrainingOptions interrupted = options;
  interrupted.after_epoch = [&](const TrainingState& state) {
    save_checkpoint<Net>(folder / "x.ckpt", state);
    if (state.epoch == 2) {
      throw Interruption{};
    }
  };
  CHECK_THROWS_AS(train(halves, data, CrossEntropy{}, optimizer, interrupted), Interruption);
  Network<Net, Float32> resumed;  // nothing but the file is kept
  const History found =
      train(resumed, data, CrossEntropy{}, optimizer, options, load_checkpoint<Net>(folder / "x.ckpt"));
  CHECK(std::ranges::equal(resumed.parameters(), whole.parameters()));
  CHECK_FALSE(std::ranges::equal(halves.parameters(), whole.parameters()));
  CHECK(found.epochs.size() == 4);
  CHECK(same_but_time(found, expected));
}

TrainingState sample() {
  constexpr auto size = static_cast<std::size_t>(ParameterLayout<Net>::size);
  TrainingState state;
  state.epoch = 2;
  state.step = 12;
  state.parameters.assign(size, 0.1f);
  state.parameters[3] = std::numeric_limits<float>::denorm_min();
  state.best.assign(size, -0.0f);
  state.optimizer.assign(2 * size, 1e-30f);
  state.best_score = 1.0 / 3.0;
  state.history.best_epoch = 1;
  state.history.epochs = {{.epoch = 1, .training_loss = 0.1, .learning_rate = 1e-300, .seconds = 2.0 / 3.0},
                          {.epoch = 2, .validation_loss = std::numeric_limits<double>::infinity()}};
  return state;
}

template <class Architecture>
std::string refusal(const TensorFile& file) {
  const Folder folder;
  file.write(folder / "x.ckpt");
  return refusal_by([&] { load_checkpoint<Architecture>(folder / "x.ckpt"); });
}

}  // namespace

TEST_CASE("checkpoint: 2 epochs, a file and 2 epochs are 4 epochs, bit for bit") {
  for (const int threads : {1, 2}) {
    CAPTURE(threads);
    check_resuming(Adam{.learning_rate = 0.01f}, options_for(threads));
    check_resuming(AdamW{.learning_rate = 0.01f}, options_for(threads));
    check_resuming(Sgd{.learning_rate = 0.05f, .momentum = 0.9f, .nesterov = true, .weight_decay = 1e-3f},
                   options_for(threads));
    TrainingOptions without_validation = options_for(threads);
    without_validation.validation = 0;
    without_validation.monitor = Monitor::accuracy;
    check_resuming(Adam{.learning_rate = 0.01f}, without_validation);
  }
}

TEST_CASE("checkpoint: quantization-aware training goes on from its file, ranges included") {
  using P = FakeQuant<Int8<>>;
  const FloatDataset data = examples();
  const Network<Net, Float32> start(HeNormal{.seed = 3});
  const auto ranges = calibrate(start, data);
  Network<Net, P> whole(start, ranges), halves(start, ranges), resumed(start, ranges);
  const Folder folder;
  train(whole, data, CrossEntropy{}, Adam{.learning_rate = 0.01f}, options_for(1));
  TrainingOptions interrupted = options_for(1);
  interrupted.after_epoch = [&](const TrainingState& state) {
    save_checkpoint<Net, P>(folder / "x.ckpt", state);
    if (state.epoch == 2) {
      throw Interruption{};
    }
  };
  CHECK_THROWS_AS(train(halves, data, CrossEntropy{}, Adam{.learning_rate = 0.01f}, interrupted), Interruption);
  train(resumed, data, CrossEntropy{}, Adam{.learning_rate = 0.01f}, options_for(1),
        load_checkpoint<Net, P>(folder / "x.ckpt"));
  CHECK(resumed.values() == whole.values());
  CHECK(resumed.ranges().of_layer != halves.ranges().of_layer);
  // One of a float training is another thing.
  CHECK(refusal_by([&] { load_checkpoint<Net>(folder / "x.ckpt"); }).find("parameters") != std::string::npos);
}

TEST_CASE("checkpoint: patience goes on counting where it stopped") {
  TrainingOptions options = options_for(1);
  options.epochs = 30;
  options.patience = 3;
  const FloatDataset data = examples();
  Network<Net, Float32> whole(HeNormal{.seed = 3}), resumed;
  const Folder folder;
  const Adam adam{.learning_rate = 0.1f};
  const History expected = train(whole, data, CrossEntropy{}, adam, options);
  REQUIRE(expected.epochs.size() < 30);
  const auto stop = expected.best_epoch + 1;
  options.after_epoch = [&](const TrainingState& state) {
    if (state.epoch == stop) {
      save_checkpoint<Net>(folder / "x", state);
    }
  };
  Network<Net, Float32> again(HeNormal{.seed = 3});
  train(again, data, CrossEntropy{}, adam, options);
  options.after_epoch = {};
  const History found = train(resumed, data, CrossEntropy{}, adam, options, load_checkpoint<Net>(folder / "x"));
  CHECK(same_but_time(found, expected));
  CHECK(std::ranges::equal(resumed.parameters(), whole.parameters()));
}

TEST_CASE("checkpoint: every number of the state comes back") {
  const Folder folder;
  const TrainingState saved = sample();
  save_checkpoint<Net>(folder / "x", saved);
  const TrainingState loaded = load_checkpoint<Net>(folder / "x");
  CHECK(loaded.epoch == 2);
  CHECK(loaded.step == 12);
  CHECK(loaded.best_score == saved.best_score);
  CHECK(loaded.parameters == saved.parameters);
  CHECK(loaded.optimizer == saved.optimizer);
  CHECK(loaded.best == saved.best);
  CHECK(std::signbit(loaded.best[0]));
  CHECK(same_but_time(loaded.history, saved.history));
  CHECK(loaded.history.epochs[0].seconds == saved.history.epochs[0].seconds);
  CHECK(std::isnan(loaded.history.epochs[1].seconds));

  TrainingState fresh = sample();
  fresh.epoch = 0;
  fresh.step = 0;
  fresh.best_score = std::numeric_limits<double>::infinity();
  fresh.history = {};
  save_checkpoint<Net>(folder / "x", fresh);
  CHECK(load_checkpoint<Net>(folder / "x").history.epochs.empty());
  CHECK(load_checkpoint<Net>(folder / "x").best_score == fresh.best_score);
}

TEST_CASE("checkpoint: states and files that do not fit") {
  using Other = Sequential<Input<4>, Dense<8>, ReLU, Dropout<40>, Dense<3>>;  // as many parameters
  const Folder folder;
  TrainingState shorter = sample();
  shorter.best.pop_back();
  CHECK_THROWS_AS(save_checkpoint<Net>(folder / "x", shorter), ArgumentError);
  CHECK_THROWS_AS(save_checkpoint<Net>(folder / "x", TrainingState{}), ArgumentError);
  CHECK_FALSE(std::filesystem::exists(folder / "x"));
  CHECK_THROWS_WITH_AS(load_checkpoint<Net>(folder / "x"), doctest::Contains("does not exist"), FileError);

  save_checkpoint<Net>(folder / "x", sample());
  const TensorFile good = TensorFile::read(folder / "x");
  CHECK(refusal<Net>(good) == "no error");
  CHECK(has(refusal<Other>(good), "layer 3: expected \"Dropout (40 %) 8\", found \"Dropout (30 %) 8\""));
  for (const std::string name : {"parameters", "moments", "average", "best", "checkpoint.epoch", "checkpoint.step",
                                 "checkpoint.best_score", "checkpoint.best_epoch", "checkpoint.history.seconds"}) {
    CHECK(has(refusal<Net>(without(good, name)), "\"" + name + "\" is missing"));
  }
  TensorFile more = good;
  more.add<float>("extra", {1}, std::vector<float>{1});
  CHECK(has(refusal<Net>(more), "tensor \"extra\": expected no such tensor"));
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.epoch", "3")), "expected 3 numbers, found 2"));
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.epoch", "2000000000")), "checkpoint.step"));
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.epoch", "-1")), "complete epochs, found 12"));
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.step", "1")), "expected at least one in each of 2"));
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.step", "many")), "expected a number of its type, found \"many\""));
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.best_epoch", "3")), "expected 0 to 2, found 3"));
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.history.epoch", "[1, 3]")), "expected 2, found 3"));
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.history.seconds", "[1]")), "expected 2 numbers, found 1"));
}

TEST_CASE("checkpoint: numbers that no training could go on from") {
  const Folder folder;
  save_checkpoint<Net>(folder / "x", sample());
  const TensorFile good = TensorFile::read(folder / "x");
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const std::string name : {"parameters", "best", "moments"}) {
    const std::string where = "tensor \"" + name + "\", element 5: expected a finite number, found ";
    CHECK(has(refusal<Net>(with_element(good, name, 5, nan)), where + "nan"));
    CHECK(has(refusal<Net>(with_element(good, name, 5, -infinity)), where + "-inf"));
  }
  CHECK(has(refusal<Net>(with_text(good, "checkpoint.best_score", "nan")),
            "x.ckpt: metadata \"checkpoint.best_score\": expected a number, found nan"));
  CHECK(refusal<Net>(with_text(good, "checkpoint.best_score", "-inf")) == "no error");

  const std::string before = contents(folder / "x");
  for (const auto member : {&TrainingState::parameters, &TrainingState::best, &TrainingState::optimizer}) {
    TrainingState broken = sample();
    (broken.*member)[2] = nan;
    CHECK_THROWS_AS(save_checkpoint<Net>(folder / "x", broken), NumericError);
  }
  CHECK(contents(folder / "x") == before);
}

TEST_CASE("checkpoint: another format, and files larger than any of the architecture") {
  const Folder folder;
  save_checkpoint<Net>(folder / "x", sample());
  const TensorFile good = TensorFile::read(folder / "x");
  CHECK(good.metadata("qnn.format") == "1");
  CHECK(has(refusal<Net>(with_text(good, "qnn.format", "0")), "metadata \"qnn.format\": expected \"1\", found \"0\""));
  CHECK(has(refusal<Net>(without(good, "qnn.format")), "metadata \"qnn.format\" is missing"));

  TrainingState most = sample();
  most.optimizer.assign(8 * most.parameters.size(), 1.0f);
  save_checkpoint<Net>(folder / "y", most);
  CHECK(load_checkpoint<Net>(folder / "y").optimizer == most.optimizer);
  most.optimizer.push_back(1.0f);
  CHECK_THROWS_AS(save_checkpoint<Net>(folder / "y", most), ArgumentError);
  std::filesystem::resize_file(folder / "x", std::uintmax_t{128} << 20);  // a hole: takes no room on the disk
  CHECK_THROWS_WITH_AS(load_checkpoint<Net>(folder / "x"), doctest::Contains("x: is too large: expected at most 1000"),
                       FileError);
}

TEST_CASE("checkpoint: moments of another optimizer are refused when training goes on") {
  const FloatDataset data = examples();
  Network<Net, Float32> net(HeNormal{.seed = 3});
  TrainingState state;
  TrainingOptions options = options_for(1);
  options.after_epoch = [&](const TrainingState& seen) { state = seen; };
  train(net, data, CrossEntropy{}, Adam{}, options);
  options.epochs = 5;
  CHECK_THROWS_AS(train(net, data, CrossEntropy{}, Sgd{.momentum = 0.5f}, options, state), ArgumentError);
  options.batch = 9;
  CHECK_THROWS_WITH_AS(train(net, data, CrossEntropy{}, Adam{}, options, state),
                       doctest::Contains("the same examples, batch and validation as before"), ArgumentError);
}

}  // namespace checkpoint_test
