// SPDX-License-Identifier: MIT
#include "qnn/layers/hard_swish.hpp"

#include "check_report.hpp"
#include "code_errors.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hard_swish_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;
using Bytes = Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>>;

long double hard_swish(long double x) { return x * std::min(std::max(x + 3, 0.0L), 6.0L) / 6; }

}  // namespace

TEST_CASE("HardSwish: known values, a NaN passes on") {
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(outputs_of<HardSwish, Shape<8>>({-infinity, -4, -3, -1.5f, 0, 1.5f, 3, infinity}) ==
        Floats{0, 0, 0, -0.375f, 0, 1.125f, 3, infinity});
  CHECK(std::isnan(outputs_of<HardSwish, Shape<1>>({std::numeric_limits<float>::quiet_NaN()})[0]));
}

TEST_CASE("HardSwish: ties of 8-bit codes go to even") {
  // x = q / 4 and y in steps of 1/32: q (q + 12) / 3 steps, which for q = 3, 6, 9 are integers; in steps of 1/16
  // halves.
  const std::vector<int> codes = codes_of_all<Int8<>, HardSwish>({0.25f}, {0.0625f});
  const auto at = [&](int code) { return codes[static_cast<std::size_t>(code + 128)]; };
  CHECK(at(3) == 8);      // 7.5
  CHECK(at(9) == 32);     // 31.5
  CHECK(at(-3) == -4);    // -4.5
  CHECK(at(-6) == -6);    // -6
  CHECK(at(-12) == 0);    // x = -3
  CHECK(at(12) == 48);    // x = 3
  CHECK(at(127) == 127);  // clamped
}

TEST_CASE("HardSwish: every code, the nearest") {
  for (const float scale : {0x1p-40f, 1e-5f, 0.0001f, 0.003f, 0.02f, 0.1f, 1.7f, 50.0f, 0x1p40f}) {
    for (const float output_scale : {0.00001f, 0.0001f, 0.003f, 0.02f, 0.9f, 40.0f, 0x1p40f}) {
      CAPTURE(scale);
      CAPTURE(output_scale);
      const auto check = [&]<class P>(auto input, auto output, double bound) {
        if (static_cast<double>(scale) / static_cast<double>(output_scale) < multiplier_limit) {
          const CodeErrors errors = code_errors<P, HardSwish>(input, output, hard_swish);
          CHECK(errors.largest <= bound);
        }
      };
      using A = Asymmetric::Parameters;
      using S = Symmetric::Parameters;
      check.operator()<Int8<>>(S{scale}, S{output_scale}, 0.5 + 1e-9);
      check.operator()<Int8<Asymmetric>>(A{scale, 31}, A{output_scale, -90}, 0.5 + 1e-9);
      check.operator()<Bytes>(A{scale, 130}, A{output_scale, 7}, 0.5 + 1e-9);
      const double off = 0x1p-29 * 3.0 / static_cast<double>(output_scale) + 0x1p-14;
      check.operator()<Int16<>>(S{scale}, S{output_scale}, 0.5 + off);
      check.operator()<Int16<Asymmetric>>(A{scale, -3000}, A{output_scale, 20000}, 0.5 + off);
    }
  }
}

TEST_CASE("HardSwish: scales that no multiplier can hold together are refused") {
  HardSwish::at<Int16<>, Shape<1>> machine;
  CHECK_THROWS_AS(machine.prepare({0x1p20f}, {0x1p-20f}, {}), NumericError);
}

TEST_CASE("HardSwish: gradients and codes") {
  CHECK_REPORT(check_layer<HardSwish, Shape<3, 5, 2>>({.seed = 1, .lowest = -5, .highest = 5}));
  CHECK_REPORT(check_codes<HardSwish, Shape<31>>({.seed = 2, .lowest = -3, .highest = 0}, UsualPrecisions{}));
}

}  // namespace hard_swish_test
