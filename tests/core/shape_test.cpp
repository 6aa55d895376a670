// SPDX-License-Identifier: MIT
/// @file
/// Shapes at compile time and extents at run time.
#include "qnn/core/shape.hpp"

#include "qnn/core/aligned.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <type_traits>

namespace shape_test {
namespace {

using namespace qnn;

static_assert(Shape<28, 28, 1>::rank == 3 && Shape<28, 28, 1>::size == 784);
static_assert(Shape<>::rank == 0 && Shape<>::size == 1 && Shape<>::extents == Extents{});
static_assert(Shape<2, 3>::extents == Extents{2, 3} && Shape<2, 3>::extents[1] == 3);
static_assert(StaticShape<Shape<>> && StaticShape<Shape<1, 2, 3, 4, 5>> && !StaticShape<DynamicShape> &&
              !StaticShape<int>);
static_assert(std::is_signed_v<Index> && sizeof(Index) == sizeof(std::size_t));

using Image = ImageShape<Shape<5, 7, 3>>;
static_assert(Image::height == 5 && Image::width == 7 && Image::channels == 3);

template <class S>
concept IsImage = requires {
  ImageShape<S>::channels;
};
static_assert(IsImage<Shape<5, 7, 3>> && !IsImage<Shape<5, 7>> && !IsImage<Shape<1, 5, 7, 3>>);

static_assert(Extents{}.rank() == 0 && Extents{}.size() == 1);
static_assert(Extents{4}.size() == 4 && Extents{4, 0, 3}.size() == 0 && Extents{2, 3, 4, 5, 6}.size() == 720);
static_assert(Extents{2, 3} == Extents{2, 3} && Extents{2, 3} != Extents{3, 2});
static_assert(Extents{2} != Extents{2, 1} && Extents{} != Extents{0});  // the rank counts, not only the numbers
static_assert(std::ranges::equal(Extents{7, 8, 9}, std::array<Index, 3>{7, 8, 9}));

TEST_CASE("extents print as 28x28x1") {
  CHECK(to_string(Extents{28, 28, 1}) == "28x28x1");
  CHECK(to_string(Extents{5}) == "5");
  CHECK(to_string(Extents{}) == "scalar");
}

TEST_CASE("more extents than max_rank are refused") {
  CHECK(Extents{1, 2, 3, 4, 5}.rank() == max_rank);
  CHECK_THROWS_AS((Extents{1, 2, 3, 4, 5, 6}), std::out_of_range);
}

static_assert(align_up(0) == 0 && align_up(1) == 64 && align_up(64) == 64 && align_up(65) == 128);

TEST_CASE_TEMPLATE("an aligned vector begins at a cache line", T, std::int8_t, float, double) {
  for (const std::size_t count : {1u, 3u, 64u, 1000u}) {
    AlignedVector<T> values(count, T{1});
    CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % alignment == 0);
    values.resize(7 * count);
    CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % alignment == 0);
    const AlignedVector<T> copy = values;
    CHECK(copy == values);
    CHECK(reinterpret_cast<std::uintptr_t>(copy.data()) % alignment == 0);
  }
}

}  // namespace

}  // namespace shape_test
