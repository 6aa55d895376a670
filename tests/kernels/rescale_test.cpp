// SPDX-License-Identifier: MIT
/// @file
/// Sums of codes at several scales: hand-worked values, all pairs of codes, the ends of the range.
#include "qnn/kernels/reference/rescale.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace rescale_test {
namespace {

using namespace qnn;
using kernels::CodeSum, kernels::reference::add_codes;

template <class Code>
constexpr Code sum_of(const CodeSum<Code, 2>& sum, Code a, Code b) {
  Code y{};
  add_codes(sum, std::array<const Code*, 2>{&a, &b}, 1, &y);
  return y;
}

// scales 0.5 and 0.25 at 0.5: (10 - 0) + (7 - 3) / 2 = 12; ties go up: 10 + 1 / 2 = 11, -10 - 1 / 2 = -10
constexpr CodeSum<std::int8_t, 2> halves(Rescaling<2>::of({1.0, 0.5}, 1 << 21), {0, 3}, 0, full_range<std::int8_t>);
static_assert(sum_of<std::int8_t>(halves, 10, 7) == 12);
static_assert(sum_of<std::int8_t>(halves, 10, 4) == 11 && sum_of<std::int8_t>(halves, -10, 2) == -10);
static_assert(sum_of<std::int8_t>(halves, 127, 127) == 127 && sum_of<std::int8_t>(halves, -128, -128) == -128);
// a zero point of the output, and an activation as a range of codes
constexpr CodeSum<std::uint8_t, 2> clamped(Rescaling<2>::of({1.0, 1.0}, 1 << 21), {100, 100}, 20, CodeRange{20, 200});
static_assert(sum_of<std::uint8_t>(clamped, 101, 103) == 24 && sum_of<std::uint8_t>(clamped, 0, 0) == 20 &&
              sum_of<std::uint8_t>(clamped, 255, 255) == 200);

}  // namespace

TEST_CASE_TEMPLATE("sums of codes are rounded once, without bias", Code, std::int8_t, std::uint8_t, std::int16_t) {
  using Limits = std::numeric_limits<Code>;
  Random random(3);
  double total_error = 0;
  Index count = 0;
  for (int layer = 0; layer < 60; ++layer) {
    const double a =
        std::ldexp(0.5 + 0.5 * static_cast<double>(random.uniform()), 1 - static_cast<int>(random.below(6)));
    const double b =
        std::ldexp(0.5 + 0.5 * static_cast<double>(random.uniform()), 1 - static_cast<int>(random.below(6)));
    const auto code = [&] {
      return static_cast<std::int32_t>(Limits::min() + random.below(Limits::max() - Limits::min() + Index{1}));
    };
    const std::int32_t za = code(), zb = code(), zy = code();
    const CodeSum<Code, 2> sum(Rescaling<2>::of({a, b}, CodeSum<Code, 2>::largest_factor), {za, zb}, zy,
                               full_range<Code>);
    for (int i = 0; i < 500; ++i) {
      const auto x = static_cast<Code>(code()), y = static_cast<Code>(code());
      const double real = a * (x - za) + b * (y - zb) + zy;
      const double kept = std::clamp(real, double{Limits::min()}, double{Limits::max()});
      const double error = sum_of<Code>(sum, x, y) - kept;
      CHECK(std::abs(error) <= 0.5 + 1e-3);
      if (kept == real) {
        total_error += error;
        ++count;
      }
    }
  }
  CHECK(std::abs(total_error / static_cast<double>(count)) < 0.02);
}

TEST_CASE("no sum overflows at the ends of the ranges") {
  for (const std::uint8_t x : {std::uint8_t{0}, std::uint8_t{255}}) {
    for (const std::int32_t zero_point : {0, 255}) {
      const CodeSum<std::uint8_t, 2> sum(Rescaling<2>::of({2.0, 2.0}, 1 << 21), {zero_point, zero_point}, 0,
                                         full_range<std::uint8_t>);
      CHECK(sum_of<std::uint8_t>(sum, x, x) == (x > zero_point ? 255 : 0));
    }
  }
}

}  // namespace rescale_test
