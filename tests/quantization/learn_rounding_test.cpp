// SPDX-License-Identifier: MIT
/// @file
/// Learned rounding: the error falls, the codes are those that quantize makes.
#include "qnn/quantization/learn_rounding.hpp"

#include "fixtures.hpp"

#include "qnn/calibration/calibrate.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"
#include "qnn/quantization/quantize.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace learn_rounding_test {
namespace {

using namespace qnn;
using namespace qnn::fixtures;

/// Int8 activations, weights of as few codes as wanted.
template <class Base, int Highest>
struct FewCodes : Base {
  static constexpr CodeRange weight_codes{Base::weights::scheme::has_zero_point ? -Highest - 1 : -Highest, Highest};
};
template <class W, class G, class Policy = IntegerMultiplier>
using Eight = Quantized<Format<std::int8_t, W, G>, Format<std::int8_t, Asymmetric>, Policy>;

}  // namespace

}  // namespace learn_rounding_test

template <class Base, int Highest>
inline constexpr bool qnn::is_quantized<learn_rounding_test::FewCodes<Base, Highest>> = true;

namespace learn_rounding_test {
namespace {

using Net =
    Sequential<Input<6, 6, 2>, Conv2d<6, Kernel<3>, Same, NoBias>, BatchNorm, ReLU, DepthwiseConv2d<Kernel<3>>,
               BatchNorm, ReLU6, Residual<Sequential<Conv2d<6, Kernel<1>>>>, ReLU, Flatten, Dropout<10>, Dense<5>>;

constexpr RoundingOptions quick{.iterations = 300, .batch = 16};

/// Correlated inputs, as images are: there is something to gain then.
template <class Architecture>
FloatDataset smooth_examples(Index count, std::uint64_t seed) {
  using In = typename Trace<Architecture>::input;
  Random random(seed);
  std::vector<float> values;
  for (Index i = 0; i < count; ++i) {
    const float mean = random.normal(), slope = random.normal();
    for (Index k = 0; k < In::size; ++k) {
      values.push_back(mean + slope * static_cast<float>(k) / static_cast<float>(In::size) + 0.2f * random.normal());
    }
  }
  return {values, In::extents, std::vector<std::int32_t>(static_cast<std::size_t>(count)), 1};
}

/// The squared error of the first stage, whose inputs are the same however later layers are rounded, and of the output.
template <class P, class Architecture>
std::pair<double, double> noise(const Network<Architecture, Float32>& reference,
                                const Network<Architecture, Float32>& net, const Ranges<Architecture>& ranges,
                                const FloatDataset& data) {
  const auto stages = signal_to_noise(reference, quantize<P>(net, ranges), data);
  return {stages[1].noise, stages.back().noise};
}

}  // namespace

TEST_CASE("RectifiedSigmoid: values, slopes and the inverse") {
  CHECK(detail::RectifiedSigmoid(0).value == doctest::Approx(0.5));
  CHECK(detail::RectifiedSigmoid(0).slope == doctest::Approx(0.3));
  CHECK(detail::RectifiedSigmoid(-5).value == 0.0f);
  CHECK(detail::RectifiedSigmoid(-5).slope == 0.0f);
  CHECK(detail::RectifiedSigmoid(5).value == 1.0f);
  for (const float share : {0.0f, 0.1f, 0.5f, 0.999f}) {
    CHECK(detail::RectifiedSigmoid(detail::RectifiedSigmoid::inverse(share)).value == doctest::Approx(share));
  }
  CHECK(detail::rounding_exponent(0) == doctest::Approx(20));
  CHECK(detail::rounding_exponent(1) == doctest::Approx(2));
}

TEST_CASE("WeightRounding: what is free, what is nearest, and the step by hand") {
  // Scale 1, codes -2..2; the largest is an end, 2.6 would be beyond.
  const std::vector<float> weights{0.25f, -1.5f, 2.0f, 1.75f, -0.75f, 0.0f};
  const std::vector<Asymmetric::Parameters> groups{{1.0f, 0}};
  detail::WeightRounding rounding(weights, groups, {-2, 2}, true);
  CHECK(rounding.free() == 5);
  CHECK(rounding.nearest() == std::vector<std::int32_t>{0, -2, 2, 2, -1, 0});
  std::vector<float> soft(6);
  rounding.soft_reals(soft);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    CHECK(soft[k] == doctest::Approx(weights[k]));
  }
  CHECK(rounding.learned() == std::vector<std::int32_t>{0, -1, 2, 2, -1, 0});
  // The first step of Adam moves each variable by the rate, against its gradient; without gradient nothing moves.
  const std::vector<float> slopes{-1, 1, 5, 0, 0, 0};
  rounding.step(slopes, 0, 20, 0.5f);
  std::vector<float> moved(6);
  rounding.soft_reals(moved);
  CHECK(moved[0] == doctest::Approx(detail::RectifiedSigmoid(detail::RectifiedSigmoid::inverse(0.25f) + 0.5f).value));
  CHECK(moved[1] ==
        doctest::Approx(-2 + detail::RectifiedSigmoid(detail::RectifiedSigmoid::inverse(0.5f) - 0.5f).value));
  CHECK(moved[2] == 2.0f);
  CHECK(moved[3] == doctest::Approx(1.75));
  // The regularizer alone drives all to the nearer side.
  for (int k = 0; k < 300; ++k) {
    rounding.step(std::vector<float>(6), 1, 2, 0.05f);
  }
  rounding.soft_reals(moved);
  std::vector<float> decided(6);
  rounding.reals(rounding.learned(), decided);
  CHECK(largest_difference(moved, decided) < 0.02);
}

