// SPDX-License-Identifier: MIT
#include "qnn/network/memory_plan.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace memory_plan_test {
namespace {

using namespace qnn;

// Two neighbours of a chain at a time: as much as the largest pair, 30 + 20.
constexpr std::array<MemoryBlock, 4> chain{{{10, 0, 1}, {30, 1, 2}, {20, 2, 3}, {5, 3, 4}}};
static_assert(plan_memory(chain).size == 50);
// One that lives throughout lies beside all others.
constexpr std::array<MemoryBlock, 4> throughout{{{8, 0, 9}, {10, 0, 1}, {10, 2, 3}, {12, 4, 5}}};
static_assert(plan_memory(throughout).size == 20);
// Nothing has no place to take.
static_assert(plan_memory(std::array<MemoryBlock, 2>{{{0, 0, 5}, {7, 2, 3}}}).size == 7);
static_assert(plan_memory(std::array<MemoryBlock, 0>{}).size == 0);

template <std::size_t Count>
std::array<MemoryBlock, Count> random_blocks(Random& random) {
  std::array<MemoryBlock, Count> blocks;
  for (MemoryBlock& block : blocks) {
    block.size = random.below(50);
    block.first = random.below(20);
    block.last = block.first + random.below(6);
  }
  return blocks;
}

}  // namespace

TEST_CASE("blocks that meet in time lie apart, within the plan") {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const auto blocks = random_blocks<24>(random);
    const auto plan = plan_memory(blocks);
    CHECK(plan.size >= peak_memory(blocks));
    CHECK(plan.size <= 2 * peak_memory(blocks));
    Index collisions = 0, outside = 0;
    for (std::size_t a = 0; a < blocks.size(); ++a) {
      outside += plan.offset[a] < 0 || plan.offset[a] + blocks[a].size > plan.size ? 1 : 0;
      for (std::size_t b = a + 1; b < blocks.size(); ++b) {
        const bool overlap = plan.offset[a] < plan.offset[b] + blocks[b].size &&
                             plan.offset[b] < plan.offset[a] + blocks[a].size && blocks[a].size > 0 &&
                             blocks[b].size > 0;
        collisions += overlap && blocks[a].meets(blocks[b]) ? 1 : 0;
      }
    }
    CHECK(collisions == 0);
    CHECK(outside == 0);
  }
}

TEST_CASE("a chain of tensors, with scratch for each step, needs no more than its neediest step") {
  Random random(2);
  for (int i = 0; i < 300; ++i) {
    std::array<MemoryBlock, 24> blocks;
    for (std::size_t k = 0; k < blocks.size() / 2; ++k) {
      const auto step = static_cast<Index>(k);
      blocks[k] = {1 + random.below(100), step, step + 1};
      blocks[k + blocks.size() / 2] = {random.below(50), step, step};
    }
    CHECK(plan_memory(blocks).size == peak_memory(blocks));
  }
}

}  // namespace memory_plan_test
