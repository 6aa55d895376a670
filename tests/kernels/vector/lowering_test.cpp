// SPDX-License-Identifier: MIT
/// @file
/// Whether codes have seven bits: of every length around those that registers take together, and for a code that has
/// not at each place.
#include "../for_each_isa.hpp"

#include "qnn/kernels/vector/run.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace lowering_test {

using namespace qnn;

TEST_CASE_TEMPLATE("codes of seven bits are found, and others wherever they are", Code, std::int8_t, std::uint8_t) {
  std::vector<Index> lengths{511, 512, 513, 543, 544, 545, 1024, 1100};
  for (Index length = 0; length <= 70; ++length) {
    lengths.push_back(length);
  }
  for_each_isa([&](auto isa) {
    for (const Index length : lengths) {
      CAPTURE(length);
      std::vector<Code> codes(static_cast<std::size_t>(length), Code{127});
      REQUIRE(kernels::vector::are_seven_bit(isa, codes.data(), length));
      Index missed = 0;
      for (Code& code : codes) {
        code = static_cast<Code>(128);
        missed += kernels::vector::are_seven_bit(isa, codes.data(), length) ? 1 : 0;
        code = 0;
      }
      REQUIRE(missed == 0);
    }
  });
}

}  // namespace lowering_test
