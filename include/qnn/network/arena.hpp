// SPDX-License-Identifier: MIT
/// @file
/// The memory of a forward pass: how much it takes is a constant of the type, and the caller owns it.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/network/activations.hpp"
#include "qnn/network/memory_plan.hpp"
#include "qnn/network/stage.hpp"

#include <algorithm>
#include <array>

namespace qnn {

/// Where activations lie while a network runs.
///
/// Each tensor lives from the layer that writes it to the last that reads it; layers that work in place, and those that
/// do nothing in inference, share the memory of their input. What a layer needs besides, its scratch, lives as long as
/// the layer runs. The plan is one of an example; for several at once everything is as many times as large.
template <class Architecture, class P>
struct ArenaPlan {
  using trace = Trace<Architecture>;
  /// What the arena is made of: activations, or bytes where those are of several types.
  using Element = typename P::activation;
  /// Type of the activations that layer I writes.
  template <Index I>
  using Code = typename LayerPrecisions<Architecture, P>::template at<I>::activation;

  /// Whether layer I does nothing when the network runs: Flatten and Dropout, and what is fused into its stage.
  template <Index I>
  static constexpr bool skips = detail::is_identity<typename trace::template layer<I>> ||
                                (!std::is_same_v<P, Float32> && Stages<Architecture>::template is_fused<I>);

  /// The layer that layer I can compute along with itself, I where there is none: of integers the max pooling directly
  /// behind layer I's stage, of floats the activation of its stage, unless a normalization stands between.
  template <Index I>
  static constexpr Index merged_with = [] {
    using stages = Stages<Architecture>;
    constexpr Index behind = stages::template behind<I>;
    if constexpr (std::is_same_v<P, Float32>) {
      constexpr Index end = stages::template end<I>;
      return stages::template normalization<I> == I && detail::is_in_place<typename trace::template layer<end>> ? end
                                                                                                                : I;
    } else if constexpr (behind < trace::layer_count) {
      using Machine = MachineOf<Architecture, P, I>;
      using Pooling = typename trace::template layer<behind>;
      return detail::merges<Machine, Pooling, typename trace::template shape<trace::template source<behind>>> ? behind
                                                                                                              : I;
    } else {
      return I;
    }
  }();

  /// Elements that `size` activations of layer I take, with room to start the next tensor on a cache line.
  template <Index I>
  static constexpr Index padded(Index size) {
    return align_up(size * Index{sizeof(Code<I>)}) / Index{sizeof(Element)};
  }
  /// Elements that layer I needs besides its inputs and outputs, for one example: converted inputs, and what it works
  /// with.
  template <Index I>
  static constexpr Index scratch = [] {
    using Machine = MachineOf<Architecture, P, I>;
    Index converted = 0;
    if constexpr (is_mixed<P>) {
      converted = Activations<Architecture, P>::template converted_bytes<I>;
    }
    if constexpr (std::is_same_v<P, Float32>) {
      return padded<I>(Machine::scratch);
    } else if constexpr (detail::has_scratch<Machine>) {
      return converted + padded<I>(Machine::scratch(1));
    } else {
      return converted;
    }
  }();

 private:
  static constexpr auto count = static_cast<std::size_t>(trace::layer_count);
  struct Layout {
    std::array<std::size_t, count> tensor{};  ///< the layer whose memory holds the output of each layer
    MemoryPlan<2 * count> memory;             ///< of the tensors, and behind them the scratch of each layer
    bool overwrites_input = false;
  };
  static constexpr Layout layout = [] {
    Layout result;
    std::array<bool, count> shared{};  // whether the memory of a layer's output has other readers, too
    std::array<MemoryBlock, 2 * count> blocks{};
    blocks[0] = {padded<0>(trace::input::size), 0, 0};
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      constexpr auto source = static_cast<std::size_t>(trace::template source<I>);
      const bool has_other_readers = shared[source] || trace::readers[source] > 1;
      if constexpr (skips<I>) {
        result.tensor[I] = result.tensor[source];
        shared[I] = has_other_readers;
      } else {
        const bool in_place = detail::is_in_place<typename trace::template layer<I>> && !has_other_readers;
        result.tensor[I] = in_place ? result.tensor[source] : I;
        result.overwrites_input = result.overwrites_input || result.tensor[I] == 0;
        if (!in_place) {
          blocks[I] = {padded<I>(trace::template shape<I>::size), I, I};
        }
        // A layer that computes the next one as well writes that one's output while it reads.
        constexpr Index last = std::is_same_v<P, Float32> ? I : merged_with<I>;
        blocks[count + I] = {scratch<I>, I, last};
        blocks[result.tensor[source]].last = std::max(blocks[result.tensor[source]].last, last);
      }
    });
    trace::for_each_connection([&](Index from, Index to) {
      Index& last = blocks[result.tensor[static_cast<std::size_t>(from)]].last;
      last = std::max(last, to);
    });
    blocks[result.tensor.back()].last = trace::layer_count;
    result.memory = plan_memory(blocks);
    return result;
  }();

 public:
  /// Whether layer I writes over its input.
  template <Index I>
  static constexpr bool in_place = layout.tensor[I] == layout.tensor[trace::template source<I>];
  /// Whether some layer writes over the examples, so that they have to be copied into the arena.
  static constexpr bool overwrites_input = layout.overwrites_input;
  /// Elements of the arena for `capacity` examples.
  static constexpr Index elements(Index capacity) { return capacity * layout.memory.size; }
  /// Where the output of layer I begins in it.
  template <Index I>
  static constexpr Index offset(Index capacity) {
    return capacity * layout.memory.offset[layout.tensor[I]];
  }
  template <Index I>
  static constexpr Index scratch_offset(Index capacity) {
    return capacity * layout.memory.offset[count + I];
  }
  /// Whether the output of layer I still stands where the input stood.
  template <Index I>
  static constexpr bool is_input = layout.tensor[I] == 0 && !layout.overwrites_input;
};

