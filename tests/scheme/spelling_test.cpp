// SPDX-License-Identifier: MIT
/// @file
/// Spellings of precisions: text that is the very type.
#include "qnn/scheme/spelling.hpp"

#include <doctest/doctest.h>

#include <string>

// The text of a type, compiled, is the type that is spelled.
#define CHECK_SPELLING(...) CHECK(qnn::spelling<__VA_ARGS__>() == #__VA_ARGS__)

namespace mine {
struct Rounding : qnn::IntegerMultiplier {};
}  // namespace mine
template <>
inline constexpr std::string_view qnn::spelling_of<mine::Rounding>{"mine::Rounding"};
template <>
inline constexpr std::string_view qnn::spelling_of<qnn::W2A8<qnn::Asymmetric>>{"Ternary"};

namespace spelling_test {

using Ternary = qnn::W2A8<qnn::Asymmetric>;

TEST_CASE("a precision of each stage is spelled stage by stage") {
  CHECK_SPELLING(qnn::Mixed<qnn::Int8<>>);
  CHECK_SPELLING(qnn::Mixed<qnn::Int8<>, qnn::W4A8<qnn::Asymmetric>, Ternary, qnn::Int8<>>);
}

TEST_CASE("precisions are spelled by their shortest name") {
  CHECK_SPELLING(qnn::Int8<>);
  CHECK_SPELLING(qnn::Int16<>);
  CHECK_SPELLING(qnn::W4A8<>);
  CHECK_SPELLING(qnn::W2A8<>);
  CHECK_SPELLING(qnn::W4A4<>);
  CHECK_SPELLING(qnn::W8A16<>);
  CHECK_SPELLING(qnn::Int8<qnn::Asymmetric>);
  CHECK_SPELLING(qnn::W4A8<qnn::Symmetric, qnn::PerTensor>);
  CHECK_SPELLING(qnn::W4A8<qnn::Symmetric, qnn::PerGroup<16>>);
  CHECK_SPELLING(qnn::Int16<qnn::Symmetric, qnn::PerChannel, qnn::PowerOfTwoShift>);
  CHECK_SPELLING(qnn::Int8<qnn::Symmetric, qnn::PerChannel, mine::Rounding>);
}

TEST_CASE("precisions without a short name are spelled in full") {
  CHECK_SPELLING(qnn::Quantized<qnn::Format<std::int8_t, qnn::Symmetric, qnn::PerChannel>,
                                qnn::Format<std::uint8_t, qnn::Asymmetric>, qnn::FloatScale, std::int32_t>);
  CHECK_SPELLING(qnn::Quantized<qnn::Format<qnn::Int4, qnn::Asymmetric, qnn::PerTensor>,
                                qnn::Format<std::int8_t, qnn::Symmetric>, qnn::IntegerMultiplier, std::int32_t>);
  CHECK_SPELLING(qnn::Quantized<qnn::Format<std::int8_t, qnn::Symmetric, qnn::PerTensor>,
                                qnn::Format<std::int8_t, qnn::Symmetric>, qnn::IntegerMultiplier, std::int64_t>);
}

TEST_CASE("a name of one's own wins") { CHECK(qnn::spelling<qnn::W2A8<qnn::Asymmetric>>() == "Ternary"); }

}  // namespace spelling_test
