// SPDX-License-Identifier: MIT
/// @file
/// Narrow codes in bytes: each can be read and written, and none touches another. Tensors of them.
#include "qnn/scheme/code_storage.hpp"

#include "qnn/core/random.hpp"
#include "qnn/scheme/quant_tensor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace code_storage_test {
namespace {

using namespace qnn;

static_assert(CodeStorage<Int4>::elements(0) == 0 && CodeStorage<Int4>::elements(7) == 4);
static_assert(CodeStorage<Int2>::elements(8) == 2 && CodeStorage<Int2>::elements(9) == 3);
static_assert(CodeStorage<std::int16_t>::elements(9) == 9);

static_assert(sizeof(QuantTensor<Int4, Symmetric, PerTensor, Shape<10, 16>>) == 80 + 4);
static_assert(sizeof(QuantTensor<Int2, Symmetric, PerTensor, Shape<10, 16>>) == 40 + 4);
static_assert(sizeof(QuantTensor<Int4, Asymmetric, PerChannel, Shape<4, 4>>) == 8 + 4 * 8);

constexpr std::array<float, 5> constants{1.0f, -0.5f, 7.0f, -7.0f, 0.0f};
constexpr auto tensor = QuantTensor<Int4, Symmetric, PerTensor, Shape<5>>::quantize(constants);
static_assert(std::ranges::equal(tensor.codes(), std::array{1, 0, 7, -7, 0}));  // -0.5 goes to the even 0
static_assert(std::ranges::equal(tensor.stored(), std::array{0x01, 0x97, 0x00}));
constexpr auto ternary = QuantTensor<Int2, Symmetric, PerTensor, Shape<5>>::quantize(constants);
static_assert(std::ranges::equal(ternary.codes(), std::array{0, 0, 1, -1, 0}));

template <class Code>
void check_span(Index size) {
  Random random(7, static_cast<std::uint64_t>(size), code_bits<Code>);
  std::vector<std::uint8_t> bytes(CodeStorage<Code>::elements(static_cast<std::size_t>(size)) + 1);
  bytes.back() = 0xA5;
  const CodeSpan<Code> codes(bytes.data(), static_cast<std::size_t>(size));
  std::vector<int> expected(static_cast<std::size_t>(size));
  for (Index draw = 0; draw < 4 * size; ++draw) {
    const auto at = static_cast<std::size_t>(random.below(size));
    const Index code = full_range<Code>.lowest + random.below(Index{1} << code_bits<Code>);
    codes[at] = Code(code);
    expected[at] = static_cast<int>(code);
  }
  const ConstCodeSpan<Code> read = codes;
  CHECK(std::equal(read.begin(), read.end(), expected.begin(), expected.end()));
  CHECK(bytes.back() == 0xA5);

  const auto part = read.subspan(1, read.size() - 1);
  CHECK(std::equal(part.begin(), part.end(), expected.begin() + 1, expected.end()));
  std::copy(read.begin(), read.end() - 1, codes.begin());           // onto themselves
  std::copy_backward(codes.begin(), codes.end() - 1, codes.end());  // one place on, from behind
  std::copy_backward(expected.begin(), expected.end() - 1, expected.end());
  CHECK(std::equal(read.begin(), read.end(), expected.begin(), expected.end()));
  CHECK(std::count(read.begin(), read.end(), Code(-1)) == std::count(expected.begin(), expected.end(), -1));
}

template <class Code, class S, class G>
void check_tensor(CodeRange codes) {
  Random random(3, code_bits<Code>, S::has_zero_point);
  std::vector<float> values(3 * 7);
  std::generate(values.begin(), values.end(), [&] { return random.uniform(-1.0f, 2.0f); });
  const auto quantized = QuantTensor<Code, S, G>::quantize(values, {3, 7}, codes);
  const std::vector<float> back = quantized.dequantize();
  for (Index i = 0; i < quantized.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto& parameters = quantized.parameters(i / 7);
    CHECK(quantized.codes()[at] == quantize_value<Code>(values[at], parameters, codes));
    CHECK(std::abs(back[at] - values[at]) <= 1.01f * parameters.scale);  // half a step, and half a nudged zero point
  }
  auto copy = quantized;
  CHECK(copy == quantized);
  copy.codes()[20] = Code(copy.codes()[20] == 0 ? 1 : 0);
  CHECK_FALSE(copy == quantized);
}

}  // namespace

TEST_CASE_TEMPLATE("narrow codes are written and read one by one", Code, Int4, Int2) {
  for (const Index size : {1, 2, 3, 4, 5, 9, 64, 101}) {
    check_span<Code>(size);
  }
}

TEST_CASE_TEMPLATE("tensors of narrow codes", Code, Int4, Int2) {
  check_tensor<Code, Symmetric, PerTensor>(narrow_range<Code>);
  check_tensor<Code, Symmetric, PerChannel>(narrow_range<Code>);
  check_tensor<Code, Asymmetric, PerTensor>(full_range<Code>);
  check_tensor<Code, Asymmetric, PerChannel>(full_range<Code>);
}

}  // namespace code_storage_test
