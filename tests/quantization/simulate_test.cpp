// SPDX-License-Identifier: MIT
/// @file
/// Simulated networks answer as the integer networks of the same formats do.
#include "qnn/quantization/simulate.hpp"

#include "fixtures.hpp"
#include "qnn/calibration/calibrate.hpp"
#include "qnn/evaluation/agreement.hpp"
#include "qnn/evaluation/compare_calibrators.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace simulate_test {
namespace {

using namespace qnn;

using Graph = Sequential<Input<6, 6, 2>, Conv2d<4, Kernel<3>, Same>, BatchNorm, ReLU,
                         Residual<Sequential<Conv2d<4, Kernel<3>, Same>, ReLU6, Conv2d<4, Kernel<1>, NoBias>>>, ReLU,
                         Concat<Conv2d<3, Kernel<1>>, Sequential<>>, MaxPool2d<2>, Tanh, Flatten, Dense<8>>;
using Chain = Sequential<Input<6>, Dense<5>, ReLU, Dense<3>, Softmax>;

template <class... Ps>
constexpr std::vector<StageFormat> formats_of(Mixed<Ps...>) {
  return {StageFormat::of<Ps>()...};
}
template <class P>
std::vector<StageFormat> formats_of(P) {
  return std::vector<StageFormat>(QuantizingStages<Graph>::count, StageFormat::of<P>());
}

static_assert(QuantizingStages<Graph>::count == 7);
static_assert(QuantizingStages<Graph>::first_layer == std::array<Index, 7>{1, 4, 6, 7, 9, 10, 14});

}  // namespace

TEST_CASE("a format is that of its precision") {
  static_assert(StageFormat::of<Int8<>>() == StageFormat{});
  static_assert(StageFormat::of<W4A8<Asymmetric, PerTensor>>() ==
                StageFormat{.weight_bits = 4, .symmetric_activations = false, .per_channel = false});
  static_assert(StageFormat::of<W8A16<Symmetric, PerChannel, PowerOfTwoShift>>() ==
                StageFormat{.activation_bits = 16, .grid = ScaleGrid::powers_of_two});
  constexpr StageFormat groups = StageFormat::of<W4A8<Symmetric, PerGroup<16>>>();
  static_assert(groups == StageFormat{.weight_bits = 4, .weight_group = 16});
  // 10 channels of 40 weights in groups of 16, 16 and 8.
  static_assert(groups.parameter_bytes(10, 40) == StageFormat::of<W4A8<>>().parameter_bytes(10, 40) + 15);
  static_assert(groups.bias_limit(40) == bias_limit<std::int32_t>(128 * 105, 40));
  CHECK_THROWS_WITH_AS(StageFormat{.weight_group = 4}.check(), doctest::Contains("weight_group"), ArgumentError);
  const auto check = []<class P>(P) {
    constexpr StageFormat format = StageFormat::of<P>();
    CHECK(format.weights().codes == P::weight_codes);
    CHECK(format.activations().codes == P::activation_codes);
    CHECK(format.accumulator_bytes() == sizeof(typename P::accumulator));
    CHECK(format.activation_bytes() == sizeof(typename P::activation));
  };
  check(Int8<>{});
  check(W4A4<Asymmetric>{});
  check(W2A8<>{});
  check(Int16<>{});
  const auto reads = []<class From, class To>(From, To) {
    return StageFormat::of<To>().reads(StageFormat::of<From>());
  };
  CHECK(reads(Int8<>{}, W4A8<>{}));
  CHECK(reads(W4A4<>{}, Int8<>{}));
  CHECK_FALSE(reads(Int8<>{}, W4A4<>{}));
  CHECK_FALSE(reads(Int8<>{}, W8A16<>{}));
  CHECK_FALSE(reads(Int8<>{}, Int8<Asymmetric>{}));
}

TEST_CASE_TEMPLATE("a simulated network agrees with the integer network", P, Int8<>, W4A8<Asymmetric, PerTensor>,
                   W4A8<Asymmetric, PerGroup<6>>, Int16<>,
                   Mixed<Int8<>, W4A8<>, Int16<>, W8A16<Asymmetric>, W4A4<>, Int8<Asymmetric>, Int16<>>) {
  const auto net = fixtures::random_network<Graph>(7);
  const auto test = fixtures::random_examples<Graph>(300);
  const auto ranges = calibrate(net, test);
  const auto integers = std::make_unique<Network<Graph, P>>();
  quantize_to(*integers, net, ranges);
  const auto simulated = simulate(net, ranges, formats_of(P{}));
  for (Index layer = 0; layer < Trace<Graph>::layer_count; ++layer) {
    CHECK(simulated.activation(layer).scale == integers->activation(layer).scale);
    CHECK(simulated.activation(layer).zero_point == integers->activation(layer).zero_point);
  }
  CHECK(agreement(simulated, *integers, test) >= 0.98);
  const auto expected = predict(net, test), found = predict(simulated, test), exact = predict(*integers, test);
  CHECK(std::fabs(detail::decibels_of(found, expected) - detail::decibels_of(exact, expected)) < 0.5);
  CHECK(detail::decibels_of(found, exact) > detail::decibels_of(exact, expected) + 3);
}

