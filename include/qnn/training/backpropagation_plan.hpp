// SPDX-License-Identifier: MIT
/// @file
/// Where the activations and gradients of a pass forward and back lie.
#pragma once

#include "qnn/network/memory_plan.hpp"
#include "qnn/network/parameters.hpp"
#include "qnn/network/stage.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace qnn {

/// The memory of a Backpropagation, for one example; for several at once everything is as many times as large.
template <class Architecture>
class BackpropagationPlan {
  using trace = Trace<Architecture>;
  template <Index I>
  using layer = typename trace::template layer<I>;
  template <Index I>
  using machine = typename trace::template machine<Float32, I>;

 public:
  static constexpr auto layers = static_cast<std::size_t>(trace::layer_count);

 private:
  /// What the plans below need to know of each layer.
  struct Facts {
    Index size = 0, parameters = 0, source = 0;
    bool in_place = false, is_identity = false, reads_output = false;
  };
  static constexpr std::array<Facts, layers> facts = [] {
    std::array<Facts, layers> all{};
    all[0].size = trace::input::size;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      all[I] = {trace::template shape<I>::size, parameter_count(machine<I>::parameters),
                trace::template source<I>,      detail::is_in_place<layer<I>>,
                detail::is_identity<layer<I>>,  detail::reads_output<layer<I>>};
    });
    return all;
  }();

 public:
  /// The layer whose memory holds the output of each layer. A layer writes over its input where nobody else reads that,
  /// and no backward pass reads it as its y.
  static constexpr std::array<std::size_t, layers> memory_of = [] {
    std::array<std::size_t, layers> memory{};
    std::array<bool, layers> is_read{};  // as the y of a backward pass
    for (std::size_t i = 0; i < layers; ++i) {
      const auto source = static_cast<std::size_t>(facts[i].source);
      const bool alone = i > 0 && trace::readers[source] == 1;
      const bool shares = facts[i].in_place && alone && (facts[i].is_identity || !is_read[source]);
      memory[i] = shares ? memory[source] : i;
      is_read[i] = facts[i].reads_output || (shares && is_read[source]);
    }
    return memory;
  }();

 private:
  template <Index I>
  static constexpr bool in_place = memory_of[I] != static_cast<std::size_t>(I);

 public:
  /// Whether parameters stand at or before each layer: whether the gradient of its output is of use.
  static constexpr std::array<bool, layers> leads_to_parameters = [] {
    std::array<bool, layers> leads{};
    trace::for_each_connection([&](Index from, Index to) {
      const auto at = static_cast<std::size_t>(to);
      leads[at] = leads[at] || facts[at].parameters > 0 || leads[static_cast<std::size_t>(from)];
    });
    return leads;
  }();

  /// Whether layer I is an activation that the layer directly before it applies, in the same memory.
  template <Index I>
  static constexpr bool is_applied_before = [] {
    using stages = Stages<Architecture>;
    constexpr Index before = trace::template source<I>;
    return detail::is_activation<layer<I>> && stages::template is_fused<I> && stages::template end<before> == I &&
           stages::template normalization<before> == before && in_place<I>;
  }();
  /// What layer I applies on behalf of the activation behind it.
  template <Index I>
  static constexpr Clamp clamp = [] {
    constexpr Index end = Stages<Architecture>::template end<I>;
    if constexpr (end != I) {
      if constexpr (trace::template source<end> == I && is_applied_before<end>) {
        return layer<end>::clamp;
      }
    }
    return Clamp{};
  }();

  /// First element of the output of each layer, for one example, and behind the last one the number of all.
  static constexpr std::array<Index, layers + 1> offsets = [] {
    std::array<Index, layers + 1> all{};
    Index end = 0;
    for (std::size_t i = 0; i < layers; ++i) {
      all[i] = memory_of[i] == i ? end : all[memory_of[i]];
      end += memory_of[i] == i ? facts[i].size : 0;
    }
    all[layers] = end;
    return all;
  }();
  static constexpr Index activations_size = offsets[layers];

  /// Where the gradient of each layer's output lies, for one example; behind these, memory for gradients that are added
  /// to what other readers of the same output gave.
  static constexpr MemoryPlan<2 * layers> gradients = [] {
    std::array<MemoryBlock, 2 * layers> blocks{};
    for (std::size_t i = 0; i < layers; ++i) {
      if (memory_of[i] == i) {
        blocks[i] = {facts[i].size, static_cast<Index>(i), static_cast<Index>(i)};
      }
    }
    trace::for_each_connection([&](Index from, Index to) {
      MemoryBlock& block = blocks[memory_of[static_cast<std::size_t>(from)]];
      block.last = std::max(block.last, to);
      if (trace::readers[static_cast<std::size_t>(from)] > 1) {
        MemoryBlock& added = blocks[layers + static_cast<std::size_t>(to)];
        added = {std::max(added.size, facts[static_cast<std::size_t>(from)].size), to, to};
      }
    });
    blocks[memory_of[layers - 1]].last = trace::layer_count;
    return plan_memory(blocks);
  }();
  /// The last layer in the list that reads the output of layer I: the first whose gradient comes back to it.
  static constexpr std::array<Index, layers> last_reader = [] {
    std::array<Index, layers> readers{};
    trace::for_each_connection([&](Index from, Index to) { readers[static_cast<std::size_t>(from)] = to; });
    return readers;
  }();

  /// Floats that the hungriest layer needs, forward or back.
  static constexpr Index scratch_size = [] {
    Index largest = 0;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      largest = std::max({largest, machine<I>::scratch, machine<I>::backward_scratch});
    });
    return largest;
  }();
};

}  // namespace qnn
