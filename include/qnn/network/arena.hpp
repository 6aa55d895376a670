// SPDX-License-Identifier: MIT
/// @file
/// The memory of a forward pass: how much it takes is a constant of the type, and the caller owns it.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/network/stage.hpp"

#include <algorithm>
#include <array>

namespace qnn {

/// Where activations lie while a network runs.
///
/// A chain of layers needs two tensors at a time, so tensors alternate between the left and the right end of the arena;
/// layers that work in place, and those that do nothing in inference, stay where they are. What a layer needs besides,
/// its scratch, lies between the two. The arena is as large as the neediest layer.
template <class Architecture, class P>
struct ArenaPlan {
  using trace = Trace<Architecture>;
  using Element = typename P::activation;

  /// Whether layer I does nothing when the network runs: Flatten and Dropout, and activations fused into their stage.
  template <Index I>
  static constexpr bool skips = detail::is_identity<typename trace::template layer<I>> ||
                                (!std::is_same_v<P, Float32> && Stages<Architecture>::template is_fused<I>);
  template <Index I>
  static constexpr bool in_place = detail::is_in_place<typename trace::template layer<I>>;

  /// The layer that layer I can compute along with itself, I where there is none: of integers the max pooling directly
  /// behind layer I's stage, of floats the activation of its stage.
  template <Index I>
  static constexpr Index merged_with = [] {
    constexpr Index behind = Stages<Architecture>::template behind<I>;
    if constexpr (std::is_same_v<P, Float32>) {
      return Stages<Architecture>::template end<I>;
    } else if constexpr (behind < trace::layer_count) {
      using Machine = typename trace::template machine<P, I>;
      using Pooling = typename trace::template layer<behind>;
      return detail::merges<Machine, Pooling, typename trace::template shape<behind - 1>> ? behind : I;
    } else {
      return I;
    }
  }();

  /// The first layer that does something; 0 where there is none.
  static constexpr Index first_computed = [] {
    Index first = 0;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) { first = first == 0 && !skips<I> ? I : first; });
    return first;
  }();

  /// Elements that `size` activations take, with room to start the next tensor on a cache line.
  static constexpr Index padded(Index size) { return align_up(size * Index{sizeof(Element)}) / Index{sizeof(Element)}; }
  /// Elements that layer I needs besides its inputs and outputs.
  template <Index I>
  static constexpr Index scratch([[maybe_unused]] Index capacity) {
    using Machine = typename trace::template machine<P, I>;
    if constexpr (std::is_same_v<P, Float32>) {
      return padded(Machine::scratch);
    } else if constexpr (detail::has_scratch<Machine>) {
      return padded(Machine::scratch(capacity));
    } else {
      return 0;
    }
  }
  /// Elements of the arena for `capacity` examples.
  static constexpr Index elements(Index capacity) {
    Index largest = padded(capacity * trace::input::size);
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      if constexpr (!skips<I>) {
        const Index inputs = padded(capacity * trace::template shape<I - 1>::size);
        const Index outputs = in_place<I> ? 0 : padded(capacity * trace::template shape<I>::size);
        largest = std::max(largest, inputs + outputs + scratch<I>(capacity));
      }
    });
    return largest;
  }
};

/// Bytes of the arena of one example: the activations while the network runs, and the scratch of its layers: patches of
/// float convolutions, inputs as vector kernels read them (none with QNN_PORTABLE).
/// That is all the memory a forward pass needs but the weights and the stack; training keeps more (Backpropagation).
/// On the stack the portable Conv2d gathers one patch: fan-in codes, kernel_height * kernel_width * inputs / groups.
template <class Architecture, class P>
inline constexpr Index arena_bytes = ArenaPlan<Architecture, P>::elements(1) * Index{sizeof(typename P::activation)};

/// A window on an arena for up to `capacity` examples at once.
template <class Architecture, class P>
struct ArenaView {
  typename P::activation* data;
  Index capacity;
};

/// Memory for `Capacity` examples at once, inside the object: static, on the stack, wherever the program puts it.
template <class Network, Index Capacity = 1>
class Arena {
  static_assert(Capacity > 0, "qnn::Arena: room for at least one example");
  using Architecture = typename Network::architecture;
  using Precision = typename Network::precision;

 public:
  constexpr operator ArenaView<Architecture, Precision>() { return {memory_.data(), Capacity}; }

 private:
  alignas(
      alignment) std::array<typename Precision::activation,
                            static_cast<std::size_t>(ArenaPlan<Architecture, Precision>::elements(Capacity))> memory_{};
};

/// The same on the heap, with a capacity chosen at run time: for evaluation and other work on a workstation.
template <class Network>
class HeapArena {
  using Architecture = typename Network::architecture;
  using Precision = typename Network::precision;

 public:
  /// @pre capacity > 0
  explicit HeapArena(Index capacity)
      : memory_(static_cast<std::size_t>(ArenaPlan<Architecture, Precision>::elements(checked(capacity)))),
        capacity_(capacity) {}
  operator ArenaView<Architecture, Precision>() { return {memory_.data(), capacity_}; }

 private:
  static Index checked(Index capacity) {
    QNN_EXPECTS(capacity > 0, "an arena has room for at least one example");
    return capacity;
  }

  AlignedVector<typename Precision::activation> memory_;
  Index capacity_;
};

namespace detail {

/// Runs the layers on `count` examples whose input stands at the start of the arena. Returns where the output stands.
/// Calls run(IndexConstant<First>, IndexConstant<Last>, in, out, scratch) for each layer that does something. Last is
/// First, or the layer behind it where `merges(IndexConstant<First>)` says that both are computed at once.
template <class Plan, class Merges, class Run>
constexpr typename Plan::Element* run_layers(typename Plan::Element* arena, Index capacity, Index count,
                                             Merges&& merges, Run&& run) {
  using trace = typename Plan::trace;
  typename Plan::Element* current = arena;
  bool computed_already = false;
  const auto compute = [&]<Index First, Index Last>(IndexConstant<First> first, IndexConstant<Last> last) {
    const Index out_size = Plan::padded(count * trace::template shape<Last>::size);
    typename Plan::Element* next = current;
    if constexpr (!Plan::template in_place<First>) {
      next = current == arena ? arena + Plan::elements(capacity) - out_size : arena;
    }
    const Index in_size = Plan::padded(count * trace::template shape<First - 1>::size);
    typename Plan::Element* const scratch = arena + (current == arena ? in_size : next == arena ? out_size : 0);
    run(first, last, current, next, scratch);
    current = next;
  };
  trace::for_each_layer([&]<Index I>(IndexConstant<I> layer) {
    if constexpr (!Plan::template skips<I>) {
      constexpr Index merged = Plan::template merged_with<I>;
      if (computed_already) {
        computed_already = false;
      } else if (merged != I && merges(layer)) {
        compute(layer, IndexConstant<merged>{});
        computed_already = true;
      } else {
        compute(layer, layer);
      }
    }
  });
  return current;
}

}  // namespace detail

}  // namespace qnn
