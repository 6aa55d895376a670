// SPDX-License-Identifier: MIT
/// @file
/// Sequential: an architecture, a list of layers without numbers; and Trace: its shapes, checked.
#pragma once

#include "qnn/core/rule.hpp"
#include "qnn/layers/input.hpp"

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace qnn {

/// A network as a type: `Sequential<Input<784>, Dense<128>, ReLU, Dense<10>>`. The first entry is an Input.
template <class... Layers>
struct Sequential {};

/// An integer as a type, for functions called once for each layer.
template <Index I>
using IndexConstant = std::integral_constant<Index, I>;

namespace detail {

template <class... Ts>
struct TypeList {};

/// Shapes[i] is the output of layer i. After a failure layers pass their input on, so that one mistake gives one error.
template <class ShapeList, class LayerList, class Failure>
struct Traced;

/// Stands for a layer whose rules are broken, and for all behind it.
struct Unchecked : Expect<1> {
  using accepts = rules<>;
};

template <class In, class Layer>
struct Checked {
  using broken = typename first_broken<Layer, In, typename Layer::accepts>::type;
};
template <class In, class Layer>
  requires(!requires { typename Layer::accepts; })
struct Checked<In, Layer> {
  using broken = rule::is_a_layer;
};

template <class In, class Layer, class Broken>
struct Advance {
  using shape = In;
  using layer = Unchecked;
  template <Index Place>
  using failure = shape_mismatch<at_layer<Place>, Layer, receives<In>, broken_rule<Broken>>;
};
template <class In, class Layer>
struct Advance<In, Layer, void> {
  using shape = typename Layer::template output<In>;
  using layer = Layer;
  template <Index Place>
  using failure = void;
};

template <class Last, class... Shapes, class... Layers, class Layer>
auto operator+(Traced<TypeList<Last, Shapes...>, TypeList<Layers...>, void>, std::type_identity<Layer>) {
  using next = Advance<Last, Layer, typename Checked<Last, Layer>::broken>;
  return Traced<TypeList<typename next::shape, Last, Shapes...>, TypeList<Layers..., typename next::layer>,
                typename next::template failure<static_cast<Index>(sizeof...(Layers))>>{};
}
template <class Last, class... Shapes, class... Layers, class Failure, class Layer>
auto operator+(Traced<TypeList<Last, Shapes...>, TypeList<Layers...>, Failure>, std::type_identity<Layer>) {
  return Traced<TypeList<Last, Last, Shapes...>, TypeList<Layers..., Unchecked>, Failure>{};
}

template <class ShapeList, class LayerList, class Broken>
struct Traced {
  using failure = Broken;
  using layers = LayerList;
  using reversed_shapes = ShapeList;
};

template <class First>
struct StartOf {
  using type = Traced<TypeList<Shape<1>>, TypeList<Unchecked>,
                      shape_mismatch<at_layer<0>, First, receives<void>, broken_rule<rule::is_a_layer>>>;
};
template <Index... Extent>
struct StartOf<Input<Extent...>> {
  using type = Traced<TypeList<Shape<Extent...>>, TypeList<Input<Extent...>>, void>;
};

template <class List>
struct AsTuple;
template <class... Ts>
struct AsTuple<TypeList<Ts...>> {
  using type = std::tuple<Ts...>;
};

}  // namespace detail

/// The layers and shapes of an architecture, by position; layer 0 is the Input.
template <class Architecture>
struct Trace;

template <class First, class... Rest>
struct Trace<Sequential<First, Rest...>> {
 private:
  using traced = decltype((typename detail::StartOf<First>::type{} + ... + std::type_identity<Rest>{}));
  using layers = typename detail::AsTuple<typename traced::layers>::type;
  using reversed_shapes = typename detail::AsTuple<typename traced::reversed_shapes>::type;

 public:
  static constexpr Index layer_count = 1 + static_cast<Index>(sizeof...(Rest));
  /// void, or an undefined type that names the first layer with a broken rule, what it receives and the rule.
  using failure = typename traced::failure;

  template <Index I>
  using layer = std::tuple_element_t<static_cast<std::size_t>(I), layers>;
  /// Output shape of layer I.
  template <Index I>
  using shape = std::tuple_element_t<static_cast<std::size_t>(layer_count - 1 - I), reversed_shapes>;
  using input = shape<0>;
  using output = shape<layer_count - 1>;
  /// What layer I (1 or more) computes at precision P.
  template <class P, Index I>
  using machine = typename layer<I>::template at<P, shape<I - 1>>;

  /// Calls f(IndexConstant<I>) for every layer but the Input, in order.
  template <class Function>
  static constexpr void for_each_layer(Function&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (f(IndexConstant<static_cast<Index>(I) + 1>{}), ...); }
    (std::make_index_sequence<sizeof...(Rest)>{});
  }
};

}  // namespace qnn
