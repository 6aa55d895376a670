// SPDX-License-Identifier: MIT
/// @file
/// The overflow proof: known fan-ins, and worst cases summed by brute force.
#include "qnn/numeric/accumulator.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace accumulator_test {
namespace {

using namespace qnn;

constexpr std::int64_t int8_term = term_bound(full_range<std::int8_t>, narrow_range<std::int8_t>, false);
constexpr std::int64_t int8_asymmetric_term = term_bound(full_range<std::int8_t>, full_range<std::int8_t>, true);
constexpr std::int64_t uint8_term = term_bound(full_range<std::uint8_t>, narrow_range<std::int8_t>, false);
constexpr std::int64_t int16_term = term_bound(full_range<std::int16_t>, narrow_range<std::int16_t>, false);

static_assert(magnitude({-128, 127}) == 128 && magnitude({0, 255}) == 255 && magnitude({-7, 7}) == 7);
static_assert(int8_term == 128 * 127 && int8_asymmetric_term == 128 * (128 + 128) && uint8_term == 255 * 127);
static_assert(accumulator_limit<std::int32_t> == 2147483647 && accumulator_limit<std::int64_t> == 2305843009213693952);

// floor((2^31 - 1) / 2 / term), worked by hand: 1073741823 / 16256 = 66052.03, / 32768 = 32767.99, / 32385 = 33155.5
static_assert(largest_safe_fan_in<std::int32_t>(int8_term) == 66052);
static_assert(largest_safe_fan_in<std::int32_t>(int8_asymmetric_term) == 32767);
static_assert(largest_safe_fan_in<std::int32_t>(uint8_term) == 33155);
// Of int16 products a 32-bit accumulator can hold one, a 64-bit one 2^60 / (2^15 (2^15 - 1)) = 2^30 + 2^15 + 1.
static_assert(largest_safe_fan_in<std::int32_t>(int16_term) == 1);
static_assert(largest_safe_fan_in<std::int64_t>(int16_term) == 1073774593);

static_assert(bias_limit<std::int32_t>(int8_term, 66052) == 2147483647 - 66052LL * 16256);

TEST_CASE("term_bound: no term of any code range is larger, and some term reaches it") {
  for (std::int32_t input_lowest = -4; input_lowest <= 0; ++input_lowest) {
    for (std::int32_t weight_lowest = -4; weight_lowest <= -1; ++weight_lowest) {
      const CodeRange input{input_lowest, 3}, weight{weight_lowest, 3};
      std::int64_t largest = 0, largest_with_zero_point = 0;
      for (std::int32_t x = input.lowest; x <= input.highest; ++x) {
        for (std::int32_t w = weight.lowest; w <= weight.highest; ++w) {
          largest = std::max<std::int64_t>(largest, std::abs(x * w));
          for (std::int32_t zero_point = weight.lowest; zero_point <= weight.highest; ++zero_point) {
            // The two sums are formed apart, so their magnitudes add up before they cancel.
            largest_with_zero_point =
                std::max<std::int64_t>(largest_with_zero_point, std::abs(x * w) + std::abs(x * zero_point));
          }
        }
      }
      CHECK(largest == term_bound(input, weight, false));
      CHECK(largest_with_zero_point == term_bound(input, weight, true));
    }
  }
}

TEST_CASE("largest_safe_fan_in: the worst sums, with the worst bias, never leave an int32") {
  constexpr std::int64_t limit = std::numeric_limits<std::int32_t>::max();
  struct Worst {
    CodeRange input, weight;
    bool has_zero_point;
  };
  for (const Worst& worst : {Worst{full_range<std::int8_t>, narrow_range<std::int8_t>, false},
                             Worst{full_range<std::int8_t>, full_range<std::int8_t>, true},
                             Worst{full_range<std::uint8_t>, narrow_range<std::int8_t>, false},
                             Worst{full_range<std::int16_t>, narrow_range<std::int16_t>, false}}) {
    const std::int64_t term = term_bound(worst.input, worst.weight, worst.has_zero_point);
    const Index fan_in = largest_safe_fan_in<std::int32_t>(term);
    const std::int64_t bias = bias_limit<std::int32_t>(term, fan_in);
    CHECK(bias >= limit / 2);  // at least half is left to the bias
    for (const std::int64_t x : {worst.input.lowest, worst.input.highest}) {
      for (const std::int64_t w : {worst.weight.lowest, worst.weight.highest}) {
        for (const std::int64_t zero_point : {worst.weight.lowest, worst.weight.highest}) {
          for (const std::int64_t start : {-bias, std::int64_t{0}, bias}) {
            std::int64_t sum = start, extreme = std::abs(start);
            for (Index k = 0; k < fan_in; ++k) {
              sum += x * w;
              extreme = std::max(extreme, std::abs(sum));
            }
            for (Index k = 0; worst.has_zero_point && k < fan_in; ++k) {
              sum -= x * zero_point;
              extreme = std::max(extreme, std::abs(sum));
            }
            CHECK(extreme <= limit);
          }
        }
      }
    }
    CHECK(term * (fan_in + 1) > limit / 2);  // the bound is the largest of its kind
  }
}

TEST_CASE_TEMPLATE("bias_limit: products and bias together reach the limit exactly", Accumulator, std::int32_t,
                   std::int64_t) {
  for (const std::int64_t term : {int8_term, int8_asymmetric_term, uint8_term}) {
    for (const Index fan_in : {Index{1}, Index{9}, Index{784}, largest_safe_fan_in<std::int32_t>(term)}) {
      CHECK(bias_limit<Accumulator>(term, fan_in) + term * fan_in == accumulator_limit<Accumulator>);
    }
  }
}

}  // namespace

}  // namespace accumulator_test
