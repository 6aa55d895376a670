// SPDX-License-Identifier: MIT
/// @file
/// Weights clipped where that brings the codes nearer to them.
#include "qnn/quantization/quantize.hpp"

#include "qnn/core/random.hpp"
#include "qnn/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

namespace weight_range_test {

using namespace qnn;

namespace {

using Net = Sequential<Input<6, 6, 2>, Conv2d<4, Kernel<3>>, BatchNorm, ReLU, Flatten, Dense<3>>;
template <class G>
using Narrow = Quantized<Format<std::int8_t, Asymmetric, G>, Format<std::int8_t, Asymmetric>>;

Network<Net, Float32> network() {
  Network<Net, Float32> net(HeNormal{.seed = 2});
  for (std::size_t o = 0; o < 4; ++o) {
    net.parameters()[18 * o] *= 20.0f;  // an outlier in each channel
  }
  return net;
}

Ranges<Net> ranges() {
  Ranges<Net> all;
  all.of_layer.fill({-4, 4});
  return all;
}

/// The squared error of the weights of the convolution and of the dense layer, whose BatchNorm is nearly the identity.
template <class P>
std::pair<double, double> errors(const Network<Net, Float32>& net, QuantizationOptions options) {
  const auto quantized = quantize<P>(net, ranges(), options);
  const auto error = [&](const std::vector<float>& found, std::size_t offset) {
    double sum = 0;
    for (std::size_t k = 0; k < found.size(); ++k) {
      sum += std::pow(static_cast<double>(found[k] - net.parameters()[offset + k]), 2);
    }
    return sum;
  };
  return {error(quantized.template layer<1>().weight.dequantize(), 0),
          error(quantized.template layer<5>().weight.dequantize(), 72 + 4 + 16)};
}

}  // namespace

TEST_CASE_TEMPLATE("quantize: weights clipped for the least squared error are nearer", P, Int8<>,
                   Int8<Asymmetric, PerTensor>, Narrow<PerChannel>, Narrow<PerTensor>, W4A8<Symmetric, PerGroup<8>>) {
  const auto whole = errors<P>(network(), {}),
             clipped = errors<P>(network(), {.weights = WeightRange::minimal_squared_error});
  CHECK(clipped.first <= whole.first * 1.0001);
  CHECK(clipped.second <= whole.second * 1.0001);
  if (!P::weights::scheme::has_zero_point) {  // where both ends move by themselves there may be nothing to gain
    CHECK(clipped.second < whole.second);
  }
}

TEST_CASE("quantize: the range of clipped weights is the one that choose_range finds") {
  const auto net = network();
  const auto quantized = quantize<Int8<>>(net, ranges(), {.weights = WeightRange::minimal_squared_error});
  for (std::size_t o = 0; o < 3; ++o) {
    const std::size_t fan_in = 64, offset = 92 + o * fan_in;
    const auto row = net.parameters().subspan(offset, fan_in);
    const Range chosen = choose_range(WeightRange::minimal_squared_error, row, weight_levels<Int8<>>);
    CHECK(quantized.layer<5>().weight.parameters()[o].scale == Symmetric::parameters_for(chosen, {-127, 127}).scale);
  }
}

TEST_CASE("quantize: clipping refuses what min-max refuses, and leaves zeros alone") {
  auto net = network();
  net.parameters()[95] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH_AS(quantize<Int8<>>(net, ranges(), {.weights = WeightRange::minimal_squared_error}),
                       doctest::Contains("layer 5 (Dense): "), NumericError);
  const Network<Net, Float32> zeros;
  const auto quantized = quantize<Int8<>>(zeros, ranges(), {.weights = WeightRange::minimal_squared_error});
  CHECK(quantized.layer<5>().weight.codes()[7] == 0);
  CHECK(quantized.layer<5>().weight.parameters()[0].scale == scale_of_zero);
}

}  // namespace weight_range_test
