// SPDX-License-Identifier: MIT
/// @file
/// Weights in groups: multipliers, codes and integers by hand, and what groups gain.
#include "qnn/scheme/grouped_codes.hpp"

#include "qnn/core/random.hpp"
#include "qnn/scheme/clipping.hpp"
#include "qnn/scheme/precision.hpp"
#include "qnn/scheme/quant_tensor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace grouped_codes_test {
namespace {

using namespace qnn;

template <Index Size>
using Group = QuantTensor<Int4, Symmetric, PerGroup<Size>>;

// One channel whose scale is 13.125 / (15 * 7) = 1/8, and one of zeros. Groups of two, the last of one:
//   13.125 and -3.75  15 eighths a step:  7, -2        1 and 0.25  2 eighths, since 1/8 would reach 0.875 only:  4, 1
//   0.875 and 0.25     1 eighth:          7,  2        2.625       3 eighths:                                    7
constexpr std::array<float, 14> constants{13.125f, -3.75f, 0.875f, 0.25f, 1.0f, 0.25f, 2.625f};
constexpr auto tensor = QuantTensor<Int4, Symmetric, PerGroup<2>, Shape<2, 7>>::quantize(constants);
static_assert(tensor.groups() == 2 && tensor.parameters(0).scale == 0.125f && tensor.parameters(1).scale == 1.0f);
static_assert(std::ranges::equal(tensor.multipliers(), std::array{15, 1, 2, 3, 1, 1, 1, 1}));
static_assert(std::ranges::equal(tensor.stored_multipliers(), std::array{0x1F, 0x32, 0x11, 0x11}));
static_assert(std::ranges::equal(tensor.codes(), std::array{7, -2, 7, 2, 4, 1, 7, 0, 0, 0, 0, 0, 0, 0}));
static_assert(std::ranges::equal(tensor.integers(), std::array{105, -30, 7, 2, 8, 2, 21, 0, 0, 0, 0, 0, 0, 0}));
static_assert([] {
  std::array<float, 14> reals{};
  tensor.dequantize(reals);
  return reals == constants;
}());
// 14 codes in 7 bytes, 8 multipliers in 4, 2 scales.
static_assert(sizeof(tensor) == 7 + 1 + 2 * 4 + 4);

// Ternary weights: the codes -1, 0, 1 reach m / 8 of the largest 15 / 8.
constexpr auto ternary =
    QuantTensor<Int2, Symmetric, PerGroup<3>, Shape<1, 5>>::quantize(std::array{1.875f, -1.0f, 0.5f, 0.3f, -0.2f});
static_assert(std::ranges::equal(ternary.multipliers(), std::array{15, 3}));
static_assert(std::ranges::equal(ternary.codes(), std::array{1, -1, 0, 1, -1}));
static_assert(std::ranges::equal(ternary.stored_multipliers(), std::array{0x3F}));

// A multiplier covers what is beyond its levels by the rounding of a scale, and no more.
static_assert(covering_multiplier(0.0f, 0.5f, {-7, 7}) == 1 && covering_multiplier(3.5f, 0.5f, {-7, 7}) == 1);
static_assert(covering_multiplier(3.5000002f, 0.5f, {-7, 7}) == 1 && covering_multiplier(3.51f, 0.5f, {-7, 7}) == 2);
static_assert(covering_multiplier(52.5f, 0.5f, {-7, 7}) == 15 && covering_multiplier(1e9f, 0.5f, {-7, 7}) == 15);

// The empty tensor stands for zeros already.
constexpr QuantTensor<Int4, Symmetric, PerGroup<4>, Shape<1, 9>> empty;
static_assert(std::ranges::equal(empty.multipliers(), std::array{1, 1, 1}));
static_assert(std::ranges::equal(empty.stored_multipliers(), std::array{0x11, 0x01}));  // spare bits are 0

static_assert(PerGroup<4>::multipliers(9) == 3 && PerGroup<4>::multipliers(8) == 2 &&
              PerGroup<16>::multipliers(1) == 1);
static_assert(std::string_view(PerGroup<128>::name) == "per-group of 128");
static_assert(W4A8<Symmetric, PerGroup<16>>::weight_integers == CodeRange{-105, 105});
static_assert(W2A8<Symmetric, PerGroup<16>>::weight_integers == CodeRange{-15, 15});
static_assert(W4A8<>::weight_integers == W4A8<>::weight_codes);

// Symmetric codes of less than a byte have groups, others none.
template <class Code, class S>
inline constexpr bool has_groups = detail::fits_granularity<Code, S, PerGroup<8>>;
static_assert(has_groups<Int4, Symmetric> && has_groups<Int2, Symmetric>);
static_assert(!has_groups<Int4, Asymmetric> && !has_groups<std::int8_t, Symmetric> &&
              !has_groups<std::int16_t, Symmetric>);

std::vector<float> random_weights(Index count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> weights(static_cast<std::size_t>(count));
  std::generate(weights.begin(), weights.end(), [&] { return random.normal(); });
  return weights;
}

template <class Tensor>
double squared_error_of(const std::vector<float>& weights, Extents extents) {
  const std::vector<float> found = Tensor::quantize(weights, extents).dequantize();
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += std::pow(static_cast<double>(found[i] - weights[i]), 2);
  }
  return sum;
}

}  // namespace

