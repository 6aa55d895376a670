// SPDX-License-Identifier: MIT
/// @file
/// The compiler's proof that no accumulator of an integer network can overflow.
#pragma once

#include "qnn/network/layer_precisions.hpp"
#include "qnn/network/stage.hpp"

#include <type_traits>
#include <utility>

namespace qnn {

/// Products that one output of the layer sums.
template <Index FanIn>
struct fan_in;
/// Most products that the accumulator is proven to hold.
template <Index FanIn>
struct largest_safe_fan_in_is;
/// Never defined: its name is the diagnostic. The bound is derived in numeric/accumulator.hpp.
template <class Place, class Layer, class FanIn, class Bound>
struct accumulator_may_overflow;

namespace detail {

/// Overflow<I, P>::failure: void, or what layer I breaks.
template <class Architecture, class P, Index I, bool IsLinear = Stages<Architecture>::template is_linear<I>>
struct Overflow {
  using failure = void;
};
template <class Architecture, class P, Index I>
struct Overflow<Architecture, P, I, true> {
  using machine = MachineOf<Architecture, P, I>;
  using failure = std::conditional_t<
      machine::fan_in <= machine::safe_fan_in, void,
      accumulator_may_overflow<at_layer<I>, typename Trace<Architecture>::template layer<I>, fan_in<machine::fan_in>,
                               largest_safe_fan_in_is<machine::safe_fan_in>>>;
};

template <class Architecture, class P, class Layers>
struct FirstOverflow;
template <class Architecture, class P>
struct FirstOverflow<Architecture, P, std::index_sequence<>> {
  using failure = void;
};
template <class Architecture, class P, std::size_t First, std::size_t... Rest>
struct FirstOverflow<Architecture, P, std::index_sequence<First, Rest...>> {
  using here = typename Overflow<Architecture, P, static_cast<Index>(First)>::failure;
  using failure =
      typename std::conditional_t<std::is_void_v<here>, FirstOverflow<Architecture, P, std::index_sequence<Rest...>>,
                                  Overflow<Architecture, P, static_cast<Index>(First)>>::failure;
};

}  // namespace detail

/// void, or an undefined type that names the first layer whose accumulator could overflow, its fan-in and the bound.
template <class Architecture, class P>
using OverflowFailure = typename detail::FirstOverflow<
    Architecture, P, std::make_index_sequence<static_cast<std::size_t>(Trace<Architecture>::layer_count)>>::failure;

}  // namespace qnn