TEST_CASE("weights and biases are those that the codes stand for") {
  Network<Chain, Float32> net(HeNormal{.seed = 2});
  net.parameters()[30] = 0.4321f;  // a bias of the first layer
  Ranges<Chain> ranges;
  ranges.of_layer = {Range{-1, 1}, {-2, 2}, {0, 2}, {-3, 3}, {0, 1}};
  const auto simulated = simulate(net, ranges, formats_of(Mixed<W4A8<>, Int8<Asymmetric, PerTensor>>{}));
  const auto integers = quantize<Mixed<W4A8<>, Int8<Asymmetric, PerTensor>>>(net, ranges);
  const auto first = integers.layer<1>().weight.dequantize();
  CHECK(std::equal(first.begin(), first.end(), simulated.parameters().begin()));
  const auto second = integers.layer<3>().weight.dequantize();
  CHECK(std::equal(second.begin(), second.end(), simulated.parameters().begin() + 35));
  const double step = static_cast<double>(integers.activation<0>().scale) *
                      static_cast<double>(integers.layer<1>().weight.parameters(0).scale);
  CHECK(simulated.parameters()[30] == doctest::Approx(step * integers.layer<1>().folded_bias[0]).epsilon(1e-6));
}

TEST_CASE("by hand: one unit, three bits") {
  using Unit = Sequential<Input<2>, Dense<1>>;
  Network<Unit, Float32> net;
  std::copy_n(std::array{3.0f, 1.4f, 0.6f}.begin(), 3, net.parameters().begin());
  Ranges<Unit> ranges;
  ranges.of_layer = {Range{-3, 3}, {-6, 6}};
  const std::vector formats{StageFormat{.weight_bits = 3, .activation_bits = 3}};
  // Weights: -3..3 at scale 1, so 3 and 1. Inputs: -4..3 at scale 1, outputs -4..3 at scale 2. The bias: 1 of scale 1.
  const auto simulated = simulate(net, ranges, formats);
  CHECK(simulated.parameters()[0] == 3.0f);
  CHECK(simulated.parameters()[1] == 1.0f);
  CHECK(simulated.parameters()[2] == 1.0f);
  CHECK(predict(simulated, std::vector{1.2f, -0.6f}) == std::vector{4.0f});   // 3 - 1 + 1 = 3, a tie of 2 and 4
  CHECK(predict(simulated, std::vector{-9.0f, 0.0f}) == std::vector{-8.0f});  // -4 is the lowest; -12 + 1 saturates
}

TEST_CASE("formats change, and an error changes nothing") {
  const Network<Chain, Float32> net(HeNormal{.seed = 2});
  Ranges<Chain> ranges;
  ranges.of_layer = {Range{-1, 1}, {-2, 2}, {0, 2}, {-3, 3}, {0, 1}};
  const std::vector<StageFormat> coarse(2, {.weight_bits = 2, .activation_bits = 4}), fine(2, {.weight_bits = 8});
  auto simulated = simulate(net, ranges, coarse);
  simulated.assign(fine);
  const auto direct = simulate(net, ranges, fine);
  CHECK(std::ranges::equal(simulated.parameters(), direct.parameters()));
  std::vector<StageFormat> wrong = coarse;
  wrong[1].weight_bits = 17;
  CHECK_THROWS_WITH_AS(simulated.assign(wrong), doctest::Contains("expected 2 to 16, found 17"), ArgumentError);
  wrong.pop_back();
  CHECK_THROWS_WITH_AS(simulated.assign(wrong), doctest::Contains("expected 2, one for each stage, found 1"),
                       ArgumentError);
  CHECK(std::ranges::equal(simulated.formats(), fine));
  CHECK(std::ranges::equal(simulated.parameters(), direct.parameters()));
  ranges.of_layer[3] = {};
  CHECK_THROWS_WITH_AS(simulate(net, ranges, fine), doctest::Contains("layer 3 (Dense)"), NumericError);
}

}  // namespace simulate_test
