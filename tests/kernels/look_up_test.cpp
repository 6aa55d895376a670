// SPDX-License-Identifier: MIT
/// @file
/// Tables of codes by every instruction set of this machine: every code, any size, in place as well.
#include "qnn/kernels/look_up.hpp"

#include "for_each_isa.hpp"
#include "random_codes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

namespace look_up_test {
namespace {

using namespace qnn;

constexpr std::array<std::int8_t, 256> negatives = [] {
  std::array<std::int8_t, 256> entries{};
  for (int code = -127; code < 128; ++code) {
    entries[static_cast<std::uint8_t>(code)] = static_cast<std::int8_t>(-code);
  }
  return entries;
}();
constexpr std::array<std::int8_t, 3> negated = [] {
  const std::array<std::int8_t, 3> x{5, -127, 0};
  std::array<std::int8_t, 3> y{};
  kernels::look_up(negatives, x.data(), 3, y.data());
  return y;
}();
static_assert(negated == std::array<std::int8_t, 3>{-5, 127, 0});

}  // namespace

TEST_CASE_TEMPLATE("tables of codes", Code, std::int8_t, std::uint8_t) {
  Random random(8, std::is_signed_v<Code>);
  for (Index size = 0; size < 600; ++size) {
    CAPTURE(size);
    std::array<Code, 256> entries;
    std::generate(entries.begin(), entries.end(), [&] { return draw_code<Code>(random, false); });
    std::vector<Code> x = random_codes<Code>(random, size);
    for (std::size_t i = 0; i < std::min<std::size_t>(x.size(), 256); ++i) {
      x[i] = size % 2 == 0 ? x[i] : static_cast<Code>(i);  // every code
    }
    std::vector<Code> expected, dispatched(x.size());
    for (const Code code : x) {
      expected.push_back(entries[static_cast<std::uint8_t>(code)]);
    }
    kernels::look_up(entries, x.data(), size, dispatched.data());
    CHECK(dispatched == expected);
    for_each_isa([&](auto tag) {
      std::vector<Code> y(x.size()), in_place(x);
      kernels::vector::look_up(tag, entries.data(), x.data(), size, y.data());
      CHECK(y == expected);
      kernels::vector::look_up(tag, entries.data(), in_place.data(), size, in_place.data());
      CHECK(in_place == expected);
    });
  }
}

}  // namespace look_up_test
