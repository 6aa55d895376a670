// SPDX-License-Identifier: MIT
/// @file
/// Quantized tensors over every code type, scheme, granularity and kind of shape.
#include "qnn/scheme/quant_tensor.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace quant_tensor_test {
namespace {

using namespace qnn;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

// Constant expressions: a tensor can be made, converted and compared by the compiler.
constexpr std::array<float, 6> constants{1.0f, -2.0f, 127.0f, 0.5f, -0.25f, 0.0f};
constexpr auto per_tensor = QuantTensor<std::int8_t, Symmetric, PerTensor, Shape<2, 3>>::quantize(constants);
static_assert(per_tensor.groups() == 1 && per_tensor.parameters()[0].scale == 1.0f);
static_assert(std::ranges::equal(per_tensor.codes(), std::array{1, -2, 127, 0, 0, 0}));  // 0.5 goes to the even 0
constexpr auto per_channel = QuantTensor<std::int8_t, Symmetric, PerChannel, Shape<2, 3>>::quantize(constants);
static_assert(per_channel.groups() == 2 && per_channel.parameters(0).scale == 1.0f &&
              per_channel.parameters(1).scale == 0.5f / 127);
static_assert(std::ranges::equal(per_channel.codes(), std::array{1, -2, 127, 127, -64, 0}));  // -63.5, to even
constexpr auto asymmetric = requantized<std::uint8_t, Asymmetric>(per_tensor);
static_assert(asymmetric.parameters()[0].scale == 129.0f / 255 && asymmetric.parameters()[0].zero_point == 4);
static_assert(asymmetric == asymmetric && per_tensor == per_tensor);

// In flash, a tensor is its codes and its parameters: symmetric ones spend nothing on zero points, static ones nothing
// on extents.
static_assert(sizeof(QuantTensor<std::int8_t, Symmetric, PerTensor, Shape<3, 4>>) == 12 + 4);
static_assert(sizeof(QuantTensor<std::int16_t, Symmetric, PerChannel, Shape<4, 3>>) == 24 + 4 * 4);
static_assert(sizeof(QuantTensor<std::uint8_t, Asymmetric, PerTensor, Shape<3, 4>>) == 12 + 8);
static_assert(std::is_trivially_copyable_v<QuantTensor<std::int8_t, Symmetric, PerTensor, Shape<3, 4>>>);

// What must not compile.
using SymmetricInt8 = QuantTensor<std::int8_t, Symmetric>;
template <class C, class S, class Sh = DynamicShape>
concept TensorExists = requires {
  typename QuantTensor<C, S, PerTensor, Sh>;
};
static_assert(TensorExists<std::int8_t, Symmetric> && TensorExists<std::uint8_t, Asymmetric>);
static_assert(!TensorExists<std::uint8_t, Symmetric>, "symmetric codes need a sign");
static_assert(!TensorExists<std::int32_t, Symmetric> && !TensorExists<float, Asymmetric>);
static_assert(!TensorExists<std::int8_t, Symmetric, int> && !TensorExists<std::int8_t, PerTensor>);
template <class Tensor>
concept LendsCodes = requires(Tensor tensor) {
  std::forward<Tensor>(tensor).codes();
};
template <class Tensor>
concept LendsParameters = requires(Tensor tensor) {
  std::forward<Tensor>(tensor).parameters();
};
template <class Tensor>
concept LendsParametersOfChannel = requires(Tensor tensor) {
  std::forward<Tensor>(tensor).parameters(Index{0});
};
static_assert(LendsCodes<SymmetricInt8&> && LendsCodes<const SymmetricInt8&>);
static_assert(LendsParameters<SymmetricInt8&> && LendsParameters<const SymmetricInt8&>);
static_assert(LendsParametersOfChannel<SymmetricInt8&> && LendsParametersOfChannel<const SymmetricInt8&>);
static_assert(!LendsCodes<SymmetricInt8> && !LendsCodes<const SymmetricInt8>, "codes must not outlive a temporary");
static_assert(!LendsParameters<SymmetricInt8> && !LendsParameters<const SymmetricInt8>);
static_assert(!LendsParametersOfChannel<SymmetricInt8> && !LendsParametersOfChannel<const SymmetricInt8>);
template <class From, class To>
inline constexpr bool convertible =
    std::is_assignable_v<To&, From> || std::is_constructible_v<To, From> || std::is_convertible_v<From, To>;
static_assert(convertible<SymmetricInt8, SymmetricInt8>);
static_assert(!convertible<QuantTensor<std::int8_t, Asymmetric>, SymmetricInt8>);
static_assert(!convertible<QuantTensor<std::int16_t, Symmetric>, SymmetricInt8>);
static_assert(!convertible<QuantTensor<std::int8_t, Symmetric, PerChannel>, SymmetricInt8>);
static_assert(!convertible<QuantTensor<std::int8_t, Symmetric, PerTensor, Shape<2>>, SymmetricInt8>);
template <class A, class B>
concept Comparable = requires(const A a, const B b) {
  a == b;
};
static_assert(Comparable<SymmetricInt8, SymmetricInt8> &&
              !Comparable<SymmetricInt8, QuantTensor<std::int8_t, Asymmetric>>);
static_assert(!std::is_convertible_v<Extents, SymmetricInt8> && !std::is_default_constructible_v<SymmetricInt8>);

template <CodeType C, Scheme S, Granularity G>
struct Case {
  using code = C;
  using scheme = S;
  using granularity = G;
  using Dynamic = QuantTensor<C, S, G>;
  template <class Sh>
  using Static = QuantTensor<C, S, G, Sh>;
};
#define QNN_EVERY_CASE                                                                       \
  Case<std::int8_t, Symmetric, PerTensor>, Case<std::int8_t, Symmetric, PerChannel>,         \
      Case<std::int16_t, Symmetric, PerTensor>, Case<std::int16_t, Symmetric, PerChannel>,   \
      Case<std::int8_t, Asymmetric, PerTensor>, Case<std::int8_t, Asymmetric, PerChannel>,   \
      Case<std::uint8_t, Asymmetric, PerTensor>, Case<std::uint8_t, Asymmetric, PerChannel>, \
      Case<std::int16_t, Asymmetric, PerTensor>, Case<std::int16_t, Asymmetric, PerChannel>

std::vector<float> random_values(Random& random, Index count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  const float low = random.uniform(-8.0f, 1.0f), high = random.uniform(low, 9.0f);
  std::generate(values.begin(), values.end(), [&] { return random.uniform(low, high); });
  return values;
}

/// Each value within half a step of its group, and as many 2^-24 as float roundings lie on its way.
template <class Tensor>
void check_round_trip(const Tensor& tensor, const std::vector<float>& values) {
  const std::vector<float> back = tensor.dequantize();
  REQUIRE(back.size() == values.size());
  const std::size_t group_size = values.size() / static_cast<std::size_t>(tensor.groups());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double error = std::abs(static_cast<double>(back[i]) - static_cast<double>(values[i]));
    REQUIRE(error <= static_cast<double>(tensor.parameters()[i / group_size].scale) / 2 + 4 * 0x1p-24 * 9.0);
  }
}

