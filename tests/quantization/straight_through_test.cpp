// SPDX-License-Identifier: MIT
/// @file
/// Gradients of ranges and scales against the formulas of PACT and LSQ, worked out by hand.
#include "qnn/quantization/straight_through.hpp"

#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace straight_through_test {

using namespace qnn;

namespace {

using One = Sequential<Input<1>, Dense<1>, ReLU>;

/// dL/dy and the gradients of both ends of the range 0..2.55, for values y of a ReLU and dL/dq. Asymmetric int8: scale
/// 0.01.
struct Gradients {
  std::vector<float> of_values;
  float of_lowest, of_highest;
};
Gradients gradients(std::vector<float> y, std::vector<float> of_codes) {
  using P = Int8<Asymmetric>;
  Network<One, Float32> net;
  net.parameters()[0] = 1.0f;
  Ranges<One> ranges;
  ranges.of_layer = {Range{0.0f, 2.55f}, Range{0.0f, 2.55f}, Range{0.0f, 2.55f}};
  const Network<One, FakeQuant<P>> fake(net, ranges);
  using Layout = FakeQuantLayout<One, P, LearnedRanges, FollowingScales>;
  const auto count = static_cast<Index>(y.size());
  StraightThrough<One, P, LearnedRanges, FollowingScales> rounding(count, fake);
  std::vector<float> x = y;
  rounding.begin(Batch<float, Shape<1>>(x.data(), count));
  rounding.forward<2>(Batch<float, Shape<1>>(y.data(), count));
  std::vector<float> all(static_cast<std::size_t>(Layout::size));
  rounding.backward<2>(Batch<float, Shape<1>>(of_codes.data(), count), 1.0f, all.data());
  const auto ends = static_cast<std::size_t>(Layout::range_offset(2));
  return {std::move(of_codes), all[ends], all[ends + 1]};
}

const float divisor = std::sqrt(127.0f);  ///< sqrt(values of an example * largest code)

}  // namespace

TEST_CASE("PACT: the gradient of the clipping value is that of all values beyond it") {
  // y = clamp(x, 0, a): dy/da = 1 where x > a, else 0; dy/dx = 1 where 0 < x < a. Of values on levels rounding adds
  // nothing: 0.5 is level 50.
  const auto found = gradients({0.5f, 3.0f, 4.0f}, {1.0f, 0.25f, -2.0f});
  CHECK(found.of_values == std::vector<float>{1.0f, 0.0f, 0.0f});
  CHECK(found.of_highest * divisor == doctest::Approx(0.25 - 2.0).epsilon(1e-4));
  CHECK(found.of_lowest * divisor == doctest::Approx(0).epsilon(1e-4));
}

TEST_CASE("LSQ: the gradient of the step of three activations, within and beyond the range") {
  // dq/ds = round(y / s) - y / s within: 100.4 steps give -0.4, 99.7 give 0.3. s = (h - l) / 255, so dq/dh is 1/255 of
  // it and dq/dl the negative. Beyond h it is 255 in steps, 1 in h.
  const auto found = gradients({1.004f, 0.997f, 3.0f}, {2.0f, -1.0f, 0.5f});
  const double step = 2 * -0.4 - 0.3;
  CHECK(found.of_values == std::vector<float>{2.0f, -1.0f, 0.0f});
  CHECK(found.of_highest * divisor == doctest::Approx(0.5 + step / 255).epsilon(1e-4));
  CHECK(found.of_lowest * divisor == doctest::Approx(-step / 255).epsilon(1e-3));
}

TEST_CASE("LSQ: the gradient of the step of each of three weights") {
  // Codes -7..7, scale 0.5: 1.2, 10 and -0.8 steps.
  const auto of_weight = [](float weight) {
    std::vector<float> gradient{1.0f};
    const float of_scale = detail::scale_gradient(std::vector<float>{weight}, 0.5f, 7.0f, gradient);
    return std::pair{of_scale, gradient[0]};
  };
  CHECK(of_weight(0.6f).first == doctest::Approx(1 - 1.2));  // round(v / s) - v / s
  CHECK(of_weight(-0.4f).first == doctest::Approx(-1 + 0.8));
  CHECK(of_weight(5.0f) == std::pair{7.0f, 0.0f});    // Qp, and the weight gets none
  CHECK(of_weight(-4.0f) == std::pair{-7.0f, 0.0f});  // -Qn
  CHECK(of_weight(0.6f).second == 1.0f);
}

TEST_CASE("LSQ: a magnitude m = Qp s gets 1/Qp of the step's gradient, divided by sqrt(N Qp)") {
  using Three = Sequential<Input<3>, Dense<1>>;
  using P = W4A8<>;
  using Fake = FakeQuant<P, LearnedRanges, LearnedScales>;
  Ranges<Three> ranges;
  ranges.of_layer = {Range{-1.0f, 1.0f}, Range{-8.0f, 8.0f}};
  Network<Three, Fake> fake(Network<Three, Float32>(HeNormal{.seed = 1}), ranges);
  using Layout = Network<Three, Fake>::Layout;
  auto values = fake.values();
  const std::vector<float> weights{0.6f, 5.0f, -0.4f};
  std::copy(weights.begin(), weights.end(), values.begin());
  values[static_cast<std::size_t>(Layout::scales_offset)] = 3.5f;  // s = 0.5
  fake.assign(values);
  std::vector<float> all(static_cast<std::size_t>(Layout::size));
  all[0] = 1.0f, all[1] = 2.0f, all[2] = 3.0f;
  fake.pull_back(all);
  CHECK(std::vector<float>(all.begin(), all.begin() + 3) == std::vector<float>{1.0f, 0.0f, 3.0f});
  const double of_scale = 1 * -0.2 + 2 * 7 + 3 * -0.2;
  CHECK(all[static_cast<std::size_t>(Layout::scales_offset)] ==
        doctest::Approx(of_scale / 7 / std::sqrt(3.0 * 7.0)).epsilon(1e-4));
}

}  // namespace straight_through_test
