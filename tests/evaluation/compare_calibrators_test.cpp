// SPDX-License-Identifier: MIT
/// @file
/// Calibrators side by side: each row is what quantizing by hand gives.
#include "qnn/evaluation/compare_calibrators.hpp"

#include "qnn/core/random.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace compare_calibrators_test {

using namespace qnn;

namespace {

using Net = Sequential<Input<12>, Dense<16>, ReLU, Dense<4>>;

FloatDataset examples(Index count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(12 * count));
  std::generate(values.begin(), values.end(), [&] { return random.normal(); });
  std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
  std::generate(labels.begin(), labels.end(), [&] { return static_cast<std::int32_t>(random.below(4)); });
  return {values, {12}, labels, 4};
}

}  // namespace

TEST_CASE_TEMPLATE("compare_calibrators: all methods, each as by hand", P, Int8<>, Int8<Asymmetric>) {
  const Network<Net, Float32> net(HeNormal{.seed = 5});
  const auto test = examples(200, 2);
  const auto seen = observe(net, examples(300, 1), {.batch = 50, .moving_average = MovingAverage(0.3f)});
  const auto rows = compare_calibrators<P>(net, seen, test);
  REQUIRE(rows.size() == 5);
  const std::vector<std::string> names{"min-max", "moving average", "percentile", "entropy", "minimal squared error"};
  for (std::size_t k = 0; k < rows.size(); ++k) {
    CHECK(rows[k].method == names[k]);
    CHECK(rows[k].decibels > 20);
  }
  const auto quantized = quantize<P>(net, ranges_for<P>(seen, MinimalSquaredError{}));
  CHECK(rows[4].accuracy == evaluate(quantized, test).accuracy);
  CHECK(rows[4].decibels == doctest::Approx(signal_to_noise(net, quantized, test).back().decibels()).epsilon(1e-4));

  const auto chosen = compare_calibrators<P>(net, seen, test, Percentile{0.5}, Percentile{1.0});
  REQUIRE(chosen.size() == 2);
  CHECK(chosen[0].decibels < chosen[1].decibels - 10);
  CHECK(chosen[1].decibels == doctest::Approx(rows[0].decibels));
}

}  // namespace compare_calibrators_test
