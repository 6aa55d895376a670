// SPDX-License-Identifier: MIT
/// @file
/// Noise of integer networks worked out by hand, and what a measured latency must be on any machine.
#include "qnn/evaluation/latency.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"

#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace measure_test {

using namespace qnn;

namespace {

using One = Sequential<Input<1>, Flatten, Dense<1, NoBias>, ReLU>;

Network<One, Float32> identity() {
  Network<One, Float32> net;
  net.parameters()[0] = 1;
  return net;
}

/// Every scale is 1: the codes are the inputs, rounded.
Network<One, Int8<>> rounding() {
  Network<One, Int8<>> net;
  net.layer<2>().weight.codes()[0] = 1;
  net.layer<2>().weight.parameters()[0].scale = 1;
  for (Index layer = 0; layer < 4; ++layer) {
    net.activation(layer).scale = 1;
  }
  net.prepare();
  return net;
}

std::vector<SignalToNoise> measured(const std::vector<float>& values) {
  return signal_to_noise(identity(), rounding(),
                         FloatDataset(values, {1}, std::vector<std::int32_t>(values.size()), 1));
}

}  // namespace

TEST_CASE("signal_to_noise: one line for the input and one for each stage") {
  const auto stages = measured({1.25f, 0.75f});
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].layer == 0);
  CHECK(stages[0].name == "Input");
  CHECK(stages[1].layer == 3);  // the ReLU ends the stage that Dense starts; Flatten is none
  CHECK(stages[1].name == "ReLU");
  CHECK(stages[1].count == 2);
}

TEST_CASE("signal_to_noise: known decibels and bias") {
  for (const SignalToNoise& stage : measured({1.25f, 0.75f})) {  // both become 1
    CHECK(stage.signal == 2.125);
    CHECK(stage.noise == 0.125);
    CHECK(stage.decibels() == doctest::Approx(10 * std::log10(17.0)));
    CHECK(stage.bias() == 0);
  }
  const auto lost = measured({0.25f});
  CHECK(lost[1].decibels() == 0);
  CHECK(lost[1].bias() == -0.25);
  const auto clipped = measured({-3, 130});  // ReLU cuts the first alike, the last code is 127
  CHECK(clipped[0].noise == 9);
  CHECK(clipped[1].signal == 16900);
  CHECK(clipped[1].bias() == -1.5);
}

TEST_CASE("signal_to_noise: no noise is infinite, nothing at all is no number") {
  CHECK(std::isinf(measured({1, 2, 3})[1].decibels()));
  CHECK(std::isnan(measured({0, 0})[0].decibels()));
  CHECK(std::isinf(measured({-1, -2})[0].decibels()));
  CHECK(std::isnan(measured({-1, -2})[1].decibels()));
}

TEST_CASE("signal_to_noise: examples that do not fit") {
  CHECK_THROWS_AS(measured({}), ArgumentError);
  CHECK_THROWS_AS(signal_to_noise(identity(), rounding(), FloatDataset({1, 2}, {2}, {0}, 1)), ArgumentError);
}

TEST_CASE("latency: positive, ordered, of the batch asked for") {
  for (const Index batch : {1, 3}) {
    const Latency found = latency(rounding(), {.batch = batch, .repetitions = 21});
    CHECK(found.batch == batch);
    CHECK(found.minimum >= 0);
    CHECK(found.median >= found.minimum);
    CHECK(found.median < 1);
  }
  CHECK(latency(identity(), {.repetitions = 1}).median >= 0);
  CHECK(Latency{.batch = 4, .minimum = 0.25, .median = 0.5}.examples_per_second() == 8);
}

TEST_CASE("latency: options below 1, and batches beyond all memory, are refused") {
  for (const Index batch : {std::numeric_limits<Index>::max(), std::numeric_limits<Index>::max() / 4}) {
    CHECK_THROWS_WITH_AS(latency(identity(), {.batch = batch}), doctest::Contains("latency: batch: expected at most"),
                         ArgumentError);
    CHECK_THROWS_AS(latency(rounding(), {.batch = batch}), ArgumentError);
  }
  CHECK_THROWS_AS(latency(identity(), {.batch = 0}), ArgumentError);
  CHECK_THROWS_AS(latency(identity(), {.batch = -1}), ArgumentError);
  CHECK_THROWS_WITH_AS(latency(identity(), {.repetitions = 0}), doctest::Contains("found 1 and 0"), ArgumentError);
}

}  // namespace measure_test
