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
/// A chain of layers needs two tensors at a time, so tensors alternate between the left and the right end of one block;
/// layers that work in place, and those that do nothing in inference, stay where they are. The block is as large as the
/// largest neighbouring pair; the scratch of float layers lies behind it.
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

  /// Elements that `size` activations take, with room to start the next tensor on a cache line.
  static constexpr Index padded(Index size) { return align_up(size * Index{sizeof(Element)}) / Index{sizeof(Element)}; }
  /// Elements of the block for `capacity` examples.
  static constexpr Index block(Index capacity) {
    Index largest = padded(capacity * trace::input::size);
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      if constexpr (!skips<I> && !in_place<I>) {
        largest = std::max(largest, padded(capacity * trace::template shape<I - 1>::size) +
                                        padded(capacity * trace::template shape<I>::size));
      }
    });
    return largest;
  }
  static constexpr Index scratch = [] {
    Index largest = 0;
    if constexpr (std::is_same_v<P, Float32>) {
      trace::for_each_layer(
          [&]<Index I>(IndexConstant<I>) { largest = std::max(largest, trace::template machine<P, I>::scratch); });
    }
    return largest;
  }();
  static constexpr Index elements(Index capacity) { return block(capacity) + scratch; }
};

/// Bytes of the activations of one example while the network runs: all the memory a forward pass needs but the weights.
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

/// Runs the layers on `count` examples whose input stands at the start of the arena.
/// Calls run(IndexConstant<I>, in, out) for each layer that does something; returns where the output stands.
template <class Plan, class Run>
constexpr typename Plan::Element* run_layers(typename Plan::Element* arena, Index capacity, Index count, Run&& run) {
  using trace = typename Plan::trace;
  typename Plan::Element* current = arena;
  trace::for_each_layer([&]<Index I>(IndexConstant<I> layer) {
    if constexpr (!Plan::template skips<I>) {
      typename Plan::Element* next = current;
      if constexpr (!Plan::template in_place<I>) {
        const Index size = Plan::padded(count * trace::template shape<I>::size);
        next = current == arena ? arena + Plan::block(capacity) - size : arena;
      }
      run(layer, current, next);
      current = next;
    }
  });
  return current;
}

}  // namespace detail

}  // namespace qnn
