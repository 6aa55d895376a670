// SPDX-License-Identifier: MIT
/// @file
/// Places in one piece of memory for blocks that live at different times.
#pragma once

#include "qnn/core/shape.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace qnn {

/// A block of memory that is needed from step `first` to step `last`, both included.
struct MemoryBlock {
  Index size = 0, first = 0, last = 0;

  constexpr bool meets(const MemoryBlock& other) const { return first <= other.last && other.first <= last; }
};

/// Where each block lies, and how much memory they need together.
template <std::size_t Count>
struct MemoryPlan {
  std::array<Index, Count> offset{};
  Index size = 0;
};

/// The size of what lives at the step that needs the most: no plan is smaller.
template <std::size_t Count>
constexpr Index peak_memory(const std::array<MemoryBlock, Count>& blocks) {
  Index peak = 0;
  for (const MemoryBlock& at : blocks) {
    Index living = 0;
    for (const MemoryBlock& block : blocks) {
      living += block.first <= at.first && at.first <= block.last ? block.size : 0;
    }
    peak = std::max(peak, living);
  }
  return peak;
}

namespace detail {

/// Blocks that have their places, the lowest first.
template <std::size_t Count>
class MemoryPlanner {
 public:
  constexpr explicit MemoryPlanner(const std::array<MemoryBlock, Count>& blocks) : blocks_(blocks) {}
  constexpr const MemoryPlan<Count>& plan() const { return plan_; }

  /// The lowest place from `offset` on that is free while the block lives.
  constexpr Index lowest_place(std::size_t block, Index offset) const {
    for (std::size_t i = 0; i < placed_; ++i) {
      const std::size_t other = by_offset_[i];
      const Index end = plan_.offset[other] + blocks_[other].size;
      if (blocks_[other].meets(blocks_[block]) && plan_.offset[other] < offset + blocks_[block].size && end > offset) {
        offset = end;
      }
    }
    return offset;
  }
  constexpr void place(std::size_t block, Index offset) {
    plan_.offset[block] = offset;
    plan_.size = std::max(plan_.size, offset + blocks_[block].size);
    std::size_t at = placed_++;
    for (; at > 0 && plan_.offset[by_offset_[at - 1]] > offset; --at) {
      by_offset_[at] = by_offset_[at - 1];
    }
    by_offset_[at] = block;
  }

 private:
  const std::array<MemoryBlock, Count>& blocks_;
  MemoryPlan<Count> plan_;
  std::array<std::size_t, Count> by_offset_{};
  std::size_t placed_ = 0;
};

/// The numbers of all blocks that take memory, in an order.
template <std::size_t Count, class Before>
constexpr std::size_t sort_blocks(const std::array<MemoryBlock, Count>& blocks, std::array<std::size_t, Count>& order,
                                  Before&& before) {
  std::size_t used = 0;
  for (std::size_t i = 0; i < Count; ++i) {
    if (blocks[i].size > 0) {
      order[used++] = i;
    }
  }
  std::sort(order.begin(), order.begin() + static_cast<Index>(used), [&](std::size_t a, std::size_t b) {
    return before(blocks[a], blocks[b]) || (!before(blocks[b], blocks[a]) && a < b);
  });
  return used;
}

}  // namespace detail

/// Blocks that meet in time lie apart. Tries two orders and takes the plan that needs less memory; the best plan is
/// NP-hard to find.
///
/// As they come to life, at the bottom or at the top of peak_memory, or else at the lowest free place: a chain of
/// tensors alternates between both ends and needs no more than the peak. And the largest first, each at the lowest free
/// place, which does well where many live at once (Pisarchyk, Lee, "Efficient memory management for deep neural net
/// inference", 2020). O(Count^2).
template <std::size_t Count>
constexpr MemoryPlan<Count> plan_memory(const std::array<MemoryBlock, Count>& blocks) {
  std::array<std::size_t, Count> order{};
  const std::size_t used =
      detail::sort_blocks(blocks, order, [](const MemoryBlock& a, const MemoryBlock& b) { return a.first < b.first; });
  const Index peak = peak_memory(blocks);
  detail::MemoryPlanner<Count> by_time(blocks);
  for (std::size_t i = 0; i < used; ++i) {
    const Index top = peak - blocks[order[i]].size, lowest = by_time.lowest_place(order[i], 0);
    by_time.place(order[i], lowest > 0 && by_time.lowest_place(order[i], top) == top ? top : lowest);
  }
  if (by_time.plan().size == peak) {
    return by_time.plan();
  }
  detail::sort_blocks(blocks, order, [](const MemoryBlock& a, const MemoryBlock& b) { return a.size > b.size; });
  detail::MemoryPlanner<Count> by_size(blocks);
  for (std::size_t i = 0; i < used; ++i) {
    by_size.place(order[i], by_size.lowest_place(order[i], 0));
  }
  return by_size.plan().size < by_time.plan().size ? by_size.plan() : by_time.plan();
}

}  // namespace qnn
