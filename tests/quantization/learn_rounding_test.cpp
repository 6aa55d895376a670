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
#include <cstdlib>

namespace learn_rounding_test {
namespace {

using namespace qnn;
using namespace qnn::fixtures;

/// Int8 activations, weights of as few codes as wanted.
template <class Base, int Highest>
struct FewCodes : Base {
  static constexpr CodeRange weight_codes{Base::weights::scheme::has_zero_point ? -Highest - 1 : -Highest, Highest};
  static constexpr CodeRange weight_integers = weight_codes;
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

#ifdef __OPTIMIZE__
constexpr RoundingOptions quick{.iterations = 300, .batch = 16};
#else
constexpr RoundingOptions quick{.iterations = 120, .batch = 16};
#endif

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