TEST_CASE("learn_codes: as good as the best of all roundings of four weights") {
  // y = w x: correlated inputs. All 16 roundings are tried.
  const std::vector<float> weights{0.45f, 1.4f, -0.6f, 2.45f, 7.0f};
  const std::vector<Asymmetric::Parameters> groups{{1.0f, 0}};
  Random random(4);
  detail::Reconstruction problem{.inputs = {},
                                 .targets = {},
                                 .input_size = 5,
                                 .output_size = 1,
                                 .channels = 1,
                                 .bias = {0.5f},
                                 .shift = {},
                                 .clamp = {},
                                 .forward = {},
                                 .add_gradients = {}};
  std::vector<float> y;
  problem.forward = [&](std::span<const float> w, std::span<const float> x) -> std::span<const float> {
    y.assign(x.size() / 5, w[5]);
    for (std::size_t k = 0; k < x.size(); ++k) {
      y[k / 5] += w[k % 5] * x[k];
    }
    return y;
  };
  problem.add_gradients = [](std::span<const float>, std::span<const float> x, std::span<const float> dy,
                             std::span<float> gradients) {
    for (std::size_t k = 0; k < x.size(); ++k) {
      gradients[k % 5] += dy[k / 5] * x[k];
    }
  };
  for (int i = 0; i < 200; ++i) {
    const float common = 1.0f + random.normal();
    float sum = 0.5f;
    for (std::size_t k = 0; k < 5; ++k) {
      problem.inputs.push_back(common + 0.1f * random.normal());
      sum += weights[k] * problem.inputs.back();
    }
    problem.targets.push_back(sum);
  }
  detail::WeightRounding rounding(weights, groups, {-7, 7}, true);
  const auto error_of = [&](const std::vector<std::int32_t>& codes) {
    std::vector<float> parameters = problem.parameters(5);
    rounding.reals(codes, std::span(parameters).first(5));
    return problem.errors(parameters, 64)[0];
  };
  double best = std::numeric_limits<double>::infinity();
  for (int choice = 0; choice < 16; ++choice) {
    best = std::min(best, error_of({choice & 1, 1 + (choice >> 1 & 1), -1 + (choice >> 2 & 1), 2 + (choice >> 3), 7}));
  }
  const double nearest = error_of(rounding.nearest());
  const auto learned = detail::learn_codes(rounding, problem, {.iterations = 1000});
  CHECK(nearest > 5 * best);
  CHECK(error_of(learned) == doctest::Approx(best));
}