TEST_CASE_TEMPLATE("a dynamic tensor gives every value back within half a step", C, QNN_EVERY_CASE) {
  Random random(1);
  for (int i = 0; i < 100; ++i) {
    const Extents extents = i % 2 == 0 ? Extents{1 + random.below(7), 1 + random.below(5)}
                                       : Extents{1 + random.below(4), 1 + random.below(3), 1, 1 + random.below(9)};
    const auto values = random_values(random, extents.size());
    const auto tensor = C::Dynamic::quantize(values, extents);
    CHECK(tensor.extents() == extents);
    CHECK(tensor.size() == extents.size());
    CHECK(tensor.groups() == C::granularity::groups(extents[0]));
    check_round_trip(tensor, values);
  }
}

TEST_CASE_TEMPLATE("a static tensor does what a dynamic one does", C, QNN_EVERY_CASE) {
  Random random(2);
  using StaticShape = Shape<5, 3, 7>;
  for (int i = 0; i < 20; ++i) {
    const auto values = random_values(random, StaticShape::size);
    const auto fixed = C::template Static<StaticShape>::quantize(values);
    const auto dynamic = C::Dynamic::quantize(values, StaticShape::extents);
    CHECK(fixed.extents() == dynamic.extents());
    CHECK(std::ranges::equal(fixed.codes(), dynamic.codes()));
    CHECK(std::ranges::equal(fixed.parameters(), dynamic.parameters()));
    CHECK(fixed.dequantize() == dynamic.dequantize());
    check_round_trip(fixed, values);
  }
}

