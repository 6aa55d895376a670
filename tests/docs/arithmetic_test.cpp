// SPDX-License-Identifier: MIT
// The worked numbers of docs/explanation/arithmetic.md, the tutorials and docs/reference/precisions.md.
#include "qnn/qnn.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace arithmetic_test {
namespace {

using namespace qnn;

using Code = std::int8_t;
using LeNet = Sequential<Input<28, 28, 1>, Conv2d<32, Kernel<3>, Same>, ReLU, MaxPool2d<2>, Conv2d<64, Kernel<3>, Same>,
                         ReLU, MaxPool2d<2>, Flatten, Dense<128>, ReLU, Dense<10>>;

template <class Policy>
std::int32_t requantized_sum(std::int32_t accumulator, double real) {
  return Policy::apply(accumulator, Policy::multiplier(real));
}

template <class Weights, class Activations, class... Rest>
constexpr auto proof = QuantizedLinear<Quantized<Weights, Activations, Rest...>, Shape<1, 1>>::safe_fan_in;

}  // namespace

TEST_CASE("arithmetic: the affine map of -1..3 in both schemes") {
  const auto symmetric = Symmetric::parameters_for({-1.0f, 3.0f}, narrow_range<Code>);
  const auto asymmetric = Asymmetric::parameters_for({-1.0f, 3.0f}, full_range<Code>);
  CHECK(symmetric.scale == doctest::Approx(0.023622).epsilon(1e-5));
  CHECK(asymmetric.scale == doctest::Approx(0.015686).epsilon(2e-5));
  CHECK(asymmetric.zero_point == -64);
  const std::vector<float> reals{-1.0f, 0.0f, 1.0f, 3.0f};
  std::vector<int> with_symmetric, with_asymmetric;
  for (const float real : reals) {
    with_symmetric.push_back(quantize_value<Code>(real, symmetric, narrow_range<Code>));
    with_asymmetric.push_back(quantize_value<Code>(real, asymmetric, full_range<Code>));
  }
  CHECK(with_symmetric == std::vector<int>{-42, 0, 42, 127});
  CHECK(with_asymmetric == std::vector<int>{-128, -64, 0, 127});
}

TEST_CASE("arithmetic: the table of the overflow proof") {
  using Narrow8 = Format<std::int8_t, Symmetric>;
  using Wide8 = Format<std::int8_t, Asymmetric>;
  using Unsigned8 = Format<std::uint8_t, Asymmetric>;
  using Narrow16 = Format<std::int16_t, Symmetric>;
  CHECK(proof<Narrow8, Wide8> == 66052);
  CHECK(proof<Narrow8, Unsigned8> == 33155);
  CHECK(proof<Wide8, Wide8> == 32767);
  CHECK(proof<Wide8, Unsigned8> == 16448);
  CHECK(proof<Narrow8, Narrow16> == 277042299912);
  CHECK(proof<Narrow16, Narrow16> == 1073774593);
  CHECK(proof<Narrow16, Narrow16, IntegerMultiplier, std::int32_t> == 1);
  CHECK(784 * term_bound(full_range<Code>, narrow_range<Code>, false) == 12744704);
  CHECK(bias_limit<std::int32_t>(term_bound(full_range<Code>, narrow_range<Code>, false), 784) == 2134738943);
}

TEST_CASE("arithmetic: where the requantization policies differ") {
  struct Row {
    std::int32_t accumulator;
    double real;
    std::int32_t integer, floating, twice;
  };
  const std::vector<Row> rows{{10, 0.25, 3, 2, 3},
                              {-10, 0.25, -2, -2, -3},
                              {6, 0.25, 2, 2, 2},
                              {-6, 0.25, -1, -2, -2},
                              {9, 0.25, 2, 2, 3},
                              {1000, 0.0072, 7, 7, 7},
                              {5486, 0.0072, 39, 39, 40},
                              {-5486, 0.0072, -39, -39, -40},
                              {16777292, 0.0072, 120797, 120796, 120797}};
  for (const Row& row : rows) {
    CAPTURE(row.accumulator);
    CHECK(requantized_sum<IntegerMultiplier>(row.accumulator, row.real) == row.integer);
    CHECK(requantized_sum<FloatScale>(row.accumulator, row.real) == row.floating);
    CHECK(requantized_sum<DoubleRounding>(row.accumulator, row.real) == row.twice);
    if (row.real == 0.25) {  // exact, so that both round the same number once, ties up
      CHECK(requantized_sum<PowerOfTwoShift>(row.accumulator, row.real) == row.integer);
    }
  }
  CHECK(to_fixed_point(0.0072) == FixedPointMultiplier{1979120930, 38});
}

TEST_CASE("arithmetic: integer Softmax is the rounded probability but for its stated error") {
  using Probabilities = Sequential<Input<10>, Softmax>;
  Network<Probabilities, Int8<Asymmetric>> net;
  net.activation(0) = {0.05f, 3};
  net.activation(1) = net.layer<1>().output_parameters(net.activation(0), {});
  net.prepare();
  Arena<Network<Probabilities, Int8<Asymmetric>>> arena;
  Random random(5);
  for (int trial = 0; trial < 1000; ++trial) {
    std::vector<Code> in(10), out(10);
    double sum = 0;
    for (Code& code : in) {
      code = static_cast<Code>(random.below(256) - 128);
      sum += std::exp(static_cast<double>(0.05f) * code);
    }
    net.forward_codes({in.data(), 1}, {out.data(), 1}, arena);
    for (std::size_t i = 0; i < in.size(); ++i) {
      const double steps = 256 * std::exp(static_cast<double>(0.05f) * in[i]) / sum;
      const double error = std::fabs(out[i] + 128 - steps);
      CHECK(error <= (steps > 255.5 ? 1.0 : 0.5 + 4e-6));
    }
  }
}

TEST_CASE("tutorials: the numbers of the first tensor and of the LeNet") {
  const std::vector<float> values{-1.0f, 0.0f, 0.5f, 1.0f, 2.0f, 3.0f};
  const auto tensor = QuantTensor<Code, Symmetric>::quantize(values, {2, 3});
  CHECK(std::vector<int>(tensor.codes().begin(), tensor.codes().end()) == std::vector<int>{-42, 0, 21, 42, 85, 127});
  CHECK(tensor.dequantize()[4] == doctest::Approx(2.008).epsilon(1e-4));
  const auto shifted = QuantTensor<Code, Asymmetric>::quantize(values, {2, 3});
  CHECK(shifted.parameters()[0].zero_point == -64);

  CHECK(ParameterLayout<LeNet>::size == 421642);
  CHECK(arena_bytes<LeNet, Float32> == 222720);
  CHECK(arena_bytes<LeNet, Int16<>> == (QNN_HAS_VECTOR_KERNELS ? 76800 : 62720));
  CHECK(arena_bytes<LeNet, Int8<>> == (QNN_HAS_X86_KERNELS ? 38400 : QNN_HAS_VECTOR_KERNELS ? 33152 : 31360));
}

}  // namespace arithmetic_test
