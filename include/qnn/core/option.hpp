// SPDX-License-Identifier: MIT
/// @file
/// Options of layers: types in any order, as in `Conv2d<32, Kernel<3>, Same, Stride<2>, NoBias>`.
#pragma once

#include "qnn/core/shape.hpp"

#include <type_traits>

namespace qnn {

/// Extents of a window, height first; `Kernel<3>` is square.
template <Index Height, Index Width = Height>
struct Kernel {
  static_assert(Height > 0 && Width > 0, "qnn::Kernel: extents must be positive");
  static constexpr Index height = Height, width = Width;
};

/// Distance between neighbouring windows.
template <Index Height, Index Width = Height>
struct Stride {
  static_assert(Height > 0 && Width > 0, "qnn::Stride: steps must be positive");
  static constexpr Index height = Height, width = Width;
};

/// Distance between neighbouring elements inside a window.
template <Index Height, Index Width = Height>
struct Dilation {
  static_assert(Height > 0 && Width > 0, "qnn::Dilation: steps must be positive");
  static constexpr Index height = Height, width = Width;
};

/// Rows and columns of real zeros around the image, alike on opposite sides.
template <Index Height, Index Width = Height>
struct Padding {
  static_assert(Height >= 0 && Width >= 0, "qnn::Padding: must not be negative");
  static constexpr Index height = Height, width = Width;
};

/// Pads so that the output has ceil(input / stride) rows and columns; the odd row goes below, the odd column right.
struct Same {};
/// No padding: windows lie inside the image.
struct Valid {};
/// Number of groups that the channels of a convolution are divided into.
template <Index Count>
struct Groups {
  static_assert(Count > 0, "qnn::Groups: must be positive");
  static constexpr Index count = Count;
};
/// Output channels of a depthwise convolution for each input channel.
template <Index Count>
struct Multiplier {
  static_assert(Count > 0, "qnn::Multiplier: must be positive");
  static constexpr Index count = Count;
};
/// A linear layer without a bias.
struct NoBias {};

namespace detail {

template <class Option, template <Index, Index> class Wanted>
inline constexpr bool is_pair_option = false;
template <Index A, Index B, template <Index, Index> class Wanted>
inline constexpr bool is_pair_option<Wanted<A, B>, Wanted> = true;

template <class Default, template <Index, Index> class Wanted, class... Options>
struct find_pair_option {
  using type = Default;
};
template <class Default, template <Index, Index> class Wanted, class First, class... Rest>
struct find_pair_option<Default, Wanted, First, Rest...>
    : std::conditional_t<is_pair_option<First, Wanted>, std::type_identity<First>,
                         find_pair_option<Default, Wanted, Rest...>> {};

template <class... Options>
struct find_groups : Groups<1> {};
template <Index Count, class... Rest>
struct find_groups<Groups<Count>, Rest...> : Groups<Count> {};
template <class First, class... Rest>
struct find_groups<First, Rest...> : find_groups<Rest...> {};

template <class... Options>
struct find_multiplier : Multiplier<1> {};
template <Index Count, class... Rest>
struct find_multiplier<Multiplier<Count>, Rest...> : Multiplier<Count> {};
template <class First, class... Rest>
struct find_multiplier<First, Rest...> : find_multiplier<Rest...> {};

}  // namespace detail

/// The option among `Options` made from template `Wanted` (Kernel, Stride, ...), or `Default`.
template <class Default, template <Index, Index> class Wanted, class... Options>
using pair_option = typename detail::find_pair_option<Default, Wanted, Options...>::type;

/// How many of `Options` are made from template `Wanted`.
template <template <Index, Index> class Wanted, class... Options>
inline constexpr int count_pair_option = (0 + ... + int{detail::is_pair_option<Options, Wanted>});

/// How many of `Options` are the type `Wanted`.
template <class Wanted, class... Options>
inline constexpr int count_option = (0 + ... + int{std::is_same_v<Wanted, Options>});

/// Number of groups that `Options` ask for; 1 where they do not.
template <class... Options>
inline constexpr Index groups_option = detail::find_groups<Options...>::count;

template <class Option>
inline constexpr bool is_groups_option = false;
template <Index Count>
inline constexpr bool is_groups_option<Groups<Count>> = true;

/// Output channels for each input channel that `Options` ask for; 1 where they do not.
template <class... Options>
inline constexpr Index multiplier_option = detail::find_multiplier<Options...>::count;

template <class Option>
inline constexpr bool is_multiplier_option = false;
template <Index Count>
inline constexpr bool is_multiplier_option<Multiplier<Count>> = true;

}  // namespace qnn