TEST_CASE_TEMPLATE("each group is quantized as if it were alone", C, QNN_EVERY_CASE) {
  Random random(3);
  const Extents extents{6, 11};
  auto values = random_values(random, extents.size());
  std::for_each(values.begin() + 11, values.begin() + 22, [](float& value) { value *= 1e-3f; });
  const auto tensor = C::Dynamic::quantize(values, extents);
  const Index group_size = extents.size() / tensor.groups();
  for (Index group = 0; group < tensor.groups(); ++group) {
    const std::vector<float> part(values.begin() + group * group_size, values.begin() + (group + 1) * group_size);
    const auto alone = C::Dynamic::quantize(part, {1, group_size});
    CHECK(alone.parameters()[0] == tensor.parameters(group));
    CHECK(std::equal(alone.codes().begin(), alone.codes().end(), tensor.codes().begin() + group * group_size));
  }
}

TEST_CASE_TEMPLATE("assign: refuses what it cannot represent and then leaves the tensor as it was", C, QNN_EVERY_CASE) {
  Random random(4);
  const auto values = random_values(random, 12);
  auto tensor = C::Dynamic::quantize(values, {4, 3});
  const auto before = tensor;
  for (const float bad : {nan, infinity, -infinity, std::numeric_limits<float>::max()}) {
    for (const std::size_t position : {std::size_t{0}, std::size_t{5}, std::size_t{11}}) {
      auto broken = random_values(random, 12);
      broken[position] = bad;
      CHECK_THROWS_AS(tensor.assign(broken), NumericError);
      CHECK(tensor == before);
      CHECK_THROWS_AS(C::Dynamic::quantize(broken, {4, 3}), NumericError);
    }
  }
  CHECK_THROWS_AS(tensor.assign(random_values(random, 11)), ArgumentError);
  CHECK_THROWS_AS(tensor.assign(random_values(random, 13)), ArgumentError);
  CHECK_THROWS_AS(tensor.assign({}), ArgumentError);
  CHECK_THROWS_AS(tensor.assign(values, {-40000, 40000}), ArgumentError);
  std::vector<float> short_of_one(11);
  CHECK_THROWS_AS(tensor.dequantize(short_of_one), ArgumentError);
  CHECK(tensor == before);
  tensor.assign(values);
  CHECK(tensor == before);
}

TEST_CASE("messages say where, what was expected and what was found") {
  auto tensor = SymmetricInt8::quantize(std::array{1.0f, 2.0f}, {2});
  CHECK_THROWS_WITH(tensor.assign(std::array{1.0f}), "qnn: QuantTensor: number of values: expected 2, found 1");
  CHECK_THROWS_WITH(tensor.assign(std::array{1.0f, 2.0f}, {-200, 200}),
                    "qnn: QuantTensor: codes: expected a part of -128..127, found -200..200");
  CHECK_THROWS_WITH(SymmetricInt8(Extents{3, 0}), doctest::Contains("found 3x0"));
}

