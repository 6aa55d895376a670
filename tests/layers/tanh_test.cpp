// SPDX-License-Identifier: MIT
#include "qnn/layers/tanh.hpp"

#include "check_report.hpp"
#include "code_errors.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

namespace tanh_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;
using Bytes = Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>>;

long double tangent(long double x) { return std::tanh(x); }

/// Codes at compile time, which are those of every machine: tanh(q / 4096) in steps of 1/32768.
constexpr std::array<std::int16_t, 7> known_codes() {
  Tanh::at<Int16<>, Shape<7>> machine;
  machine.prepare({0x1p-12f}, machine.output_parameters({}, {}), {});
  const std::array<std::int16_t, 7> x{-32768, -4096, -1, 0, 1, 2048, 32767};
  std::array<std::int16_t, 7> y{};
  machine.forward(Batch<const std::int16_t, Shape<7>>(x.data(), 1), Batch<std::int16_t, Shape<7>>(y.data(), 1));
  return y;
}
static_assert(known_codes() == std::array<std::int16_t, 7>{-32768, -24956, -8, 0, 8, 15143, 32767});

}  // namespace

TEST_CASE("Tanh: known values, a NaN passes on") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(outputs_of<Tanh, Shape<4>>({-infinity, 0, 100, infinity}) == Floats{-1, 0, 1, 1});
  CHECK(outputs_of<Tanh, Shape<1>>({std::log(3.0f)})[0] == doctest::Approx(0.8));
  CHECK(std::isnan(outputs_of<Tanh, Shape<1>>({std::numeric_limits<float>::quiet_NaN()})[0]));
}

TEST_CASE("Tanh: output parameters are fixed and cover [-1, 1]") {
  CHECK(Tanh::at<Int8<Asymmetric>, Shape<1>>::output_parameters({}, {}) == Asymmetric::Parameters{1.0f / 128, 0});
  CHECK(Tanh::at<Bytes, Shape<1>>::output_parameters({}, {}) == Asymmetric::Parameters{1.0f / 128, 128});
  CHECK(Tanh::at<Int8<>, Shape<1>>::output_parameters({}, {}) == Symmetric::Parameters{1.0f / 128});
  CHECK(Tanh::at<Int16<Asymmetric>, Shape<1>>::output_parameters({}, {}) == Asymmetric::Parameters{1.0f / 32768, 0});
}

TEST_CASE("Tanh: every code at scales from tiny to huge") { check_every_code<Tanh>(tangent); }

TEST_CASE("Tanh: gradients and codes") {
  CHECK_REPORT(check_layer<Tanh, Shape<3, 5, 2>>({.seed = 1, .lowest = -3, .highest = 3}));
}

}  // namespace tanh_test
