// SPDX-License-Identifier: MIT
/// @file
/// Code ranges, and conversions that stop at their ends.
#include "qnn/numeric/saturating.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace saturating_test {
namespace {

using namespace qnn;

static_assert(CodeType<std::int8_t> && CodeType<std::uint8_t> && CodeType<std::int16_t>);
static_assert(!CodeType<std::uint16_t> && !CodeType<std::int32_t> && !CodeType<float> && !CodeType<bool>);
static_assert(!CodeType<char> && !CodeType<const std::int8_t>);

static_assert(full_range<std::int8_t> == CodeRange{-128, 127});
static_assert(full_range<std::uint8_t> == CodeRange{0, 255});
static_assert(full_range<std::int16_t> == CodeRange{-32768, 32767});
static_assert(narrow_range<std::int8_t> == CodeRange{-127, 127});
static_assert(narrow_range<std::int16_t> == CodeRange{-32767, 32767});

template <class Code>
concept HasNarrowRange = requires {
  narrow_range<Code>;
};
static_assert(HasNarrowRange<std::int8_t> && !HasNarrowRange<std::uint8_t>);

static_assert(saturate_cast<std::int8_t>(300) == 127 && saturate_cast<std::int8_t>(-300) == -128);
static_assert(saturate_cast<std::uint8_t>(-1) == 0 && saturate_cast<std::uint8_t>(256) == 255);

template <class To>
concept SaturatesTo = requires {
  saturate_cast<To>(std::int64_t{0});
};
static_assert(SaturatesTo<std::uint32_t> && SaturatesTo<std::int64_t>);
static_assert(!SaturatesTo<std::uint64_t>);  // its largest value is no int64

// Why symmetric weights use the narrow range: a pair of products of any int8 activations fits in 16 bits.
static_assert(2 * 127 * 128 <= std::numeric_limits<std::int16_t>::max());
static_assert(2 * 128 * 128 > std::numeric_limits<std::int16_t>::max());

TEST_CASE_TEMPLATE("saturate_cast: keeps what fits and stops at the ends", To, std::int8_t, std::uint8_t, std::int16_t,
                   std::int32_t, std::uint32_t) {
  constexpr std::int64_t lowest = std::numeric_limits<To>::min(), highest = std::numeric_limits<To>::max();
  constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t value : {-far - 1, lowest - 1, lowest, lowest + 1, std::int64_t{0}, std::int64_t{1},
                                   highest - 1, highest, highest + 1, far}) {
    CHECK(static_cast<std::int64_t>(saturate_cast<To>(value)) == std::clamp(value, lowest, highest));
  }
}

TEST_CASE("CodeRange::clamp: every int64 ends inside the range") {
  constexpr CodeRange range{-8, 7};
  for (std::int64_t value = -20; value <= 20; ++value) {
    CHECK(range.clamp(value) == std::clamp<std::int64_t>(value, -8, 7));
  }
  CHECK(range.clamp(std::numeric_limits<std::int64_t>::min()) == -8);
  CHECK(range.clamp(std::numeric_limits<std::int64_t>::max()) == 7);
  CHECK(range.clamp(std::int64_t{1} << 32) == 7);  // whose low word is 0
}

}  // namespace

}  // namespace saturating_test
