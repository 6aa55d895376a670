// SPDX-License-Identifier: MIT
/// @file
/// Networks whose ranges are found when they run: by hand, beside the float layer, and what inputs they refuse.
#include "qnn/quantization/quantize_dynamic.hpp"

#include "fixtures.hpp"
#include "qnn/evaluation/predict.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace quantize_dynamic_test {

using namespace qnn;

namespace {

template <class P, class Architecture>
std::vector<float> outputs_of(const Network<Architecture, P>& net, const std::vector<float>& x, Index capacity = 2) {
  const Index count = static_cast<Index>(x.size()) / Trace<Architecture>::input::size;
  std::vector<float> y(static_cast<std::size_t>(count * Trace<Architecture>::output::size));
  HeapArena<Network<Architecture, P>> arena(capacity);
  net.forward({x.data(), count}, {y.data(), count}, arena);
  return y;
}

using Unit = Sequential<Input<2>, Dense<2>>;
/// Scales of 1 and 1/2: codes 127, -64 and 0, 127.
Network<Unit, Float32> unit() {
  Network<Unit, Float32> net;
  std::ranges::copy(std::array{127.0f, -64.0f, 0.0f, 63.5f, 0.5f, -0.25f}, net.parameters().begin());
  return net;
}

using AsymmetricWeights = Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>;

/// One layer: what the float layer gives for the reals that all codes stand for.
template <class P, class In, class Layer>
void check_layer_of(std::uint64_t seed) {
  using Architecture = Sequential<In, Layer>;
  auto net = fixtures::random_network<Architecture>(seed);
  const auto dynamic = std::make_unique<Network<Architecture, Dynamic<P>>>();
  quantize_to(*dynamic, net);
  constexpr Index inputs = Trace<Architecture>::input::size;
  auto x = fixtures::random_values(3 * inputs, seed + 9, 0.5f);
  for (std::size_t i = 0; i < static_cast<std::size_t>(inputs); ++i) {
    x[i] *= 100.0f;  // each example has a range of its own
  }
  const auto found = outputs_of(*dynamic, x);

  const auto weights = dynamic->template layer<1>().weight.dequantize();
  std::copy(weights.begin(), weights.end(), net.parameters().begin());
  for (std::size_t first = 0; first < x.size(); first += static_cast<std::size_t>(inputs)) {
    const auto example = std::span(x).subspan(first, static_cast<std::size_t>(inputs));
    const auto parameters = P::activation_parameters(range_of(example));
    for (float& value : example) {
      value =
          dequantize_value(quantize_value<typename P::activation>(value, parameters, P::activation_codes), parameters);
    }
  }
  const auto expected = outputs_of(net, x);
  INFO(P::name() << ", " << Layer::name);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::size_t example = i / (expected.size() / 3);
    CHECK(found[i] == doctest::Approx(expected[i]).scale(example == 0 ? 100.0 : 1.0).epsilon(2e-5));
  }
}

using Net =
    Sequential<Input<8, 8, 3>, Conv2d<8, Kernel<3>, Same, NoBias>, BatchNorm, ReLU,
               Residual<Sequential<Conv2d<8, Kernel<3>, Same>, BatchNorm, ReLU6, DepthwiseConv2d<Kernel<3>, Same>>>,
               ReLU, MaxPool2d<2>, LeakyReLU<10>, Flatten, Dropout<10>, Dense<20>, ReLU, Dense<5>, Softmax>;

}  // namespace

TEST_CASE("dynamic: by hand") {
  // 254 and -100 have the scale 2: codes 127 and -50. 127 * 127 + 64 * 50 = 19329, and -50 * 127 = -6350.
  const auto symmetric = quantize<Dynamic<Int8<>>>(unit());
  CHECK(outputs_of(symmetric, {254.0f, -100.0f}) == std::vector{2.0f * 19329 + 0.5f, -6350.0f - 0.25f});
  // 0 and 255 have the scale 1 and the zero point -128: nothing is rounded.
  const auto asymmetric = quantize<Dynamic<Int8<Asymmetric>>>(unit());
  CHECK(outputs_of(asymmetric, {0.0f, 255.0f}) == std::vector{-64.0f * 255 + 0.5f, 63.5f * 255 - 0.25f});
  CHECK(symmetric.layer<1>().weight_sums == std::array{63, 127});
  CHECK(Dynamic<Int8<>>::name() == "dynamic ranges: " + Int8<>::name());
}

