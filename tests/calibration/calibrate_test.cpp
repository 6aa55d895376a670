// SPDX-License-Identifier: MIT
/// @file
/// Calibration finds the range of every tensor, however the examples come.
#include "qnn/calibration/calibrate.hpp"

#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace calibrate_test {

using namespace qnn;

namespace {

using Small = Sequential<Input<2>, Dense<2>, ReLU, Dropout<50>, Dense<1>>;
using Image = Sequential<Input<6, 6, 1>, Conv2d<3, Kernel<3>>, ReLU, MaxPool2d<2>, Flatten, Dense<4>, Softmax>;

/// y = (x0 + x1, x0 - x1), ReLU, their sum minus 1.
Network<Small, Float32> small() {
  Network<Small, Float32> net;
  const std::vector<float> values{1, 1, 1, -1, 0, 0, 1, 1, -1};
  std::copy(values.begin(), values.end(), net.parameters().begin());
  return net;
}

FloatDataset pairs(const std::vector<float>& values) {
  return {values, {2}, std::vector<std::int32_t>(values.size() / 2), 1};
}

FloatDataset images(Index count) {
  Random random(2);
  std::vector<float> values(static_cast<std::size_t>(36 * count));
  std::generate(values.begin(), values.end(), [&] { return random.normal(); });
  return {values, {6, 6, 1}, std::vector<std::int32_t>(static_cast<std::size_t>(count)), 4};
}

/// Examples that a careful source would not give.
struct Careless {
  float value;
  Index size() const { return 3; }
  Extents extents() const { return {2}; }
  int classes() const { return 1; }
  void copy(Index i, std::span<float> out) const { std::fill(out.begin(), out.end(), i == 2 ? value : 1.0f); }
  std::int32_t label(Index) const { return 0; }
};

}  // namespace

TEST_CASE("calibrate: known ranges of a network set by hand") {
  const auto ranges = calibrate(small(), pairs({3, 1, -2, 1, 0.5f, -4}));
  CHECK(ranges.of_layer[0] == Range{-4, 3});
  CHECK(ranges.of_layer[1] == Range{-3.5f, 4.5f});  // (4, 2), (-1, -3), (-3.5, 4.5)
  CHECK(ranges.of_layer[2] == Range{0, 4.5f});
  CHECK(ranges.of_layer[3].empty());  // Dropout does nothing in inference
  CHECK(ranges.of_layer[4] == Range{-1, 5});
}

TEST_CASE("calibrate: the moving average follows the batches") {
  const auto ranges = calibrate(small(), pairs({4, 0, -4, 8, 8, 0}), {.batch = 1}, MovingAverage(0.5f));
  CHECK(ranges.of_layer[0] == Range{-1, 7});  // {0, 4}; {-2, 6}; {-1, 7}
  const auto at_once = calibrate<MovingAverage>(small(), pairs({4, 0, -4, 8, 8, 0}));
  CHECK(at_once.of_layer[0] == Range{-4, 8});
}

TEST_CASE("calibrate: the size of a batch makes no difference to MinMax") {
  const Network<Image, Float32> net(HeNormal{.seed = 3});
  const FloatDataset data = images(23);
  const auto at_once = calibrate(net, data, {.batch = 1000});
  for (const Index batch : {1, 2, 7, 22, 23}) {
    const auto streamed = calibrate(net, data, {.batch = batch});
    for (std::size_t layer = 0; layer < at_once.of_layer.size(); ++layer) {
      if (at_once.of_layer[layer].empty()) {
        CHECK(streamed.of_layer[layer].empty());
        continue;
      }
      CHECK(streamed.of_layer[layer].lowest == doctest::Approx(at_once.of_layer[layer].lowest).epsilon(1e-5));
      CHECK(streamed.of_layer[layer].highest == doctest::Approx(at_once.of_layer[layer].highest).epsilon(1e-5));
    }
  }
}

TEST_CASE("calibrate: what cannot be calibrated with") {
  CHECK_THROWS_WITH_AS(calibrate(small(), pairs({})), "qnn: examples: expected at least one, found none",
                       ArgumentError);
  CHECK_THROWS_AS(calibrate(small(), images(1)), ArgumentError);
  for (const Index batch : {0, -1}) {
    CHECK_THROWS_WITH_AS(calibrate(small(), pairs({1, 1}), {.batch = batch}), doctest::Contains("calibrate: batch"),
                         ArgumentError);
  }
}

TEST_CASE("calibrate: labels do not matter, not even how many classes there are") {
  const FloatDataset data({1, 2}, {2}, {7}, 10);
  CHECK(calibrate(small(), data).of_layer[0] == Range{1, 2});
}

TEST_CASE("calibrate: NaN and infinity are refused where they arise") {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    CHECK_THROWS_WITH_AS(calibrate(small(), Careless{bad}),
                         doctest::Contains("layer 0 (Input) gives NaN or infinity for an example among 0..2"),
                         NumericError);
    CHECK_THROWS_WITH_AS(calibrate(small(), Careless{bad}, {.batch = 2}), doctest::Contains("among 2..2"),
                         NumericError);
    Network<Small, Float32> net = small();
    net.parameters()[7] = bad;  // a weight of the second Dense
    CHECK_THROWS_WITH_AS(calibrate(net, pairs({1, 1})), doctest::Contains("layer 4 (Dense) gives NaN"), NumericError);
    CHECK_THROWS_WITH_AS(calibrate(net, pairs({1, 1}), {}, MovingAverage{}), doctest::Contains("layer 4 (Dense)"),
                         NumericError);
  }
  Network<Small, Float32> net = small();
  net.parameters()[0] = 1e38f;  // overflows only with the example
  CHECK_THROWS_WITH_AS(calibrate(net, pairs({1, 1, 10, 10})), doctest::Contains("layer 1 (Dense)"), NumericError);
}

TEST_CASE_TEMPLATE("calibrate: activations that never change have a scale that computes", P, Int8<>, Int8<Asymmetric>,
                   Int16<Asymmetric>, Int8<Asymmetric, PerChannel, PowerOfTwoShift>) {
  for (const float value : {0.0f, 1.0f, -1.0f, 1e-30f, 1e6f}) {
    CAPTURE(value);
    const FloatDataset data = pairs({value, value});
    const Network<Small, Float32> net = small();
    const auto quantized = quantize<P>(net, calibrate(net, data));
    for (Index layer = 0; layer <= 4; ++layer) {
      CHECK(
          (quantized.activation(layer).scale >= smallest_scale && quantized.activation(layer).scale <= largest_scale));
    }
    std::vector<float> x{value, value}, y(1);
    HeapArena<Network<Small, P>> arena(1);
    quantized.forward({x.data(), 1}, {y.data(), 1}, arena);
    const double expected = std::max(2.0 * static_cast<double>(value), 0.0) - 1;
    CHECK(std::fabs(static_cast<double>(y[0]) - expected) < 0.03 * std::max(1.0, std::fabs(expected)));
  }
}

}  // namespace calibrate_test
