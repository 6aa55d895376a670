// SPDX-License-Identifier: MIT
/// @file
/// Integers of 2 and 4 bits: their values, their limits, what they compute.
#include "qnn/numeric/narrow_int.hpp"

#include "qnn/numeric/saturating.hpp"

#include <doctest/doctest.h>

namespace narrow_int_test {
namespace {

using namespace qnn;

static_assert(CodeType<Int4> && CodeType<Int2> && !CodeType<std::int32_t> && sizeof(Int4) == 1);
static_assert(full_range<Int4> == CodeRange{-8, 7} && narrow_range<Int4> == CodeRange{-7, 7});
static_assert(full_range<Int2> == CodeRange{-2, 1} && narrow_range<Int2> == CodeRange{-1, 1});
static_assert(code_bits<Int2> == 2 && code_bits<Int4> == 4 && code_bits<std::uint8_t> == 8 &&
              code_bits<std::int16_t> == 16);
static_assert(is_signed_code<Int4> && !is_signed_code<std::uint8_t>);
static_assert(!std::is_convertible_v<int, Int4>, "numbers that may not fit become narrow by name only");
static_assert(Int4(3) * Int4(-8) == -24 && -Int2(-2) == 2 && Int4(5) == 5,
              "they compute as the integers they convert to");

}  // namespace

TEST_CASE("narrow integers hold every value of their range, and of others the lowest bits") {
  for (int number = -40; number <= 40; ++number) {
    const int four = (number % 16 + 16) % 16, two = (number % 4 + 4) % 4;
    CHECK(Int4(number) == (four < 8 ? four : four - 16));
    CHECK(Int2(number) == (two < 2 ? two : two - 4));
  }
}

TEST_CASE("names of code types") {
  CHECK(code_name<Int2>() == "int2");
  CHECK(code_name<Int4>() == "int4");
  CHECK(code_name<std::int8_t>() == "int8");
  CHECK(code_name<std::uint8_t>() == "uint8");
  CHECK(code_name<std::int16_t>() == "int16");
}

}  // namespace narrow_int_test
