// SPDX-License-Identifier: MIT
/// @file
/// Sensitivity: each row is what simulating by hand gives, and the fragile stage stands out.
#include "qnn/evaluation/sensitivity.hpp"

#include "../quantization/fixtures.hpp"
#include "qnn/calibration/calibrate.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace sensitivity_test {
namespace {

using namespace qnn;
using Net = Sequential<Input<8>, Dense<12>, ReLU, Residual<Sequential<Dense<12>>>, Dense<4>>;

static_assert(QuantizingStages<Net>::count == 4);
static_assert(stage_sizes<Net>[0].channels == 12 && stage_sizes<Net>[0].fan_in == 8);
static_assert(stage_sizes<Net>[2].layer == 4 && stage_sizes<Net>[2].parameter_bytes({}) == 0);
static_assert(stage_sizes<Net>[2].activation_bytes(StageFormat::of<Int16<>>()) == 24);
// 4 x 12 weights of 4 bits, 4 biases of 4 bytes, a scale and a multiplier for each channel.
static_assert(stage_sizes<Net>[3].parameter_bytes(StageFormat::of<W4A8<>>()) == 24 + 16 + 4 * 12);

}  // namespace

TEST_CASE("sensitivity: one stage low, and all but one") {
  const auto net = fixtures::random_network<Net>(3);
  const auto test = fixtures::random_examples<Net>(200);
  auto ranges = calibrate(net, test);
  ranges.of_layer[5].highest *= 60;  // 8 bits are too few for the outputs
  const SensitivityFormats formats{.low = StageFormat::of<Int8<>>()};
  const auto rows = sensitivity(net, ranges, formats, test);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].name == "Dense");
  CHECK(rows[2].name == "Add");
  CHECK(rows[2].layer == 4);
  for (const StageSensitivity& row : rows) {
    std::vector<StageFormat> one(4, formats.high), others(4, formats.low);
    one[row.stage] = formats.low;
    others[row.stage] = formats.high;
    const auto expected = predict(net, test);
    CHECK(row.alone.decibels ==
          doctest::Approx(detail::decibels_of(predict(simulate(net, ranges, one), test), expected)));
    const auto simulated = simulate(net, ranges, others);
    CHECK(row.all_but.decibels == doctest::Approx(detail::decibels_of(predict(simulated, test), expected)));
    CHECK(row.all_but.accuracy == evaluate(simulated, test).accuracy);
    CHECK(row.all_but.loss == doctest::Approx(evaluate(simulated, test).loss));
  }
  const auto by = [](auto score) {
    return [score](const auto& a, const auto& b) { return (a.*score).decibels < (b.*score).decibels; };
  };
  CHECK(std::ranges::min_element(rows, by(&StageSensitivity::alone))->stage == 3);
  CHECK(std::ranges::max_element(rows, by(&StageSensitivity::all_but))->stage == 3);
  CHECK(rows[2].alone.decibels > rows[3].alone.decibels + 10);
}

}  // namespace sensitivity_test
