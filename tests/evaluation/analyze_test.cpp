// SPDX-License-Identifier: MIT
/// @file
/// Analysis of integer networks: worked by hand, and against what is computed in another way.
#include "qnn/evaluation/analyze.hpp"

#include "../quantization/fixtures.hpp"
#include "qnn/calibration/calibrate.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <vector>

namespace analyze_test {

using namespace qnn;

TEST_CASE("by hand: one unit, four bits") {
  using Unit = Sequential<Input<2>, Dense<1>>;
  Network<Unit, Float32> net;
  std::copy_n(std::array{7.0f, -1.0f, 2.0f}.begin(), 3, net.parameters().begin());
  Ranges<Unit> ranges;
  ranges.of_layer = {Range{-7, 7}, {-70, 70}};
  const auto integers = quantize<W4A4<>>(net, ranges);
  // 21 - 1 + 2 = 22 becomes 20. The input 9 saturates to 7: instead of 65 the accumulator is 51, which becomes 50.
  const FloatDataset examples({3, 1, 9, 0}, {2}, {0, 0}, 1);
  const Analysis analysis = analyze(net, integers, examples);
  REQUIRE(analysis.stages.size() == 2);

  const StageAnalysis& input = analysis.stages[0];
  CHECK(input.name == "Input");
  CHECK(std::isnan(input.input_decibels));
  CHECK(input.decibels() == doctest::Approx(10 * std::log10((9.0 + 1 + 81) / 4)));
  CHECK(input.output.saturation() == 0.25);
  CHECK(input.output.codes() == 16);
  CHECK(input.output.codes_used() == 4);
  CHECK(input.output.entropy() == doctest::Approx(2));
  CHECK(input.accumulator.available == 0);

  const StageAnalysis& unit = analysis.stages[1];
  CHECK(unit.layer == 1);
  CHECK(unit.name == "Dense");
  CHECK(unit.decibels() == doctest::Approx(10 * std::log10((22.0 * 22 + 65 * 65) / (2 * 2 + 15 * 15))));
  CHECK(unit.output.errors.bias() == doctest::Approx(-8.5));
  CHECK(unit.output.cosine() ==
        doctest::Approx((22 * 20 + 65 * 50) / std::sqrt((22.0 * 22 + 65 * 65) * (20 * 20 + 50 * 50))));
  CHECK(unit.output.saturation() == 0);
  CHECK(unit.output.codes_used() == 2);
  CHECK(unit.output.entropy() == doctest::Approx(1));
  CHECK(unit.drop() == doctest::Approx(input.decibels() - unit.decibels()));
  CHECK(unit.accumulator.needed == 7);  // 51
  CHECK(unit.accumulator.proven == 8);  // 2 * 8 * 7 + 2 = 114
  CHECK(unit.accumulator.available == 32);
  CHECK(analysis.entry().layer == 1);
}

TEST_CASE("error enters where a range is far too wide") {
  using Net = Sequential<Input<8>, Dense<12>, ReLU, Dense<12>, ReLU, Dense<12>, ReLU, Dense<4>>;
  const auto net = fixtures::random_network<Net>(3);
  const auto examples = fixtures::random_examples<Net>(100);
  auto ranges = calibrate(net, examples);
  ranges.of_layer[4].highest *= 60;
  const Analysis analysis = analyze(net, quantize<Int8<>>(net, ranges), examples);
  CHECK(analysis.entry().layer == 4);
  CHECK(analysis.entry().name == "ReLU");
  CHECK(analysis.entry().drop() > 20);
  CHECK(analysis.entry().output.codes_used() < 10);
  ranges.of_layer[4].highest /= 600;
  const Analysis narrow = analyze(net, quantize<Int8<>>(net, ranges), examples);
  CHECK(narrow.entry().layer == 4);
  CHECK(narrow.entry().output.saturation() > 0.1);
  CHECK(narrow.entry().output.errors.bias() < 0);
}

TEST_CASE_TEMPLATE("rows are those of signal_to_noise, and accumulators those of the integers", P, Int8<Asymmetric>,
                   Mixed<W4A8<>, Int16<Asymmetric>, Int8<>, Int8<>, W8A16<>>) {
  using Net =
      Sequential<Input<4, 4, 2>, Conv2d<4, Kernel<3>, Same, NoBias>, BatchNorm, ReLU,
                 Residual<Sequential<DepthwiseConv2d<Kernel<3>, Same>, Conv2d<4, Kernel<1>>>>, ReLU, Flatten, Dense<3>>;
  const auto net = fixtures::random_network<Net>(4);
  const auto examples = fixtures::random_examples<Net>(40);
  const auto integers = std::make_unique<Network<Net, P>>();
  quantize_to(*integers, net, calibrate(net, examples));
  const Analysis analysis = analyze(net, *integers, examples);
  const auto expected = signal_to_noise(net, *integers, examples);
  REQUIRE(analysis.stages.size() == expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const StageAnalysis& stage = analysis.stages[k];
    CHECK(stage.layer == expected[k].layer);
    CHECK(stage.name == expected[k].name);
    CHECK(stage.decibels() == expected[k].decibels());
    CHECK(stage.output.cosine() > 0.9);
    CHECK(stage.accumulator.needed <= stage.accumulator.proven);
    CHECK(stage.accumulator.proven <= stage.accumulator.available);
    CHECK((stage.accumulator.needed > 0) == (stage.name != "Input" && stage.layer != 7));
  }
  // The sum reads the branch and what it started from.
  CHECK(analysis.stages[4].layer == 7);
  CHECK(analysis.stages[4].input_decibels == std::min(analysis.stages[1].decibels(), analysis.stages[3].decibels()));

  // The last layer by plain loops: what a mixed network reads there was converted.
  if constexpr (!is_mixed<P>) {
    std::int64_t largest = 0;
    const auto& dense = integers->template layer<9>();
    std::vector<float> x(32), y(3);
    HeapArena<Network<Net, P>> arena(1);
    for (Index i = 0; i < examples.size(); ++i) {
      examples.copy(i, x);
      integers->forward({x.data(), 1}, {y.data(), 1}, arena, [&]<Index I>(IndexConstant<I>, const auto& codes) {
        for (std::size_t o = 0; I == 7 && o < 3; ++o) {
          std::int64_t sum = dense.folded_bias[o];
          for (std::size_t k = 0; k < 64; ++k) {
            sum += codes.data()[k] * dense.weight.codes()[o * 64 + k];
          }
          largest = std::max(largest, std::abs(sum));
        }
      });
    }
    CHECK(analysis.stages.back().accumulator.needed ==
          static_cast<int>(std::bit_width(static_cast<std::uint64_t>(largest))) + 1);
  }
}

}  // namespace analyze_test
