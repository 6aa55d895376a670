// SPDX-License-Identifier: MIT
#include "qnn/layers/sigmoid.hpp"

#include "check_report.hpp"
#include "code_errors.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

namespace sigmoid_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;
using Bytes = Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>>;

long double sigmoid(long double x) { return 1 / (1 + std::exp(-x)); }

/// Codes at compile time, which are those of every machine: 1 / (1 + exp(-1/4 q)) in steps of 1/256 from -128.
constexpr std::array<std::int8_t, 7> known_codes() {
  Sigmoid::at<Int8<Asymmetric>, Shape<7>> machine;
  machine.prepare({0.25f, 0}, machine.output_parameters({}, {}), {});
  const std::array<std::int8_t, 7> x{-128, -16, -4, 0, 1, 4, 127};
  std::array<std::int8_t, 7> y{};
  machine.forward(Batch<const std::int8_t, Shape<7>>(x.data(), 1), Batch<std::int8_t, Shape<7>>(y.data(), 1));
  return y;
}
static_assert(known_codes() == std::array<std::int8_t, 7>{-128, -123, -59, 0, 16, 59, 127});

}  // namespace

TEST_CASE("Sigmoid: known values, no overflow, a NaN passes on") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(outputs_of<Sigmoid, Shape<5>>({-infinity, -1000, 0, 1000, infinity}) == Floats{0, 0, 0.5f, 1, 1});
  CHECK(outputs_of<Sigmoid, Shape<1>>({std::log(3.0f)})[0] == doctest::Approx(0.75));
  CHECK(std::isnan(outputs_of<Sigmoid, Shape<1>>({std::numeric_limits<float>::quiet_NaN()})[0]));
}

TEST_CASE("Sigmoid: output parameters are fixed and cover [0, 1]") {
  CHECK(Sigmoid::at<Int8<Asymmetric>, Shape<1>>::output_parameters({}, {}) == Asymmetric::Parameters{1.0f / 256, -128});
  CHECK(Sigmoid::at<Bytes, Shape<1>>::output_parameters({}, {}) == Asymmetric::Parameters{1.0f / 256, 0});
  CHECK(Sigmoid::at<Int8<>, Shape<1>>::output_parameters({}, {}) == Symmetric::Parameters{1.0f / 128});
  CHECK(Sigmoid::at<Int16<>, Shape<1>>::output_parameters({}, {}) == Symmetric::Parameters{1.0f / 32768});
  CHECK(Sigmoid::at<Int16<Asymmetric>, Shape<1>>::output_parameters({}, {}) ==
        Asymmetric::Parameters{1.0f / 65536, -32768});
}

TEST_CASE("Sigmoid: every code at scales from tiny to huge") { check_every_code<Sigmoid>(sigmoid); }

TEST_CASE("Sigmoid: gradients and codes") {
  CHECK_REPORT(check_layer<Sigmoid, Shape<3, 5, 2>>({.seed = 1, .lowest = -6, .highest = 6}));
}

}  // namespace sigmoid_test
