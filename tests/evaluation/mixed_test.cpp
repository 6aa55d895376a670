// SPDX-License-Identifier: MIT
/// @file
/// Mixed networks are evaluated, asked and compared like any other.
#include "qnn/data/dataset.hpp"
#include "qnn/evaluation/evaluate.hpp"
#include "qnn/evaluation/predict.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace mixed_test {
namespace {

using namespace qnn;

using Net = Sequential<Input<12>, Dense<16>, ReLU, Dense<8>, ReLU, Dense<3>>;

FloatDataset examples() {
  Random random(3);
  std::vector<float> values(50 * 12);
  std::vector<std::int32_t> labels(50);
  std::generate(values.begin(), values.end(), [&] { return random.uniform(-1.0f, 1.0f); });
  std::generate(labels.begin(), labels.end(), [&] { return static_cast<std::int32_t>(random.below(3)); });
  return {values, {12}, labels, 3};
}

Ranges<Net> ranges() {
  Ranges<Net> found;
  found.of_layer = {Range{-1, 1}, {-3, 3}, {0, 3}, {-4, 4}, {0, 4}, {-5, 5}};
  return found;
}

}  // namespace

TEST_CASE("a mixed network of one precision is evaluated as the network of that precision") {
  const Network<Net, Float32> real(HeNormal{.seed = 5});
  const auto single = quantize<W8A8<>>(real, ranges());
  const auto mixed = quantize<Mixed<W8A8<>, W8A8<>, W8A8<>>>(real, ranges());
  const FloatDataset data = examples();
  CHECK(evaluate(mixed, data).loss == evaluate(single, data).loss);
  CHECK(evaluate(mixed, data).accuracy == evaluate(single, data).accuracy);
  std::vector<float> example(12);
  data.copy(0, example);
  CHECK(predict(mixed, example) == predict(single, example));
}

TEST_CASE("the noise of a mixed network rises where its precision falls") {
  const Network<Net, Float32> real(HeNormal{.seed = 5});
  const FloatDataset data = examples();
  const auto fine = signal_to_noise(real, quantize<Mixed<Int16<>, Int16<>, Int16<>>>(real, ranges()), data);
  const auto mixed = signal_to_noise(real, quantize<Mixed<Int16<>, W4A8<>, Int16<>>>(real, ranges()), data);
  REQUIRE(mixed.size() == fine.size());
  REQUIRE(mixed.size() == 4);  // the input and three stages
  CHECK(mixed[0].noise == fine[0].noise);
  CHECK(mixed[1].noise == fine[1].noise);
  CHECK(mixed[2].noise > 100 * fine[2].noise);
  CHECK(mixed[3].noise > 100 * fine[3].noise);
}

}  // namespace mixed_test
