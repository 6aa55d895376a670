// SPDX-License-Identifier: MIT
/// @file
/// Searches for mixed precisions keep to their limits, and what they end with is what its type computes.
#include "qnn/evaluation/search_mixed.hpp"

#include "../quantization/fixtures.hpp"
#include "qnn/calibration/calibrate.hpp"
#include "qnn/evaluation/agreement.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

namespace search_mixed_test {
namespace {

using namespace qnn;
using Net = Sequential<Input<8>, Dense<24>, ReLU, Residual<Sequential<Dense<24>>>, Dense<4>>;

/// Examples whose labels are what the network itself answers: in float32 its accuracy is 1.
FloatDataset labelled_examples(const Network<Net, Float32>& net, Index count) {
  const auto values = fixtures::random_values(count * 8, 5, 0.3f);
  const FloatDataset unlabelled{values, {8}, std::vector<std::int32_t>(static_cast<std::size_t>(count)), 4};
  return {values, {8}, classes_of<Shape<4>>(predict(net, unlabelled)), 4};
}

struct Found {
  Network<Net, Float32> net = fixtures::random_network<Net>(3);
  FloatDataset test = labelled_examples(net, 200);
  Ranges<Net> ranges = calibrate(net, test);
};

/// Formats for a search by hand: two stages, candidates of 8 and 4 bits, noise as given for (first, second).
detail::GreedySearch by_hand(const std::vector<StageSize>& stages, std::array<double, 4> noises) {
  return {{StageFormat::of<Int8<>>(), StageFormat::of<W4A8<>>()},
          {"A", "B"},
          stages,
          [noises](std::span<const StageFormat> formats) {
            const std::size_t which = (formats[0].weight_bits == 4 ? 2u : 0u) + (formats[1].weight_bits == 4 ? 1u : 0u);
            return FormatScore{1.0 - noises[which], 0, -10 * std::log10(noises[which])};
          }};
}

}  // namespace

TEST_CASE("by hand: the least noise for each byte comes first") {
  // Going to 4 bits saves 400 bytes of the first stage and 40 of the second.
  const std::vector<StageSize> stages{{1, 8, 100, 8}, {2, 8, 10, 8}};
  const auto search = by_hand(stages, {0.01, 0.02, 0.03, 0.04});  // 0.02 / 400 < 0.01 / 40
  const auto lowered = detail::lower_stages(search, 1.0, {});
  REQUIRE(lowered.steps.size() == 3);
  CHECK(lowered.steps[0].type == "qnn::Mixed<A, A>");
  CHECK(lowered.steps[1].type == "qnn::Mixed<B, A>");
  CHECK(lowered.result().type == "qnn::Mixed<B, B>");
  CHECK(lowered.steps[0].bytes - lowered.steps[1].bytes == 400);
  CHECK(lowered.steps[1].bytes - lowered.steps[2].bytes == 40);
  CHECK(lowered.pareto_front().size() == 3);
  CHECK(detail::lower_stages(search, 1.0, {.accuracy_drop = 0.025}).result().type == "qnn::Mixed<A, B>");
  CHECK(detail::lower_stages(search, 1.0, {.accuracy_drop = 0.035}).result().type == "qnn::Mixed<B, A>");
  CHECK(detail::lower_stages(search, 1.0, {.bytes = lowered.steps[1].bytes}).steps.size() == 2);
  // Upwards the second stage takes away 0.01 for 40 bytes, the first one 0.02 for 400.
  const auto raised = detail::raise_stages(search, 1.0, 0.03);
  REQUIRE(raised.steps.size() == 2);
  CHECK(raised.result().type == "qnn::Mixed<B, A>");
  CHECK(detail::raise_stages(search, 1.0, 0.001).result().type == "qnn::Mixed<A, A>");
}

TEST_CASE("the Pareto front leaves out what is larger and no better") {
  const std::vector<StageSize> stages{{1, 8, 100, 8}, {2, 8, 10, 8}};
  const auto search = detail::lower_stages(by_hand(stages, {0.02, 0.02, 0.02, 0.03}), 1.0, {});
  REQUIRE(search.steps.size() == 3);
  const auto front = search.pareto_front();
  REQUIRE(front.size() == 2);
  CHECK(front[0].type == "qnn::Mixed<B, A>");
  CHECK(front[1].type == "qnn::Mixed<B, B>");
}

TEST_CASE("search_mixed: smaller with each step, within the bound, and what its type computes") {
  const Found found;
  const auto search =
      search_mixed<Int16<>, W8A16<>, Int8<>, W4A8<>>(found.net, found.ranges, found.test, {.accuracy_drop = 0.02});
  CHECK(search.float_accuracy == 1.0);
  REQUIRE(search.steps.size() > 4);
  CHECK(search.steps.front().type == "qnn::Mixed<qnn::Int16<>, qnn::Int16<>, qnn::Int16<>, qnn::Int16<>>");
  for (std::size_t k = 1; k < search.steps.size(); ++k) {
    CHECK(search.steps[k].bytes <= search.steps[k - 1].bytes);
    CHECK(search.steps[k].score.accuracy >= 0.98);
    int moves = 0;
    for (std::size_t stage = 0; stage < 4; ++stage) {
      const std::size_t now = search.steps[k].candidates[stage], before = search.steps[k - 1].candidates[stage];
      CHECK(now >= before);
      moves += now > before ? 1 : 0;
    }
    CHECK(moves == 1);
  }
  // A sum has no weights: Int16 and W8A16 are the same there, and so are Int8 and W4A8.
  CHECK(search.result().candidates[2] % 2 == 0);
  const std::vector<StageFormat> all{StageFormat::of<Int16<>>(), StageFormat::of<W8A16<>>(), StageFormat::of<Int8<>>(),
                                     StageFormat::of<W4A8<>>()};
  std::vector<StageFormat> chosen;
  for (const std::size_t candidate : search.result().candidates) {
    chosen.push_back(all[candidate]);
  }
  CHECK(evaluate(simulate(found.net, found.ranges, chosen), found.test).accuracy == search.result().score.accuracy);

  CHECK_THROWS_WITH_AS((search_mixed<W4A8<>, Int8<>>(found.net, found.ranges, found.test, {})),
                       doctest::Contains("found qnn::W4A8<> before qnn::Int8<>"), ArgumentError);
  CHECK_THROWS_WITH_AS((search_mixed<Int8<>>(found.net, found.ranges, found.test, {.bytes = 100})),
                       doctest::Contains("search_mixed: bytes"), ArgumentError);
}

TEST_CASE("the type that a search ends with compiles and has the bytes that were promised") {
  const Found found;
  const auto search = search_mixed<Int8<>, W4A8<>>(found.net, found.ranges, found.test, {.bytes = 1500});
  using Chosen = qnn::Mixed<qnn::Int8<>, qnn::W4A8<>, qnn::Int8<>, qnn::Int8<>>;
  REQUIRE(search.result().type == "qnn::Mixed<qnn::Int8<>, qnn::W4A8<>, qnn::Int8<>, qnn::Int8<>>");
  const auto integers = std::make_unique<Network<Net, Chosen>>();
  quantize_to(*integers, found.net, found.ranges);
  CHECK(std::abs(evaluate(*integers, found.test).accuracy - search.result().score.accuracy) <= 0.02);
  // Besides, there are the scales of activations, the numbers of the sum, and padding to cache lines.
  CHECK(integers->parameter_bytes() >= search.result().bytes);
  CHECK(integers->parameter_bytes() <= search.result().bytes + 64 * Trace<Net>::layer_count);
}

TEST_CASE("raise_mixed ends within the bound, with no more than it needs") {
  const Found found;
  const auto search = raise_mixed<Int8<>, W4A8<>, W2A8<>>(found.net, found.ranges, found.test, 0.05);
  REQUIRE(search.steps.size() > 1);
  CHECK(search.steps.front().type == "qnn::Mixed<qnn::W2A8<>, qnn::W2A8<>, qnn::W2A8<>, qnn::W2A8<>>");
  CHECK(search.result().score.accuracy >= 0.95);
  CHECK(search.steps[search.steps.size() - 2].score.accuracy < 0.95);
}

}  // namespace search_mixed_test
