// SPDX-License-Identifier: MIT
/// @file
/// Trace: the layers of an architecture as a graph, their shapes, checked.
///
/// Series (Sequential) and branches (Residual, Concat) may be nested in any way. The trace takes them apart into a flat
/// list of layers in the order in which they run; each knows the layers that it reads from, its *sources*. All that
/// walks over a network walks over this list.
#pragma once

#include "qnn/core/rule.hpp"
#include "qnn/layers/concat.hpp"
#include "qnn/layers/input.hpp"
#include "qnn/layers/residual.hpp"
#include "qnn/layers/sequential.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace qnn {

/// An integer as a type, for functions called once for each layer.
template <Index I>
using IndexConstant = std::integral_constant<Index, I>;

namespace detail {

template <class... Ts>
struct TypeList {};

/// A layer and the layers that it reads from.
template <class Layer, Index... Sources>
struct Node {
  using layer = Layer;
  static constexpr std::array<Index, sizeof...(Sources)> sources{Sources...};
};

/// What a layer receives from its sources: one shape, or several.
template <class... Shapes>
struct Received {
  using type = Inputs<Shapes...>;
};
template <class S>
struct Received<S> {
  using type = S;
};

template <class Trace, class Node>
struct ReceivedBy;
template <class Trace, class Layer, Index... Sources>
struct ReceivedBy<Trace, Node<Layer, Sources...>> : Received<typename Trace::template shape<Sources>...> {};

/// The layers so far: their shapes, the last one first; the nodes; the layer that the next one reads from. After a
/// failure layers pass their input on, so that one mistake gives one error.
template <class ShapeList, class NodeList, Index Current, class Failure>
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
struct Failed {
  template <Index Place>
  using failure = shape_mismatch<at_layer<Place>, Layer, receives<In>, broken_rule<Broken>>;
};

/// The graph with one more layer, which reads from `Sources`.
template <class Layer, Index... Sources, class... Shapes, class... Nodes, Index Current>
auto append(Traced<TypeList<Shapes...>, TypeList<Nodes...>, Current, void>) {
  constexpr Index place = static_cast<Index>(sizeof...(Shapes));
  using In = typename Received<
      std::tuple_element_t<static_cast<std::size_t>(place - 1 - Sources), std::tuple<Shapes...>>...>::type;
  using broken = typename Checked<In, Layer>::broken;
  if constexpr (std::is_void_v<broken>) {
    return Traced<TypeList<typename Layer::template output<In>, Shapes...>, TypeList<Nodes..., Node<Layer, Sources...>>,
                  place, void>{};
  } else {
    using passed_on = std::tuple_element_t<static_cast<std::size_t>(place - 1 - Current), std::tuple<Shapes...>>;
    return Traced<TypeList<passed_on, Shapes...>, TypeList<Nodes..., Node<Unchecked, Current>>, place,
                  typename Failed<In, Layer, broken>::template failure<place>>{};
  }
}
template <class Layer, Index... Sources, class Shapes, class Nodes, Index Current, class Failure>
auto append(Traced<Shapes, Nodes, Current, Failure> failed) {
  return failed;
}

/// The same graph, whose next layer reads from `Source`.
template <Index Source, class Shapes, class Nodes, Index Current, class Failure>
auto from(Traced<Shapes, Nodes, Current, Failure>) {
  return Traced<Shapes, Nodes, Source, Failure>{};
}

// A layer; in a graph that has failed already, nothing.
template <class Shapes, class Nodes, Index Current, class Failure, class Layer>
auto operator+(Traced<Shapes, Nodes, Current, Failure> graph, std::type_identity<Layer>) {
  return append<Layer, Current>(graph);
}
// A series.
template <class Shapes, class Nodes, Index Current, class Failure, class... Layers>
auto operator+(Traced<Shapes, Nodes, Current, Failure> graph, std::type_identity<Sequential<Layers...>>) {
  return (graph + ... + std::type_identity<Layers>{});
}
// Two branches and their sum.
template <class Shapes, class Nodes, Index Start, class Failure, class Main, class Shortcut>
auto operator+(Traced<Shapes, Nodes, Start, Failure> graph, std::type_identity<Residual<Main, Shortcut>>) {
  const auto main = graph + std::type_identity<Main>{};
  const auto both = from<Start>(main) + std::type_identity<Shortcut>{};
  return append<Add, decltype(main)::current, decltype(both)::current>(both);
}
// Branches and their concatenation.
template <Index Start, Index... Ends, class Graph>
auto branch(Graph graph, TypeList<>) {
  return append<Concatenate, Ends...>(graph);
}
template <Index Start, Index... Ends, class Graph, class First, class... Rest>
auto branch(Graph graph, TypeList<First, Rest...>) {
  const auto longer = from<Start>(graph) + std::type_identity<First>{};
  return branch<Start, Ends..., decltype(longer)::current>(longer, TypeList<Rest...>{});
}
template <class Shapes, class Nodes, Index Start, class Failure, class... Branches>
auto operator+(Traced<Shapes, Nodes, Start, Failure> graph, std::type_identity<Concat<Branches...>>) {
  return branch<Start>(graph, TypeList<Branches...>{});
}

template <class... Shapes, class... Nodes, Index Current, class Failure>
struct Traced<TypeList<Shapes...>, TypeList<Nodes...>, Current, Failure> {
  static constexpr Index current = Current;
  static constexpr Index count = static_cast<Index>(sizeof...(Nodes));
  using failure = Failure;
  using nodes = std::tuple<Nodes...>;
  using reversed_shapes = std::tuple<Shapes...>;

