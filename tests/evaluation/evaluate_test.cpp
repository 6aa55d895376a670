// SPDX-License-Identifier: MIT
/// @file
/// Accuracy, loss and confusion of networks whose outputs are known.
#include "qnn/evaluation/evaluate.hpp"

#include "qnn/data/dataset.hpp"
#include "qnn/evaluation/agreement.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace evaluate_test {

using namespace qnn;

namespace {

using Identity = Sequential<Input<3>, Dense<3, NoBias>>;
using Probabilities = Sequential<Input<3>, Dense<3, NoBias>, Softmax>;

/// Outputs are inputs; with `turn`, output o is input (o + turn) mod 3.
template <class Net = Identity>
Network<Net, Float32> passing(Index turn = 0) {
  Network<Net, Float32> net;
  for (Index o = 0; o < 3; ++o) {
    net.parameters()[static_cast<std::size_t>(3 * o + (o + turn) % 3)] = 1;
  }
  return net;
}

FloatDataset rows(const std::vector<float>& values, const std::vector<std::int32_t>& labels, int classes = 3) {
  return {values, {3}, labels, classes};
}

FloatDataset random_rows(Index count, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(3 * count));
  std::generate(values.begin(), values.end(), [&] { return random.normal(); });
  std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
  std::generate(labels.begin(), labels.end(), [&] { return static_cast<std::int32_t>(random.below(3)); });
  return rows(values, labels);
}

}  // namespace

TEST_CASE("evaluate: known accuracy, top-k, loss and confusion") {
  const FloatDataset data = rows({3, 2, 1,    // truth 0: hit
                                  3, 2, 1,    // truth 1: second
                                  3, 2, 1,    // truth 2: third
                                  -5, 0, 4},  // truth 2: hit
                                 {0, 1, 2, 2});
  const Evaluation found = evaluate(passing(), data, {.top = 2, .threads = 1});
  CHECK(found.examples == 4);
  CHECK(found.accuracy == 0.5);
  CHECK(found.top_accuracy == 0.75);
  const double sum = std::log(std::exp(3.0) + std::exp(2.0) + std::exp(1.0));
  const double last = std::log(std::exp(-5.0) + 1 + std::exp(4.0)) - 4;
  CHECK(found.loss == doctest::Approx(((sum - 3) + (sum - 2) + (sum - 1) + last) / 4).epsilon(1e-12));
  CHECK(found.confusion.classes() == 3);
  CHECK(found.confusion(0, 0) == 1);
  CHECK(found.confusion(1, 0) == 1);
  CHECK(found.confusion(2, 0) == 1);
  CHECK(found.confusion(2, 2) == 1);
  CHECK(found.confusion(1, 1) == 0);
  Index total = 0;
  for (Index truth = 0; truth < 3; ++truth) {
    for (Index predicted = 0; predicted < 3; ++predicted) {
      total += found.confusion(truth, predicted);
    }
  }
  CHECK(total == 4);
}

TEST_CASE("evaluate: the first of equal outputs wins, everywhere alike") {
  const FloatDataset data = rows({1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2, 2}, {0, 1, 2, 2});
  const Evaluation found = evaluate(passing(), data, {.top = 2});
  CHECK(found.accuracy == 0.25);
  CHECK(found.top_accuracy == 0.75);
  CHECK(found.confusion(0, 0) == 1);
  CHECK(found.confusion(1, 0) == 1);
  CHECK(found.confusion(2, 0) == 1);
  CHECK(found.confusion(2, 1) == 1);
}

TEST_CASE("evaluate: more places than classes hold every label; none at all is refused") {
  const FloatDataset data = random_rows(20);
  CHECK(evaluate(passing(), data, {.top = 3}).top_accuracy == 1.0);
  CHECK(evaluate(passing(), data, {.top = 100}).top_accuracy == 1.0);
  CHECK(evaluate(passing(), data).top_accuracy == 1.0);
  const Evaluation one = evaluate(passing(), data, {.top = 1});
  CHECK(one.top_accuracy == one.accuracy);
  for (const int top : {0, -1}) {
    CHECK_THROWS_WITH_AS(evaluate(passing(), data, {.top = top}), doctest::Contains("evaluate: top"), ArgumentError);
  }
}

TEST_CASE("evaluate: a Softmax at the end gives the same loss, and impossible labels a finite one") {
  const FloatDataset data = random_rows(50);
  CHECK(evaluate(passing<Probabilities>(), data).loss == doctest::Approx(evaluate(passing(), data).loss).epsilon(1e-5));
  CHECK(evaluate(passing<Probabilities>(), rows({200, 0, 0}, {1})).loss == doctest::Approx(24 * std::log(2.0)));
  CHECK(evaluate(passing(), rows({2000, 0, 0}, {1})).loss == doctest::Approx(2000));
}

