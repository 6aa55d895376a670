// SPDX-License-Identifier: MIT
/// @file
/// 16-bit products by way of their high bytes: how long spans are, what is packed, and that sums stay exact.
#include "../for_each_isa.hpp"
#include "constant_layers.hpp"

#include "qnn/kernels/vector/packed.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace words_test {

using namespace qnn;
using namespace kernels::vector;

TEST_CASE("16-bit products are exact where their high bytes tell least") {
  for_each_isa([&](auto isa) { CHECK(random_layers::first_constant_difference(isa) == ""); });
}

TEST_CASE("the high byte of a weight is the nearest that there is") {
  for (std::int32_t w = -32768; w <= 32767; ++w) {
    const std::int32_t high = high_byte(w);
    const std::int32_t rest = w - 256 * high;
    CHECK_FALSE((high < -128 || high > 127 || rest < -128 || (rest > 127 && high < 127)));
    CHECK_FALSE(WordError{true}(w) > WordError{true}(32767));
  }
}

TEST_CASE("a span is as long as its weights allow") {
  const auto spans_for = [](std::int32_t weight, Index inputs) {
    return spans_of(1, 1, inputs, [&](Index, Index) { return weight; });
  };
  const auto span_of = [&](std::int32_t weight, Index inputs) { return spans_for(weight, inputs).steps; };
  CHECK(spans_for(512, 500).has_high_bytes);
  CHECK_FALSE(spans_for(511, 500).has_high_bytes);
  CHECK(span_of(127, 4096) == 128);  // 512 products of 8-bit weights
  CHECK(span_of(32767, 4096) == least_span_steps);
  CHECK(span_of(256 * 20, 400) == 100);                  // nothing but the low bytes of inputs is lost
  CHECK(span_of(256 * 20 + 64, 2000) == 125);            // 500 steps: a half of a half
  CHECK(span_of(0, 65536 + 1024) < 65536 / step_bytes);  // sums of inputs stay below 2^31, too
  CHECK(span_of(1, 3) == 1);
}

#if QNN_HAS_X86_KERNELS
/// Two channels of two runs of five codes: each run has two steps, the second of them nearly empty.
constexpr auto packed_of_two = [] {
  std::array<std::int8_t, static_cast<std::size_t>(with_span_starts(4, 3) * block_bytes)> packed{};
  pack_high_bytes(
      2, 2, 5, 1, 3, [](Index channel, Index i) { return static_cast<std::int32_t>(256 * (10 * channel + i)); },
      packed.data());
  return packed;
}();
constexpr std::int32_t start_at(std::size_t step, std::size_t channel) {
  std::uint32_t number = 0;
  for (std::size_t byte = 0; byte < 4; ++byte) {
    number |= std::uint32_t{static_cast<std::uint8_t>(packed_of_two[64 * step + 4 * channel + byte])} << (8 * byte);
  }
  return static_cast<std::int32_t>(number);
}

TEST_CASE("high bytes lie by spans, each behind the numbers that take the offset of its inputs back") {
  // Steps: start, codes 0 to 3, code 4, codes 5 to 8; start, code 9.
  static_assert(packed_of_two[64] == 0 && packed_of_two[67] == 3 && packed_of_two[64 + 4] == 10);
  static_assert(packed_of_two[128] == 4 && packed_of_two[129] == 0 && packed_of_two[192 + 3] == 8);
  static_assert(packed_of_two[320] == 9 && packed_of_two[320 + 4] == 19 && packed_of_two[321] == 0);
  static_assert(start_at(0, 0) == -128 * (0 + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8));
  static_assert(start_at(0, 1) == -128 * (90 + 0 + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8));
  static_assert(start_at(4, 0) == -128 * 9 && start_at(4, 1) == -128 * 19 && start_at(4, 2) == 0);
  CHECK(packed_of_two.size() == 6 * 64);
}
#endif

}  // namespace words_test