/// Bytes of the arena of one example: the activations while the network runs, and the scratch of its layers: patches of
/// float convolutions, inputs as vector kernels read them (none with QNN_PORTABLE), in a mixed network inputs in
/// another format. That is all the memory a forward pass needs but the weights and the stack; training keeps more
/// (Backpropagation). On the stack the portable Conv2d gathers one patch: fan-in codes, kernel_height * kernel_width *
/// inputs / groups.
template <class Architecture, class P>
inline constexpr Index arena_bytes = ArenaPlan<Architecture, P>::elements(1) * Index{sizeof(typename P::activation)};

/// A window on an arena for up to `capacity` examples at once.
template <class Architecture, class P>
struct ArenaView {
  typename P::activation* data;
  Index capacity;
};

/// Examples that an integer network takes through all its layers before the next ones: activations of 512 KiB, half of
/// a usual second-level cache, so that each layer reads what the one before it wrote from there; 4 at least, since
/// weights are read anew for each such part.
template <class Architecture, class P>
inline constexpr Index resident_examples = std::max<Index>(4, 512 * 1024 / arena_bytes<Architecture, P>);

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

/// Runs the layers on examples that stand at `examples`, in an arena or, unless Plan::overwrites_input, elsewhere.
/// Returns where the output stands. Calls run(IndexConstant<First>, IndexConstant<Last>, sources, out, scratch) for
/// each layer that does something; `sources` is an array of pointers. Last is First, or the layer behind it where
/// `merges(IndexConstant<First>)` says that both are computed at once.
template <class Plan, class Merges, class Run>
constexpr const typename Plan::Element* run_layers(const typename Plan::Element* examples,
                                                   typename Plan::Element* arena, Index capacity, Merges&& merges,
                                                   Run&& run) {
  using trace = typename Plan::trace;
  using Element = typename Plan::Element;
  const auto output = [&]<Index I>(IndexConstant<I>) -> const Element* {
    return Plan::template is_input<I> ? examples : arena + Plan::template offset<I>(capacity);
  };
  const auto compute = [&]<Index First, Index Last>(IndexConstant<First> first, IndexConstant<Last> last) {
    constexpr auto sources = trace::template sources<First>;
    const auto inputs = [&]<std::size_t... K>(std::index_sequence<K...>) {
      return std::array<const Element*, sources.size()>{output(IndexConstant<sources[K]>{})...};
    }
    (std::make_index_sequence<sources.size()>{});
    run(first, last, inputs, arena + Plan::template offset<Last>(capacity),
        arena + Plan::template scratch_offset<First>(capacity));
  };
  Index computed_already = 0;
  trace::for_each_layer([&]<Index I>(IndexConstant<I> layer) {
    if constexpr (!Plan::template skips<I>) {
      constexpr Index merged = Plan::template merged_with<I>;
      if (I == computed_already) {
        return;
      }
      if (merged != I && merges(layer)) {
        compute(layer, IndexConstant<merged>{});
        computed_already = merged;
      } else {
        compute(layer, layer);
      }
    }
  });
  return output(IndexConstant<trace::layer_count - 1>{});
}

}  // namespace detail

}  // namespace qnn
