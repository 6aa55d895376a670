// SPDX-License-Identifier: MIT
/// @file
/// The integer Softmax against Softmax in double.
#include "qnn/layers/softmax.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace softmax_test {
namespace {

using namespace qnn;

template <class P, Index Size>
struct Machine {
  using Code = typename P::activation;
  typename Softmax::at<P, Shape<Size>> softmax;
  double scale;
  typename P::activations::parameters output;

  explicit Machine(float input_scale) : scale(static_cast<double>(input_scale)) {
    typename P::activations::parameters input;
    input.scale = input_scale;
    output = softmax.output_parameters(input, {});
    softmax.prepare(input, output, {});
  }
  std::vector<Code> operator()(const std::vector<Code>& x) const {
    std::vector<Code> y(x.size());
    softmax.forward(Batch<const Code, Shape<Size>>(x.data(), 1), Batch<Code, Shape<Size>>(y.data(), 1));
    return y;
  }
};

/// The bound: half a step of the output, for the rounding, and 2^-20 of one for the tables (each of 2^-31, times
/// at most 2^16 steps, over a sum of at least 1). Probabilities beyond the highest code saturate there.
template <class P, Index Size>
void check_errors(float scale, std::uint64_t seed) {
  using Code = typename P::activation;
  const Machine<P, Size> machine(scale);
  Random random(seed);
  const double steps = 1.0 / static_cast<double>(machine.output.scale);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<Code> x(static_cast<std::size_t>(Size));
    for (Code& code : x) {
      code = static_cast<Code>(P::activation_codes.lowest +
                               random.below(P::activation_codes.highest - P::activation_codes.lowest + 1));
    }
    const std::vector<Code> y = machine(x);
    const Code largest = *std::max_element(x.begin(), x.end());
    double sum = 0, shares = 0;
    for (const Code code : x) {
      sum += std::exp(machine.scale * (code - largest));
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double share = steps * std::exp(machine.scale * (x[i] - largest)) / sum;
      const double expected =
          std::min(share, static_cast<double>(P::activation_codes.highest - machine.output.zero_point));
      CHECK(std::abs(y[i] - machine.output.zero_point - expected) <= 0.5 + std::max(1e-6, share * 1e-6));
      shares += y[i] - machine.output.zero_point;
      for (std::size_t j = 0; j < i; ++j) {  // monotone: a larger logit never has a smaller probability
        if (x[i] >= x[j] ? y[i] < y[j] : y[i] > y[j]) {
          FAIL_CHECK("not monotone");
        }
      }
    }
    // The probabilities add up to 1 within half a step each, and the one that may saturate.
    CHECK(std::abs(shares - steps) <= 0.5 * static_cast<double>(Size) + 1.0);
  }
}

}  // namespace

TEST_CASE("exponential tables: the nearest fraction of 31 bits") {
  using kernels::reference::ExponentialTables;
  for (const float scale :
       {0x1p-40f, 1e-7f, 3.14159e-5f, 0.001f, 0.0123f, 0.1f, 0.5f, 1.0f, 7.7f, 40.0f, 63.9f, 64.0f, 1e9f, 0x1p40f}) {
    const ExponentialTables tables = ExponentialTables::of_scale(scale);
    CAPTURE(scale);
    for (std::size_t i = 0; i < 256; ++i) {
      const double low = std::exp(-static_cast<double>(scale) * static_cast<double>(i));
      const double high = std::exp(-static_cast<double>(scale) * 256.0 * static_cast<double>(i));
      CHECK(std::abs(tables.low[i] - std::min(low * 0x1p31, 0x1p31 - 1)) < 0.51);
      CHECK(std::abs(tables.high[i] - std::min(high * 0x1p31, 0x1p31 - 1)) < 0.51);
    }
  }
}

// A Softmax that the compiler evaluates: 0 and ln 3 are 1/4 and 3/4, 64 and 192 of 256 steps.
constexpr std::array<std::int8_t, 2> softmax_of_two() {
  Softmax::at<Int8<Asymmetric>, Shape<2>> machine;
  machine.prepare({0.0109861229f, 0}, {1.0f / 256, -128}, {});
  const std::array<std::int8_t, 2> x{0, 100};
  std::array<std::int8_t, 2> y{};
  machine.forward(Batch<const std::int8_t, Shape<2>>(x.data(), 1), Batch<std::int8_t, Shape<2>>(y.data(), 1));
  return y;
}
static_assert(softmax_of_two() == std::array<std::int8_t, 2>{-64, 64});

TEST_CASE("integer Softmax: within half a step of the real one") {
  for (const float scale : {0.001f, 0.05f, 0.3f, 4.0f}) {
    check_errors<Int8<>, 10>(scale, 1);
    check_errors<Int8<Asymmetric>, 3>(scale, 2);
    check_errors<Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>>, 17>(scale, 3);
    check_errors<Int16<>, 10>(scale / 256, 4);
    check_errors<Int16<Asymmetric>, 101>(scale / 256, 5);
  }
}

TEST_CASE("integer Softmax: known codes") {
  const Machine<Int8<Asymmetric>, 4> machine(1.0f);
  CHECK(machine({5, 5, 5, 5}) == std::vector<std::int8_t>{-64, -64, -64, -64});  // 1/4 is 64 steps above -128
  CHECK(machine({127, -128, -128, -128}) == std::vector<std::int8_t>{127, -128, -128, -128});
  const Machine<Int8<>, 2> symmetric(1.0f);
  CHECK(symmetric({0, 0}) == std::vector<std::int8_t>{64, 64});
  CHECK(symmetric({-128, 127}) == std::vector<std::int8_t>{0, 127});
  const Machine<Int16<>, 1> one(1.0f);
  CHECK(one({-32768}) == std::vector<std::int16_t>{32767});
  const Machine<Int16<>, 2> wide(1e-12f);  // a scale so small that all logits are alike
  CHECK(wide({-32768, 32767}) == std::vector<std::int16_t>{16384, 16384});
}

}  // namespace softmax_test
