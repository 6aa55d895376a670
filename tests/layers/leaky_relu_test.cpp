// SPDX-License-Identifier: MIT
#include "qnn/layers/leaky_relu.hpp"

#include "check_report.hpp"
#include "code_errors.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace leaky_relu_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;
using Bytes = Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>>;

template <int Percent>
constexpr auto leaky = [](long double x) { return x < 0 ? x * Percent / 100 : x; };

}  // namespace

TEST_CASE("LeakyReLU: known values, a NaN passes on") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(outputs_of<LeakyReLU<25>, Shape<5>>({-infinity, -4, 0, 3, infinity}) == Floats{-infinity, -1, 0, 3, infinity});
  CHECK(outputs_of<LeakyReLU<>, Shape<1>>({-200}) == Floats{-2});
  CHECK(std::isnan(outputs_of<LeakyReLU<>, Shape<1>>({std::numeric_limits<float>::quiet_NaN()})[0]));
  CHECK(LeakyReLU<30>::details<Shape<1>>() == "30 %");
}

TEST_CASE("LeakyReLU: ties of 8-bit codes go to even") {
  // Steps of 0.1, which no float holds: 10 % of 5, 15, 25 and 35 steps are still 0.5, 1.5, 2.5 and 3.5.
  const std::vector<int> codes = codes_of_all<Int8<>, LeakyReLU<10>>({0.1f}, {0.1f});
  const auto at = [&](int code) { return codes[static_cast<std::size_t>(code + 128)]; };
  CHECK(at(-5) == 0);
  CHECK(at(-15) == -2);
  CHECK(at(-25) == -2);
  CHECK(at(-35) == -4);
  CHECK(at(-128) == -13);
  CHECK(at(0) == 0);
  CHECK(at(127) == 127);
}

TEST_CASE("LeakyReLU: every code, the nearest") {
  for (const float scale : {1e-5f, 0.003f, 0.02f, 1.7f}) {
    for (const float output_scale : {0x1p-40f, 0.0001f, 0.02f, 0.9f, 40.0f}) {
      CAPTURE(scale);
      CAPTURE(output_scale);
      const auto check = [&]<class P, int Percent>(auto input, auto output, double bound) {
        if (static_cast<double>(scale) / static_cast<double>(output_scale) < multiplier_limit) {
          const CodeErrors errors = code_errors<P, LeakyReLU<Percent>>(input, output, leaky<Percent>);
          CHECK(errors.largest <= bound);
        }
      };
      using A = Asymmetric::Parameters;
      using S = Symmetric::Parameters;
      check.operator()<Int8<>, 1>(S{scale}, S{output_scale}, 0.5 + 1e-9);
      check.operator()<Int8<Asymmetric>, 20>(A{scale, 31}, A{output_scale, -90}, 0.5 + 1e-9);
      check.operator()<Bytes, 99>(A{scale, 130}, A{output_scale, 7}, 0.5 + 1e-9);
      check.operator()<Int16<>, 1>(S{scale}, S{output_scale}, 0.5 + 0x1p-14);
      check.operator()<Int16<Asymmetric>, 33>(A{scale, -3000}, A{output_scale, 20000}, 0.5 + 0x1p-14);
    }
  }
}

TEST_CASE("LeakyReLU: scales that no multiplier can hold together are refused") {
  LeakyReLU<>::at<Int16<>, Shape<1>> machine;
  CHECK_THROWS_AS(machine.prepare({0x1p20f}, {0x1p-20f}, {}), NumericError);
}

TEST_CASE("LeakyReLU: gradients and codes") {
  CHECK_REPORT(check_layer<LeakyReLU<>, Shape<3, 5, 2>>({.seed = 1}));
  CHECK_REPORT(check_layer<LeakyReLU<30>, Shape<31>>({.seed = 2, .lowest = -8, .highest = 3}));
}

}  // namespace leaky_relu_test