TEST_CASE("groups: every weight is within half a step, and no step is much coarser than its group asks for") {
  for (const Index fan_in : {1, 5, 16, 37}) {
    const auto weights = random_weights(6 * fan_in, 3);
    const auto found = Group<5>::quantize(weights, {6, fan_in});
    const auto reals = found.dequantize();
    const Index groups = PerGroup<5>::multipliers(fan_in);
    REQUIRE(found.multipliers().size() == static_cast<std::size_t>(6 * groups));
    for (Index o = 0; o < 6; ++o) {
      const float scale = found.parameters(o).scale;
      std::int32_t largest = 0;
      for (Index group = 0; group < groups; ++group) {
        const std::int32_t multiplier = found.multipliers()[static_cast<std::size_t>(o * groups + group)];
        const float step = scale * static_cast<float>(multiplier);
        const Index first = o * fan_in + group * 5, count = std::min<Index>(5, fan_in - group * 5);
        float magnitude = 0;
        for (Index i = first; i < first + count; ++i) {
          const auto at = static_cast<std::size_t>(i);
          CHECK(std::fabs(reals[at] - weights[at]) <= 0.5001f * step);
          CHECK(found.integers()[at] == found.codes()[at] * multiplier);
          magnitude = std::max(magnitude, std::fabs(weights[at]));
        }
        CHECK(step <= (magnitude / 7 + scale) * 1.0001f);
        largest = std::max(largest, multiplier);
      }
      CHECK(largest == 15);
    }
  }
}

TEST_CASE("groups: integers are read one by one or many at a time") {
  const auto weights = random_weights(4 * 37, 5);
  const auto found = Group<8>::quantize(weights, {4, 37});
  const auto integers = found.integers();
  for (const Index first : {0, 1, 8, 36, 37, 70}) {
    for (const Index count : {0, 1, 7, 40, 78}) {
      std::vector<std::int8_t> copied(static_cast<std::size_t>(count) + 1, 99);
      (integers.data() + first).copy(count, copied.data());
      CHECK(std::equal(copied.begin(), copied.end() - 1, integers.begin() + first));
      CHECK(copied.back() == 99);
    }
  }
}

TEST_CASE("groups: the error is smaller than with one scale a channel, the more so the smaller they are") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto weights = random_weights(32 * 128, seed);
    const double channel = squared_error_of<QuantTensor<Int4, Symmetric, PerChannel>>(weights, {32, 128});
    const double large = squared_error_of<Group<32>>(weights, {32, 128});
    const double small = squared_error_of<Group<8>>(weights, {32, 128});
    CHECK(large < 0.8 * channel);
    CHECK(small < 0.7 * large);
  }
}

TEST_CASE("groups: multipliers of least squared error clip, and never lose") {
  const auto weights = random_weights(64, 8);
  constexpr CodeRange codes = narrow_range<Int4>;
  bool clips = false;
  for (const float scale : {0.02f, 0.05f, 0.1f}) {
    for_each_group(std::span<const float>(weights), 6, [&](std::span<const float> group) {
      const std::int32_t whole = choose_multiplier(WeightRange::min_max, group, scale, codes);
      const std::int32_t best = choose_multiplier(WeightRange::minimal_squared_error, group, scale, codes);
      const auto error = [&](std::int32_t m) {
        return squared_error(group, {scale * static_cast<float>(m), 0}, codes);
      };
      for (std::int32_t m = 1; m <= whole; ++m) {
        CHECK(error(best) <= error(m));
      }
      clips = clips || best < whole;
    });
  }
  CHECK(clips);
  const Range whole = choose_range_of_groups(WeightRange::min_max, weights, 6, codes);
  CHECK(whole == range_of(weights));
  CHECK(choose_range_of_groups(WeightRange::minimal_squared_error, weights, 6, codes).magnitude() <= whole.magnitude());
}

TEST_CASE("groups: tensors compare, copy and refuse as others do") {
  auto a = Group<4>::quantize(random_weights(20, 1), {2, 10});
  auto b = a;
  CHECK(a == b);
  b.multipliers()[3] = GroupMultiplier(b.multipliers()[3] % 15 + 1);
  CHECK(a != b);
  const std::vector<float> bad{1.0f, std::numeric_limits<float>::quiet_NaN()};
  CHECK_THROWS_AS(Group<4>::quantize(bad, {1, 2}), NumericError);
  CHECK_THROWS_AS(Group<4>::quantize(bad, {1, 3}), ArgumentError);
  CHECK_THROWS_AS(Group<4>(Extents{}), ArgumentError);
}

}  // namespace grouped_codes_test
