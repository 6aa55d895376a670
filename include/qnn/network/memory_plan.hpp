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

/// Blocks that meet in time lie apart. The largest first, each at the lowest place that is free while it lives. For
/// chains of layers that is as little memory as the step that needs the most; in general the problem is NP-hard.
/// O(Count^2). Source: Pisarchyk, Lee, "Efficient memory management for deep neural net inference", 2020 (greedy by size).
template <std::size_t Count>
constexpr MemoryPlan<Count> plan_memory(const std::array<MemoryBlock, Count>& blocks) {
  std::array<std::size_t, Count> by_size{}, by_offset{};
  for (std::size_t i = 0; i < Count; ++i) {
    by_size[i] = i;
  }
  std::sort(by_size.begin(), by_size.end(), [&](std::size_t a, std::size_t b) {
    return blocks[a].size != blocks[b].size ? blocks[a].size > blocks[b].size : a < b;
  });
  MemoryPlan<Count> plan;
  std::size_t placed = 0;
  for (const std::size_t block : by_size) {
    if (blocks[block].size == 0) {
      break;
    }
    Index offset = 0;
    for (std::size_t i = 0; i < placed; ++i) {
      const std::size_t other = by_offset[i];
      if (blocks[other].meets(blocks[block]) && plan.offset[other] < offset + blocks[block].size) {
        offset = std::max(offset, plan.offset[other] + blocks[other].size);
      }
    }
    plan.offset[block] = offset;
    plan.size = std::max(plan.size, offset + blocks[block].size);
    std::size_t at = placed++;
    for (; at > 0 && plan.offset[by_offset[at - 1]] > offset; --at) {
      by_offset[at] = by_offset[at - 1];
    }
    by_offset[at] = block;
  }
  return plan;
}

}  // namespace qnn
