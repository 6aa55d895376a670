// SPDX-License-Identifier: MIT
/// @file
/// Sums of codes by every instruction set of this machine: the bits of the reference for any scales, zero points and
/// size.
#include "qnn/kernels/add_codes.hpp"

#include "for_each_isa.hpp"
#include "random_codes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace add_codes_test {
namespace {

using namespace qnn;
using kernels::CodeSum;

/// Ratios from 2^-34 to 2^20, sometimes both the largest there is; any zero points; often an activation's range.
template <class Code, std::size_t Count>
CodeSum<Code, Count> random_sum(Random& random) {
  constexpr CodeRange all = full_range<Code>;
  constexpr std::int32_t largest = CodeSum<Code, Count>::largest_factor;
  std::array<double, Count> ratios;
  std::array<std::int32_t, Count> zero_points;
  const int usual = random.below(4) == 0 ? static_cast<int>(random.below(20)) : 1;
  for (std::size_t k = 0; k < Count; ++k) {
    const auto fraction = static_cast<double>(random.uniform());
    const int smaller = random.below(4) == 0 ? static_cast<int>(random.below(35)) : static_cast<int>(random.below(4));
    ratios[k] = random.below(8) == 0 ? largest : std::ldexp(0.5 + 0.5 * fraction, usual - smaller);
    zero_points[k] = draw_code<Code>(random, random.below(3) == 0);
  }
  CodeRange range{draw_code<Code>(random, false), draw_code<Code>(random, false)};
  if (range.lowest > range.highest || random.below(2) == 0) {
    range = all;
  }
  return {Rescaling<Count>::of(ratios, largest), zero_points, draw_code<Code>(random, random.below(3) == 0), range};
}

/// Sums of `size` codes by all kernels.
template <class Code, std::size_t Count>
void check_sum(const CodeSum<Code, Count>& sum, Random& random, Index size) {
  CAPTURE(size);
  CAPTURE(sum.rescaling.shift);
  const auto a = random_codes<Code>(random, size), b = random_codes<Code>(random, size);
  std::array<const Code*, Count> x{a.data()};
  x.back() = Count == 1 ? a.data() : b.data();
  std::vector<Code> expected(a.size()), dispatched(a.size());
  kernels::reference::add_codes(sum, x, size, expected.data());
  kernels::add_codes(sum, x, size, dispatched.data());
  CHECK(dispatched == expected);
  if (sum.rescaling.shift < kernels::vector::smallest_shift<Code>) {
    return;
  }
  for_each_isa([&](auto tag) {
    std::vector<Code> y(a.size()), in_place(a);
    kernels::vector::add_codes(tag, kernels::detail::sum_job(sum, x, size, y.data()));
    CHECK(y == expected);
    x.front() = in_place.data();
    x.back() = Count == 1 ? in_place.data() : b.data();
    kernels::vector::add_codes(tag, kernels::detail::sum_job(sum, x, size, in_place.data()));
    CHECK(in_place == expected);
    x.front() = a.data();
    x.back() = Count == 1 ? a.data() : b.data();
  });
}

}  // namespace

TEST_CASE_TEMPLATE("sums of codes equal the reference", Code, std::int8_t, std::uint8_t, std::int16_t) {
  Random random(5, sizeof(Code), std::is_signed_v<Code>);
  for (Index trial = 0; trial < 600; ++trial) {
    check_sum(random_sum<Code, 2>(random), random, trial % 150);
    check_sum(random_sum<Code, 1>(random), random, trial % 150);
  }
}

TEST_CASE("sums of 16-bit codes whose quotients just fit, and do not fit, in 32 bits") {
  using Sum = CodeSum<std::int16_t, 2>;
  Random random(6);
  for (const std::int32_t shift : {0, 15, 16, 17, 18, 30}) {
    for (const std::int32_t zero_point : {-32768, 32767}) {
      for (int trial = 0; trial < 20; ++trial) {
        const Rescaling<2> rescaling{{Sum::largest_factor, Sum::largest_factor}, shift};
        check_sum(Sum(rescaling, {zero_point, zero_point}, zero_point, full_range<std::int16_t>), random, 40);
      }
    }
  }
}

}  // namespace add_codes_test
