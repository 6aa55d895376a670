// SPDX-License-Identifier: MIT
/// @file
/// Quantizing many values: every instruction set gives the codes of quantize_value, ties and ends of the range
/// included.
#include "qnn/kernels/quantize.hpp"

#include "qnn/core/random.hpp"
#include "qnn/scheme/format.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace quantize_test {
namespace {

using namespace qnn;

template <class Code, class Parameters>
void check(const std::vector<float>& values, Parameters parameters, CodeRange range) {
  std::vector<Code> expected, codes(values.size());
  for (const float value : values) {
    expected.push_back(quantize_value<Code>(value, parameters, range));
  }
  CHECK(kernels::quantize<Code>(values, parameters, range, codes.data()));
  CHECK(codes == expected);
}

}  // namespace

TEST_CASE_TEMPLATE("quantize gives the codes of quantize_value", Code, std::int8_t, std::uint8_t, std::int16_t) {
  Random random(3, 1, 4);
  for (Index count = 0; count < 70; ++count) {
    std::vector<float> values;
    for (Index i = 0; i < count; ++i) {
      const auto wide = static_cast<float>(random.below(4001) - 2000) / 8.0f;  // many ties
      values.push_back(random.below(10) == 0 ? wide * 1e30f : wide);
    }
    check<Code>(values, Asymmetric::Parameters{0.25f, 3}, full_range<Code>);
    check<Code>(values, Asymmetric::Parameters{0.3f, full_range<Code>.lowest}, full_range<Code>);
    check<Code>(values, Symmetric::Parameters{1.7f}, CodeRange{0, 127});
  }
}

TEST_CASE("quantize finds what is not finite, wherever it stands") {
  for (std::size_t at = 0; at < 40; ++at) {
    for (const float strange : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity()}) {
      std::vector<float> values(40, 1.0f);
      std::vector<std::int8_t> codes(40);
      CHECK(kernels::quantize<std::int8_t>(values, Symmetric::Parameters{1.0f}, full_range<std::int8_t>, codes.data()));
      values[at] = strange;
      CHECK_FALSE(
          kernels::quantize<std::int8_t>(values, Symmetric::Parameters{1.0f}, full_range<std::int8_t>, codes.data()));
    }
  }
}

}  // namespace quantize_test
