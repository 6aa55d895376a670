// SPDX-License-Identifier: MIT
/// @file
/// What integer kernels differ by, as a list of types for TEST_CASE_TEMPLATE_APPLY, and how many shapes tests draw.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/scheme/requantize.hpp"

#include <cstdint>
#include <cstdlib>
#include <tuple>

namespace kernel_cases {

template <class Policy, class Code>
struct Case {
  using policy = Policy;
  using code = Code;
};

using All = std::tuple<Case<qnn::IntegerMultiplier, std::int8_t>, Case<qnn::IntegerMultiplier, std::uint8_t>,
                       Case<qnn::FloatScale, std::int8_t>, Case<qnn::FloatScale, std::uint8_t>,
                       Case<qnn::DoubleRounding, std::int8_t>, Case<qnn::DoubleRounding, std::uint8_t>,
                       Case<qnn::PowerOfTwoShift, std::int8_t>, Case<qnn::PowerOfTwoShift, std::uint8_t>,
                       Case<qnn::IntegerMultiplier, std::int16_t>, Case<qnn::FloatScale, std::int16_t>,
                       Case<qnn::PowerOfTwoShift, std::int16_t>>;

/// QNN_TEST_SHAPES where it is not empty; or `usual`, and a third of it without optimization, as with the sanitizers.
inline qnn::Index shape_count(qnn::Index usual) {
  if (const char* const requested = std::getenv("QNN_TEST_SHAPES"); requested != nullptr && *requested != '\0') {
    return std::atol(requested);
  }
#ifdef __OPTIMIZE__
  return usual;
#else
  return usual / 3;
#endif
}

}  // namespace kernel_cases
