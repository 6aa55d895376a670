// SPDX-License-Identifier: MIT
#include "qnn/layers/relu.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace relu_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;

}  // namespace

TEST_CASE("ReLU and ReLU6: known values, a NaN passes on") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(outputs_of<ReLU, Shape<6>>({-infinity, -1, 0, 0.5f, 7, infinity}) == Floats{0, 0, 0, 0.5f, 7, infinity});
  CHECK(outputs_of<ReLU6, Shape<6>>({-infinity, -1, 0, 0.5f, 7, infinity}) == Floats{0, 0, 0, 0.5f, 6, 6});
  CHECK(std::isnan(outputs_of<ReLU, Shape<1>>({std::numeric_limits<float>::quiet_NaN()})[0]));
  CHECK(std::isnan(outputs_of<ReLU6, Shape<1>>({std::numeric_limits<float>::quiet_NaN()})[0]));
}

TEST_CASE("ReLU6: the gradient is 0 at and beyond both bounds") {
  const Floats y{0, 0.5f, 6}, dy{1, 2, 4};
  Floats dx(3, -1);
  ReLU6::at<Float32, Shape<3>>::backward({.parameters = nullptr,
                                          .x = {y.data(), 1},
                                          .y = {y.data(), 1},
                                          .dy = {dy.data(), 1},
                                          .dx = {dx.data(), 1},
                                          .gradients = nullptr,
                                          .scratch = nullptr,
                                          .step = {}});
  CHECK(dx == Floats{0, 2, 0});
}

TEST_CASE("ReLU on codes that are not its own: clamps at the zero point and at 6") {
  ReLU6::at<Int8<Asymmetric>, Shape<4>> machine;
  const Asymmetric::Parameters parameters{0.25f, -20};
  CHECK(machine.output_parameters(parameters, Range{0, 1}) == parameters);
  machine.prepare(parameters, parameters, {});
  const std::int8_t x[4] = {-128, -20, 3, 127};
  std::int8_t y[4];
  machine.forward(Batch<const std::int8_t, Shape<4>>(x, 1), Batch<std::int8_t, Shape<4>>(y, 1));
  CHECK(int{y[0]} == -20);
  CHECK(int{y[1]} == -20);
  CHECK(int{y[2]} == 3);
  CHECK(int{y[3]} == 4);  // -20 + 6 / 0.25
}

TEST_CASE("activations: gradients and codes") {
  CHECK_REPORT(check_layer<ReLU, Shape<3, 5, 2>>({.seed = 1}));
  CHECK_REPORT(check_layer<ReLU6, Shape<31>>({.seed = 2, .lowest = -8, .highest = 8, .tolerance = 1e-2}));
}

}  // namespace relu_test