TEST_CASE_TEMPLATE("extents that make no tensor are refused", C, QNN_EVERY_CASE) {
  constexpr Index huge = std::numeric_limits<Index>::max() / 2;
  for (const Extents& extents :
       {Extents{0}, Extents{3, -1}, Extents{-2, -2}, Extents{huge, 3}, Extents{huge, huge, huge}}) {
    CHECK_THROWS_AS(typename C::Dynamic{extents}, ArgumentError);
  }
  if constexpr (std::is_same_v<typename C::granularity, PerChannel>) {
    CHECK_THROWS_AS(typename C::Dynamic{Extents{}}, ArgumentError);
  } else {
    CHECK(C::Dynamic::quantize(std::array{3.0f}, Extents{}).dequantize() == std::vector{3.0f});  // a scalar
  }
}

TEST_CASE_TEMPLATE("a tensor of zeros is exact; a new tensor is zero", C, QNN_EVERY_CASE) {
  const std::vector<float> zeros(12, 0.0f);
  CHECK(C::Dynamic::quantize(zeros, {4, 3}).dequantize() == zeros);
  CHECK(typename C::Dynamic{Extents{4, 3}}.dequantize() == zeros);
  CHECK(typename C::template Static<Shape<4, 3>>{}.dequantize() == zeros);
}

TEST_CASE_TEMPLATE("narrower codes and power-of-two scales", C, QNN_EVERY_CASE) {
  Random random(5);
  const auto values = random_values(random, 40);
  const CodeRange four_bits = C::scheme::has_zero_point ? CodeRange{0, 15} : CodeRange{-7, 7};
  const auto tensor = C::Dynamic::quantize(values, {4, 10}, four_bits, ScaleGrid::powers_of_two);
  for (const auto code : tensor.codes()) {
    CHECK(four_bits.clamp(code) == code);
  }
  for (const auto& parameters : tensor.parameters()) {
    CHECK(std::ldexp(1.0f, std::ilogb(parameters.scale)) == parameters.scale);
  }
  check_round_trip(tensor, values);
}

TEST_CASE_TEMPLATE("equality: extents, codes and parameters all count", C, QNN_EVERY_CASE) {
  const std::array values{1.0f, -2.0f, 3.0f, 4.0f, 5.0f, -6.0f};
  const auto tensor = C::Dynamic::quantize(values, {2, 3});
  CHECK(tensor == C::Dynamic::quantize(values, {2, 3}));
  CHECK(tensor != C::Dynamic::quantize(values, {2, 3, 1}));
  auto other = tensor;
  other.codes()[0] = 0;
  CHECK(tensor != other);
  other = tensor;
  other.parameters()[0].scale *= 2.0f;
  CHECK(tensor != other);
}

TEST_CASE_TEMPLATE("requantized: the same reals in any other format", C, QNN_EVERY_CASE) {
  Random random(6);
  const auto values = random_values(random, 30);
  const auto tensor = C::Dynamic::quantize(values, {5, 6});
  const auto wide = requantized<std::int16_t, Asymmetric, PerChannel>(tensor);
  static_assert(std::is_same_v<decltype(wide), const QuantTensor<std::int16_t, Asymmetric, PerChannel>>);
  CHECK(wide.extents() == tensor.extents());
  check_round_trip(wide, tensor.dequantize());
  const auto narrow = requantized<std::int8_t, Symmetric>(tensor);
  static_assert(std::is_same_v<decltype(narrow), const SymmetricInt8>);
  check_round_trip(narrow, tensor.dequantize());
}

TEST_CASE_TEMPLATE("a moved-from tensor is empty and harmless", C, QNN_EVERY_CASE) {
  auto tensor = C::Dynamic::quantize(std::array{1.0f, 2.0f}, {2, 1});
  const auto moved = std::move(tensor);
  CHECK(moved.size() == 2);
  CHECK(tensor.size() == 0);  // NOLINT(bugprone-use-after-move): the point of the test
  CHECK(tensor.dequantize().empty());
  tensor.assign({});
  tensor = moved;
  CHECK(tensor == moved);
}

}  // namespace

#undef QNN_EVERY_CASE

}  // namespace quant_tensor_test
