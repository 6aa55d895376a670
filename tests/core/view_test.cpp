// SPDX-License-Identifier: MIT
/// @file
/// Views and batches: row-major indexing, constness and slices.
#include "qnn/core/view.hpp"

#include <doctest/doctest.h>

#include <array>
#include <numeric>
#include <type_traits>

namespace view_test {
namespace {

using namespace qnn;

constexpr std::array<int, 24> numbers = [] {
  std::array<int, 24> filled{};
  std::iota(filled.begin(), filled.end(), 0);
  return filled;
}();
constexpr View<const int, Shape<2, 3, 4>> view(numbers.data());
static_assert(view.size() == 24 && view[23] == 23 && view(0, 0, 0) == 0 && view(1, 2, 3) == 23);
static_assert(view(1, 0, 2) == 1 * 12 + 0 * 4 + 2);
static_assert(view.end() - view.begin() == 24 && view.span().size() == 24 && decltype(view.span())::extent == 24);
static_assert(View<const int, Shape<>>(numbers.data() + 5)() == 5);

static_assert(std::is_convertible_v<View<float, Shape<3>>, View<const float, Shape<3>>>);
static_assert(!std::is_convertible_v<View<const float, Shape<3>>, View<float, Shape<3>>>);
static_assert(!std::is_convertible_v<View<float, Shape<3>>, View<float, Shape<4>>>);
static_assert(!std::is_convertible_v<View<float, Shape<6>>, View<float, Shape<2, 3>>>);
static_assert(!std::is_convertible_v<float*, View<float, Shape<3>>>);  // a bare pointer has no shape
static_assert(std::is_convertible_v<Batch<float, Shape<3>>, Batch<const float, Shape<3>>>);
static_assert(!std::is_convertible_v<Batch<const float, Shape<3>>, Batch<float, Shape<3>>>);
static_assert(std::is_trivially_copyable_v<View<float, Shape<3>>> && sizeof(View<float, Shape<3>>) == sizeof(float*));

template <class V, class... Coordinates>
concept TakesCoordinates = requires(V v, Coordinates... coordinates) {
  v(coordinates...);
};
static_assert(TakesCoordinates<View<int, Shape<2, 3>>, int, Index>);
static_assert(!TakesCoordinates<View<int, Shape<2, 3>>, int> &&
              !TakesCoordinates<View<int, Shape<2, 3>>, int, int, int>);

TEST_CASE("the last extent varies fastest") {
  Index offset = 0;
  for (Index i = 0; i < 2; ++i) {
    for (Index j = 0; j < 3; ++j) {
      for (Index k = 0; k < 4; ++k) {
        CHECK(&view(i, j, k) == numbers.data() + offset);
        CHECK(&view[offset] == numbers.data() + offset);
        ++offset;
      }
    }
  }
  Index sum = 0;
  for (const int number : view) {
    sum += number;
  }
  CHECK(sum == 23 * 24 / 2);
}

TEST_CASE("a view writes through to its memory, a batch holds views one behind the other") {
  std::array<int, 24> memory{};
  const Batch<int, Shape<2, 3>> batch(memory.data(), 4);
  CHECK(batch.count() == 4);
  CHECK(batch.size() == 24);
  for (Index i = 0; i < batch.count(); ++i) {
    batch[i](1, 2) = static_cast<int>(i) + 1;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(memory[6 * i + 5] == static_cast<int>(i) + 1);
  }
  CHECK(batch.end() == memory.data() + 24);
  const Batch<const int, Shape<2, 3>> middle = batch.slice(1, 2);
  CHECK(middle.count() == 2);
  CHECK(middle.data() == memory.data() + 6);
  CHECK(middle[1](1, 2) == 3);
  CHECK(batch.slice(4, 0).size() == 0);
}

}  // namespace

}  // namespace view_test