TEST_CASE_TEMPLATE("learn_rounding: quantize gives the learned codes, and the error falls", P,
                   FewCodes<Eight<Symmetric, PerChannel>, 7>, FewCodes<Eight<Symmetric, PerTensor>, 7>,
                   FewCodes<Eight<Asymmetric, PerChannel>, 3>, Eight<Symmetric, PerChannel>,
                   FewCodes<Eight<Symmetric, PerChannel, PowerOfTwoShift>, 7>) {
  const auto data = smooth_examples<Net>(100, 1);
  double nearest_outputs = 0, learned_outputs = 0;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    const auto net = random_network<Net>(seed);
    const auto ranges = calibrate(net, data);
    for (const WeightRange by : {WeightRange::min_max, WeightRange::minimal_squared_error}) {
      RoundingOptions options = quick;
      options.quantization.weights = by;
      const auto learned = learn_rounding<P>(net, ranges, data, options);
      const auto start = quantize<P>(net, ranges, options.quantization), found = quantize<P>(learned, ranges);
      detail::for_each_linear_layer<Net>([&]<Index I>(IndexConstant<I>) {
        // On the grid: what comes back from the codes are the weights themselves.
        const auto& weight = found.template layer<I>().weight;
        const auto stage = stage_parameters<Net, I>(learned.parameters());
        const auto reals = weight.dequantize();
        CHECK(largest_difference(reals, {stage.weights.begin(), stage.weights.end()}) < 1e-6 * largest(reals));
        // Each code is that below or above the old weight.
        const auto& before = start.template layer<I>().weight;
        for (std::size_t k = 0; k < reals.size(); ++k) {
          CHECK(std::abs(weight.codes()[k] - before.codes()[k]) <= 1);
        }
        CHECK(weight.parameters()[0].scale == doctest::Approx(before.parameters()[0].scale).epsilon(1e-6));
      });
      if (by == WeightRange::min_max) {
        const auto before = noise<P>(net, net, ranges, data), after = noise<P>(net, learned, ranges, data);
        CHECK(after.first <= 1.02 * before.first);  // codes of activations are rounded besides
        nearest_outputs += before.second;
        learned_outputs += after.second;
      }
    }
  }
  MESSAGE("squared error of the outputs: nearest " << nearest_outputs << ", learned " << learned_outputs);
  CHECK(learned_outputs < (P::weight_codes.highest < 100 ? 0.7 : 1.02) * nearest_outputs);
}

TEST_CASE("learn_rounding: the error of a layer never grows, however bad the options") {
  using One = Sequential<Input<12>, Dense<6>, ReLU>;
  using P = FewCodes<Eight<Symmetric, PerChannel>, 3>;
  const auto data = smooth_examples<One>(60, 3);
  double sum_nearest = 0, sum_learned = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto net = random_network<One>(seed);
    const auto ranges = calibrate(net, data);
    const auto quantized = quantize<P>(net, ranges);
    detail::FloatLinear<One, 1> linear;
    const auto problem = detail::reconstruction_of<1>(net, quantized, data, 10, linear);
    const auto error_of = [&](const Network<One, Float32>& of) {
      const auto bias = stage_parameters<One, 1>(of.parameters()).bias;
      const auto parameters = detail::dequantized_parameters<1>(quantize<P>(of, ranges), bias);
      const auto errors = problem.errors(parameters, 7);
      double sum = 0;
      for (const double error : errors) {
        sum += error;
      }
      return sum;
    };
    const double nearest = error_of(net);
    CHECK(error_of(learn_rounding<P>(net, ranges, data, {.iterations = 3, .learning_rate = 5, .regularization = 0})) <=
          nearest * 1.00001);
    sum_nearest += nearest;
    sum_learned += error_of(learn_rounding<P>(net, ranges, data));
  }
  MESSAGE("squared error at 3 bits: nearest " << sum_nearest << ", learned " << sum_learned);
  CHECK(sum_learned < 0.5 * sum_nearest);
}

TEST_CASE("learn_rounding: the same seed gives the same network; bad options are refused") {
  using One = Sequential<Input<12>, Dense<6, NoBias>>;
  const auto data = smooth_examples<One>(20, 3);
  const auto net = random_network<One>(1);
  const auto ranges = calibrate(net, data);
  const auto one = learn_rounding<Int8<>>(net, ranges, data, quick),
             same = learn_rounding<Int8<>>(net, ranges, data, quick);
  CHECK(std::equal(one.parameters().begin(), one.parameters().end(), same.parameters().begin()));
  CHECK_THROWS_AS(learn_rounding<Int8<>>(net, ranges, data, {.iterations = 0}), ArgumentError);
  CHECK_THROWS_AS(learn_rounding<Int8<>>(net, ranges, data, {.batch = 0}), ArgumentError);
  CHECK_THROWS_AS(learn_rounding<Int8<>>(net, ranges, data, {.learning_rate = 0}), ArgumentError);
  CHECK_THROWS_AS(learn_rounding<Int8<>>(net, ranges, data, {.regularization = -1}), ArgumentError);
  CHECK_THROWS_AS(learn_rounding<Int8<>>(net, ranges, data, {.warm_up = 1}), ArgumentError);
  CHECK_THROWS_AS(learn_rounding<Int8<>>(net, ranges, smooth_examples<Net>(2, 1)), ArgumentError);
}

}  // namespace learn_rounding_test
