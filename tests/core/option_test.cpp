// SPDX-License-Identifier: MIT
/// @file
/// Options of layers: found in any order, counted, or replaced by their defaults.
#include "qnn/core/option.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <type_traits>

namespace option_test {
namespace {

using namespace qnn;

static_assert(Kernel<3>::height == 3 && Kernel<3>::width == 3 && Kernel<3, 5>::width == 5);
static_assert(std::same_as<Kernel<3>, Kernel<3, 3>>);

// Any order gives the same option, and only the template that was asked for.
static_assert(std::same_as<pair_option<Stride<1>, Stride, Kernel<3>, Same, Stride<2>, NoBias>, Stride<2>>);
static_assert(std::same_as<pair_option<Stride<1>, Stride, Stride<2>, NoBias, Kernel<3>, Same>, Stride<2>>);
static_assert(std::same_as<pair_option<Stride<1>, Stride, Kernel<3>, Dilation<2>, Same>, Stride<1>>);
static_assert(std::same_as<pair_option<Stride<1>, Stride>, Stride<1>>);
static_assert(std::same_as<pair_option<void, Kernel, Stride<2>>, void>);
static_assert(std::same_as<pair_option<Padding<0>, Padding, Kernel<3>, Padding<1, 2>>, Padding<1, 2>>);

static_assert(count_pair_option<Kernel> == 0 && count_pair_option<Kernel, Stride<2>> == 0);
static_assert(count_pair_option<Kernel, Kernel<3>, Same, Kernel<5>> == 2);
static_assert(count_option<Same> == 0 && count_option<Same, Valid, Kernel<3>> == 0);
static_assert(count_option<Same, Same, Kernel<3>, Same> == 2 && count_option<NoBias, Kernel<3>, NoBias> == 1);

static_assert(groups_option<> == 1 && groups_option<Kernel<3>, Same> == 1);
static_assert(groups_option<Kernel<3>, Groups<4>, Same> == 4 && groups_option<Groups<4>> == 4);
static_assert(is_groups_option<Groups<2>> && !is_groups_option<Kernel<2>> && !is_groups_option<Same>);
static_assert(multiplier_option<> == 1 && multiplier_option<Kernel<3>, Multiplier<4>, Same> == 4);
static_assert(is_multiplier_option<Multiplier<2>> && !is_multiplier_option<Groups<2>>);

TEST_CASE("options are types without contents") {
  CHECK(std::is_empty_v<Kernel<3>>);
  CHECK(std::is_empty_v<Same>);
  CHECK(std::is_empty_v<Groups<2>>);
}

}  // namespace

}  // namespace option_test