TEST_CASE("evaluate: classes that the network cannot tell are refused, fewer are not") {
  const std::vector<float> row{1, 2, 3};
  CHECK_THROWS_WITH_AS(evaluate(passing(), rows(row, {3}, 4)),
                       "qnn: examples: classes: expected at most 3, one for each output of the network, found 4",
                       ArgumentError);
  const Evaluation fewer = evaluate(passing(), rows(row, {1}, 2));
  CHECK(fewer.confusion.classes() == 2);
  CHECK(fewer.confusion.outputs() == 3);
  CHECK(fewer.confusion(1, 2) == 1);
  CHECK_THROWS_AS(evaluate(passing(), random_rows(5).first(0)), ArgumentError);
  CHECK_THROWS_AS(evaluate(passing(), FloatDataset({1, 2}, {2}, {0}, 3)), ArgumentError);
  CHECK_THROWS_AS(evaluate(passing(), random_rows(5), {.threads = -1}), ArgumentError);
}

TEST_CASE("evaluate, predict: neither threads nor neighbours change a result") {
  using Net = Sequential<Input<3>, Dense<17>, ReLU, Dense<3>>;
  const Network<Net, Float32> net(HeNormal{.seed = 2});
  Ranges<Net> ranges;
  ranges.of_layer = {Range{-3, 3}, Range{0, 5}, Range{0, 5}, Range{-5, 5}};
  const auto int8 = quantize<Int8<Asymmetric>>(net, ranges);
  for (const Index count : {1, 15, 16, 17, 33, 100}) {
    const FloatDataset data = random_rows(count);
    const Evaluation once = evaluate(net, data, {.threads = 1}), once8 = evaluate(int8, data, {.threads = 1});
    for (const int threads : {2, 3, 9}) {
      CHECK(evaluate(net, data, {.threads = threads}) == once);
      CHECK(evaluate(int8, data, {.threads = threads}) == once8);
    }
    const std::vector<float> all = predict(int8, data);
    CHECK(std::ssize(all) == 3 * count);
    for (Index i = 0; i < count; ++i) {
      const std::vector<Index> alone{i};
      CHECK(predict(int8, data.subset(alone)) == std::vector<float>(all.begin() + 3 * i, all.begin() + 3 * i + 3));
    }
  }
}

TEST_CASE("predict: outputs and classes in the order of the examples") {
  const FloatDataset data = rows({3, 2, 1, 0, 5, 5, -1, -2, -0.5f}, {0, 0, 0});
  const std::vector<float> outputs = predict(passing(), data);
  CHECK(outputs == std::vector<float>{3, 2, 1, 0, 5, 5, -1, -2, -0.5f});
  CHECK(classes_of<Shape<3>>(outputs) == std::vector<std::int32_t>{0, 1, 2});
  CHECK(predict(passing(), FloatDataset({1, 2, 3}, {3}, {9}, 10)).size() == 3);  // labels do not matter here
}

TEST_CASE("predict, evaluate, agreement: a network that computes NaN is never right") {
  Network<Identity, Float32> broken = passing();
  broken.parameters()[4] = std::numeric_limits<float>::quiet_NaN();
  const FloatDataset data = random_rows(40);
  CHECK_THROWS_WITH_AS(predict(broken, data), doctest::Contains("an example among 0..15 is NaN or infinite"),
                       NumericError);
  CHECK_THROWS_AS(evaluate(broken, data, {.threads = 2}), NumericError);
  CHECK_THROWS_AS(agreement(passing(), broken, data), NumericError);
}

TEST_CASE("agreement: the part of the examples that both put into the same class") {
  const FloatDataset data = rows({3, 2, 1, 1, 1, 1, 2, 2, 0, 0, 0, 7}, {0, 0, 0, 0});
  CHECK(agreement(passing(), passing(), data) == 1.0);
  // Turned by one the outputs are (2, 1, 3), (1, 1, 1), (2, 0, 2), (0, 7, 0): classes 2, 0, 0, 1 against 0, 0, 0, 2.
  CHECK(agreement(passing(), passing(1), data) == 0.5);
  CHECK(agreement(passing(1), passing(), data, 2) == 0.5);
  CHECK(agreement(passing(), passing<Identity>(2), data) == 0.25);  // (1, 3, 2), (1, 1, 1), (0, 2, 2), (7, 0, 0)
  CHECK_THROWS_AS(agreement(passing(), passing(), data.first(0)), ArgumentError);
}

}  // namespace evaluate_test