  /// Sources of all layers, one behind the other, and where those of each layer begin.
  static constexpr Index source_count = static_cast<Index>((std::size_t{0} + ... + Nodes::sources.size()));
  static constexpr auto sources = [] {
    std::array<Index, static_cast<std::size_t>(source_count)> all{};
    std::size_t at = 0;
    const auto add = [&](const auto& list) {
      for (const Index source : list) {
        all[at++] = source;
      }
    };
    (add(Nodes::sources), ...);
    return all;
  }();
  static constexpr std::array<Index, sizeof...(Nodes)> sources_of{static_cast<Index>(Nodes::sources.size())...};
};

template <class First>
struct StartOf {
  using type = Traced<TypeList<Shape<1>>, TypeList<Node<Unchecked>>, 0,
                      shape_mismatch<at_layer<0>, First, receives<void>, broken_rule<rule::is_a_layer>>>;
};
template <Index... Extent>
struct StartOf<Input<Extent...>> {
  using type = Traced<TypeList<Shape<Extent...>>, TypeList<Node<Input<Extent...>>>, 0, void>;
};

}  // namespace detail

/// The layers and shapes of an architecture, by position; layer 0 is the Input.
template <class Architecture>
struct Trace;

template <class First, class... Rest>
struct Trace<Sequential<First, Rest...>> {
 private:
  using traced = decltype((typename detail::StartOf<First>::type{} + ... + std::type_identity<Rest>{}));
  template <Index I>
  using node = std::tuple_element_t<static_cast<std::size_t>(I), typename traced::nodes>;

 public:
  static constexpr Index layer_count = traced::count;
  /// void, or an undefined type that names the first layer with a broken rule, what it receives and the rule.
  using failure = typename traced::failure;

  template <Index I>
  using layer = typename node<I>::layer;
  /// Output shape of layer I.
  template <Index I>
  using shape = std::tuple_element_t<static_cast<std::size_t>(layer_count - 1 - I), typename traced::reversed_shapes>;
  using input = shape<0>;
  using output = shape<layer_count - 1>;
  /// The layers that layer I (1 or more) reads from: one, or where it joins branches several.
  template <Index I>
  static constexpr auto sources = node<I>::sources;
  /// The first of them.
  template <Index I>
  static constexpr Index source = node<I>::sources[0];
  /// Their shapes: what layer I receives, `Shape<...>` or `Inputs<Shape<...>, ...>`.
  template <Index I>
  using received = typename detail::ReceivedBy<Trace, node<I>>::type;
  /// What layer I (1 or more) computes at precision P.
  template <class P, Index I>
  using machine = typename layer<I>::template at<P, received<I>>;

  /// Calls f(from, to) for every connection between layers, in the order in which they run.
  template <class Function>
  static constexpr void for_each_connection(Function&& f) {
    std::size_t at = 0;
    for (Index to = 0; to < layer_count; ++to) {
      for (Index k = 0; k < traced::sources_of[static_cast<std::size_t>(to)]; ++k) {
        f(traced::sources[at++], to);
      }
    }
  }

  /// How many layers read the output of each layer; the output of the last one is read by the world.
  static constexpr std::array<Index, static_cast<std::size_t>(layer_count)> readers = [] {
    std::array<Index, static_cast<std::size_t>(layer_count)> counts{};
    for_each_connection([&](Index from, Index) { ++counts[static_cast<std::size_t>(from)]; });
    ++counts.back();
    return counts;
  }();

  /// Calls f(IndexConstant<I>) for every layer but the Input, in order.
  template <class Function>
  static constexpr void for_each_layer(Function&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (f(IndexConstant<static_cast<Index>(I) + 1>{}), ...); }
    (std::make_index_sequence<static_cast<std::size_t>(layer_count - 1)>{});
  }

  /// The layer that computes what each layer gives, whose codes and whose range stand for it: itself, or where it hands
  /// on what it reads (Flatten, in inference Dropout) the one that computed that.
  static constexpr std::array<Index, static_cast<std::size_t>(layer_count)> producer = [] {
    std::array<Index, static_cast<std::size_t>(layer_count)> all{};
    for_each_layer([&]<Index I>(IndexConstant<I>) { all[I] = detail::is_identity<layer<I>> ? all[source<I>] : I; });
    return all;
  }();
};

}  // namespace qnn
