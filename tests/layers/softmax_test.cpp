// SPDX-License-Identifier: MIT
#include "qnn/layers/softmax.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

namespace softmax_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;

}  // namespace

TEST_CASE("Softmax: known values") {
  const Floats y = outputs_of<Softmax, Shape<3>>({0, std::log(2.0f), std::log(5.0f)});
  CHECK(y[0] == doctest::Approx(0.125));
  CHECK(y[1] == doctest::Approx(0.25));
  CHECK(y[2] == doctest::Approx(0.625));
  CHECK(outputs_of<Softmax, Shape<1>>({-7}) == Floats{1});
}

TEST_CASE("Softmax: stable for logits that exp could not take, and free of a common offset") {
  CHECK(outputs_of<Softmax, Shape<2>>({1e30f, -1e30f}) == Floats{1, 0});
  CHECK(outputs_of<Softmax, Shape<2>>({-1e30f, -1e30f}) == Floats{0.5f, 0.5f});
  CHECK(outputs_of<Softmax, Shape<2>>({std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()}) ==
        Floats{1, 0});
  CHECK(outputs_of<Softmax, Shape<3>>({1, 2, 3}) == outputs_of<Softmax, Shape<3>>({1025, 1026, 1027}));
  Floats many(1001);
  std::iota(many.begin(), many.end(), -500.0f);
  const Floats y = outputs_of<Softmax, Shape<1001>>(many);
  CHECK(std::accumulate(y.begin(), y.end(), 0.0) == doctest::Approx(1).epsilon(1e-5));
}

TEST_CASE("Softmax: output parameters are fixed and cover [0, 1]") {
  const Asymmetric::Parameters input{0.1f, 5};
  CHECK(Softmax::at<Int8<Asymmetric>, Shape<3>>::output_parameters(input, {}) ==
        Asymmetric::Parameters{1.0f / 256, -128});
  CHECK(Softmax::at<Int8<>, Shape<3>>::output_parameters({}, {}) == Symmetric::Parameters{1.0f / 128});
  CHECK(Softmax::at<Int16<>, Shape<3>>::output_parameters({}, {}) == Symmetric::Parameters{1.0f / 32768});
  using Unsigned = Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>>;
  CHECK(Softmax::at<Unsigned, Shape<3>>::output_parameters(input, {}) == Asymmetric::Parameters{1.0f / 256, 0});
}

TEST_CASE("Softmax: gradients and codes") {
  CHECK_REPORT(check_layer<Softmax, Shape<10>>({.seed = 1, .lowest = -4, .highest = 4}));
  CHECK_REPORT(check_layer<Softmax, Shape<3>>({.seed = 2, .lowest = -1, .highest = 1}));
  CHECK_REPORT(check_codes<Softmax, Shape<101>>({.seed = 3, .lowest = -20, .highest = 20}, UsualPrecisions{}));
}

}  // namespace softmax_test
