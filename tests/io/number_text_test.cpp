// SPDX-License-Identifier: MIT
/// @file
/// Numbers in metadata come back with the same bits, and nothing else is taken for a number.
#include "qnn/io/number_text.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace number_text_test {

using namespace qnn::detail;

TEST_CASE("number_text: known texts") {
  CHECK(number_text(0.1f) == "0.1");
  CHECK(number_text(-7) == "-7");
  CHECK(number_text(1e-5f) == "1e-05");
  CHECK(number_text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(number_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(list_text<float>(std::vector<float>{0.1f, 2.0f}) == "[0.1, 2]");
  CHECK(list_text<int>(std::vector<int>{}) == "[]");
}

TEST_CASE("number_text: every float and double is read back bit for bit") {
  qnn::Random random(5);
  for (int round = 0; round < 20000; ++round) {
    const auto real = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    const auto wide = std::bit_cast<double>(random());
    if (std::isnan(real) || std::isnan(wide)) {
      continue;
    }
    REQUIRE(std::bit_cast<std::uint32_t>(*parse_number<float>(number_text(real))) ==
            std::bit_cast<std::uint32_t>(real));
    REQUIRE(std::bit_cast<std::uint64_t>(*parse_number<double>(number_text(wide))) ==
            std::bit_cast<std::uint64_t>(wide));
  }
  CHECK(std::isnan(*parse_number<double>(number_text(std::numeric_limits<double>::quiet_NaN()))));
  CHECK(*parse_number<double>("-inf") == -std::numeric_limits<double>::infinity());
}

TEST_CASE("number_text: numbers of other programs") {
  CHECK(*parse_number<float>("0.10000000149011612") == 0.1f);  // as Python prints a float32 widened to double
  CHECK(*parse_list<float>("[0.1,0.2, 0.3]") == std::vector<float>{0.1f, 0.2f, 0.3f});
  CHECK(parse_list<int>("[]")->empty());
}

TEST_CASE("number_text: what is no number") {
  for (const char* text : {"", " ", "1 ", " 1", "1x", "x", "+1", "0x10", "1,2", "[1]", "--1", "1e", "99999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number<std::int32_t>(text));
  }
  CHECK_FALSE(parse_number<std::int32_t>("1.5"));
  CHECK_FALSE(parse_number<float>("1e99"));
  CHECK_FALSE(parse_number<float>("1,5"));
  for (const char* text : {"", "[", "]", "1", "[1", "1]", "[1,]", "[1, ]", "[,1]", "[1,,2]", "[1 ,2]", "[1  2]",
                           "[[1]]", "[1]]", "[ 1,2 ]", "[nonsense]"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_list<std::int32_t>(text));
  }
}

}  // namespace number_text_test
