// SPDX-License-Identifier: MIT
/// @file
/// Compile-time rules that layers put to their input, and the one error that a broken rule gives.
///
/// A rule is a named type with a `text` and a predicate `holds<Layer, In>`; a layer lists its rules as
/// `using accepts = rules<...>`. The shape trace (network/sequential.hpp) checks them in order and, for the first that
/// is broken, asks for the size of an undefined type whose name is the message:
///
///     shape_mismatch<at_layer<3>, Dense<10>, receives<Shape<26, 26, 32>>, broken_rule<rule::input_is_flat>>
#pragma once

#include "qnn/core/shape.hpp"

#include <type_traits>

namespace qnn {

/// The rules of a layer, in the order in which they are checked.
template <class... Rules>
struct rules {};

/// Position in the list of layers; the Input is layer 0.
template <Index Position>
struct at_layer;
/// What the layer was given.
template <class ReceivedShape>
struct receives;
/// Which rule it breaks.
template <class Rule>
struct broken_rule;
/// Never defined: its name is the diagnostic.
template <class Place, class Layer, class Received, class Broken>
struct shape_mismatch;

namespace rule {

/// The input has rank 1.
struct input_is_flat {
  static constexpr auto text = "the layer reads a flat vector: put a Flatten before it";
  template <class Layer, class In>
  static constexpr bool holds = In::rank == 1;
};

/// The input has rank 3: height, width, channels.
struct input_is_image {
  static constexpr auto text = "the layer reads (height, width, channels)";
  template <class Layer, class In>
  static constexpr bool holds = In::rank == 3;
};

/// (kernel - 1) * dilation + 1 <= extent + padding, along both axes.
struct window_fits_the_padded_image {
  static constexpr auto text = "the window, spread by its dilation, is no larger than the image with its padding";
  template <class Layer, class In>
  static constexpr bool holds = Layer::template window<In>::fits;
};

/// Every pooling window covers at least one pixel of the image.
struct window_reaches_beyond_the_padding {
  static constexpr auto text = "a pooling window that lies in the padding alone has no value: pad less than the window";
  template <class Layer, class In>
  static constexpr bool holds = Layer::template window<In>::always_touches_the_image;
};

/// Input and output channels are multiples of Groups.
struct groups_divide_the_channels {
  static constexpr auto text = "the number of groups divides the input and the output channels";
  template <class Layer, class In>
  static constexpr bool holds = In::extents[In::rank - 1] % Layer::groups == 0 && Layer::channels % Layer::groups == 0;
};

/// The input has exactly the extents of Expect.
struct shape_is_as_expected {
  static constexpr auto text = "the shape is the one that Expect names";
  template <class Layer, class In>
  static constexpr bool holds = std::is_same_v<In, typename Layer::expected>;
};

/// The entry has the members of a layer (layers/layer.hpp) and is not a second Input.
struct is_a_layer {
  static constexpr auto text = "every entry of a Sequential is a layer; the first is an Input, and no other is";
  template <class Layer, class In>
  static constexpr bool holds = requires {
    typename Layer::accepts;
  };
};

}  // namespace rule

namespace detail {

/// The first rule of the list that does not hold, or void. Later rules may rely on earlier ones.
template <class Layer, class In, class Rules>
struct first_broken {
  using type = void;
};
template <class Layer, class In, class First, class... Rest>
struct first_broken<Layer, In, rules<First, Rest...>>
    : std::conditional_t<First::template holds<Layer, In>, first_broken<Layer, In, rules<Rest...>>,
                         std::type_identity<First>> {};

/// Base of every network: empty where `Failure` is void. Otherwise it asks for the size of an undefined type, whose
/// name says what is wrong. A member gives exactly one error; a constant that depends on the failure would give one a
/// use.
/// @tparam Which  tells several of one class apart, which cannot have the same base twice
template <class Failure, int Which = 0>
struct Refuse {
  char failure[sizeof(Failure)];
};
template <int Which>
struct Refuse<void, Which> {};

}  // namespace detail

}  // namespace qnn