TEST_CASE_TEMPLATE("dynamic: each layer is the float layer of what its codes stand for", P, Int8<>, Int8<Asymmetric>,
                   AsymmetricWeights, Int16<Asymmetric>, W4A8<Asymmetric, PerGroup<4>>, W4A4<>) {
  check_layer_of<P, Input<13>, Dense<7>>(1);
  check_layer_of<P, Input<5, 6, 3>, Conv2d<5, Kernel<3>, Same, Stride<2>>>(2);
  check_layer_of<P, Input<4, 4, 6>, Conv2d<4, Kernel<2>, Groups<2>, NoBias>>(3);
  check_layer_of<P, Input<5, 4, 17>, DepthwiseConv2d<Kernel<3>, Same>>(4);
  check_layer_of<P, Input<9, 2>, Conv1d<3, Kernel<3>, Same>>(5);
}

TEST_CASE("dynamic: an example is the same alone and among others, whatever their size") {
  const auto net = std::make_unique<Network<Net, Dynamic<Int8<Asymmetric>>>>();
  quantize_to(*net, fixtures::random_network<Net>(3));
  auto x = fixtures::random_values(4 * 192, 1);
  std::transform(x.begin() + 192, x.begin() + 384, x.begin() + 192, [](float value) { return 1000.0f * value; });
  const auto together = outputs_of(*net, x, 4);
  CHECK(outputs_of(*net, x, 3) == together);
  for (std::size_t n = 0; n < 4; ++n) {
    const auto alone = outputs_of(*net, {x.begin() + static_cast<std::ptrdiff_t>(n * 192),
                                         x.begin() + static_cast<std::ptrdiff_t>((n + 1) * 192)});
    CHECK(std::equal(alone.begin(), alone.end(), together.begin() + static_cast<std::ptrdiff_t>(n * 5)));
  }
}

TEST_CASE("dynamic: zero, constant, tiny, NaN and infinite inputs") {
  const auto net = quantize<Dynamic<Int8<>>>(unit());
  CHECK(outputs_of(net, {0.0f, 0.0f}) == std::vector{0.5f, -0.25f});
  const auto constant = outputs_of(net, {-3.0f, -3.0f});
  CHECK(constant[0] == doctest::Approx(-3 * 63 + 0.5));
  CHECK(constant[1] == doctest::Approx(-3 * 63.5 - 0.25));
  CHECK(outputs_of(net, {1e-38f, -1e-42f}) == std::vector{0.5f, -0.25f});
  const auto asymmetric = quantize<Dynamic<Int8<Asymmetric>>>(unit());
  CHECK(outputs_of(asymmetric, {0.0f, 0.0f}) == std::vector{0.5f, -0.25f});
  CHECK(outputs_of(asymmetric, {2.0f, 2.0f})[0] == doctest::Approx(126.5));
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    CHECK_THROWS_WITH_AS(outputs_of(net, {1.0f, bad}), doctest::Contains("NaN or an infinity"), NumericError);
  }
  CHECK_THROWS_WITH_AS(outputs_of(net, {1.0f, 3e38f}), doctest::Contains("absurdly large"), NumericError);
}

TEST_CASE("dynamic: a whole network is near the float network, without calibration") {
  const auto real = fixtures::random_network<Net>(5);
  const auto data = fixtures::random_examples<Net>(60);
  const auto near = [&]<class P>(P, double decibels) {
    const auto net = std::make_unique<Network<Net, Dynamic<P>>>();
    quantize_to(*net, real);
    const auto expected = predict(real, data), found = predict(*net, data, 2);
    double signal = 0, noise = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      signal += std::pow(static_cast<double>(expected[i]), 2);
      noise += std::pow(static_cast<double>(found[i] - expected[i]), 2);
    }
    CHECK(10 * std::log10(signal / noise) > decibels);
  };
  near(Int8<Asymmetric>{}, 25);
  near(Int8<>{}, 25);
  near(Int16<>{}, 70);
  near(W4A8<Asymmetric, PerGroup<4>>{}, 8);
  CHECK(Network<Net, Dynamic<Int8<>>>::parameter_bytes() < 4 * ParameterLayout<Net>::size * 3 / 8);
}

TEST_CASE("dynamic: weights are chosen as the options say, and must be finite") {
  auto net = fixtures::random_network<Net>(6);
  const auto whole = quantize<Dynamic<W4A8<>>>(net);
  const auto clipped = quantize<Dynamic<W4A8<>>>(net, {.weights = WeightRange::minimal_squared_error});
  CHECK(clipped.layer<14>().weight.parameters(0).scale < whole.layer<14>().weight.parameters(0).scale);
  net.parameters()[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(quantize<Dynamic<W4A8<>>>(net), doctest::Contains("layer 1 (Conv2d): "), NumericError);
  auto biased = unit();
  biased.parameters()[4] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(quantize<Dynamic<Int8<>>>(biased), doctest::Contains("layer 1 (Dense): "), NumericError);
  const auto zeros = quantize<Dynamic<Int8<>>>(Network<Unit, Float32>{});
  CHECK(outputs_of(zeros, {1.0f, 2.0f}) == std::vector{0.0f, 0.0f});
}

}  // namespace quantize_dynamic_test
