// SPDX-License-Identifier: MIT
#include "qnn/numeric/rescaling.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace rescaling_test {
namespace {

using namespace qnn;

constexpr std::int32_t bits21 = 1 << 21;

// The largest ratio takes the largest factor that fits; the others share its shift.
static_assert(Rescaling<2>::of({1.0, 0.5}, bits21).shift == 21);
static_assert(Rescaling<2>::of({1.0, 0.5}, bits21).factor == std::array<std::int32_t, 2>{bits21, bits21 / 2});
static_assert(Rescaling<1>::of({0.75}, bits21).shift == 21 && Rescaling<1>::of({0.75}, bits21).factor[0] == 1572864);
static_assert(Rescaling<2>::of({3.0, 1e-9}, bits21).factor[1] == 0);
// An input whose scale is beyond all others', as that of nothing but zeros, costs them no bits.
static_assert(Rescaling<2>::of({1.0, 4e9}, bits21).shift == 21 &&
              Rescaling<2>::of({1.0, 4e9}, bits21).factor == std::array<std::int32_t, 2>{bits21, bits21});
// Never more than 30, and none at all for the largest ratio there is.
static_assert(Rescaling<1>::of({0x1p-20}, bits21).shift == 30 && Rescaling<1>::of({0x1p-20}, bits21).factor[0] == 1024);
static_assert(Rescaling<1>::of({0x1p21}, bits21).shift == 0 && Rescaling<1>::of({0x1p21}, bits21).factor[0] == bits21);

}  // namespace

TEST_CASE("every factor is the nearest at its shift, and none exceeds the limit") {
  for (double ratio = 1e-6; ratio < 2e6; ratio *= 1.37) {
    const auto rescaling = Rescaling<2>::of({ratio, ratio / 3}, bits21);
    const double unit = std::ldexp(1.0, rescaling.shift);
    CHECK(rescaling.factor[0] <= bits21);
    CHECK(std::abs(rescaling.factor[0] - ratio * unit) <= 0.5);
    CHECK(std::abs(rescaling.factor[1] - ratio / 3 * unit) <= 0.5);
    CHECK((rescaling.shift == 30 || 2 * ratio * unit > bits21));
  }
}

}  // namespace rescaling_test
