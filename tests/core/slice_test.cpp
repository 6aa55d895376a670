// SPDX-License-Identifier: MIT
/// @file
/// Ranges divided into parts.
#include "qnn/core/slice.hpp"

#include "qnn/core/thread_scope.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

namespace slice_test {
namespace {

using namespace qnn;

static_assert(slice_of(10, 3, 0).first == 0 && slice_of(10, 3, 0).count == 3);
static_assert(slice_of(10, 3, 1).first == 3 && slice_of(10, 3, 1).count == 3);
static_assert(slice_of(10, 3, 2).first == 6 && slice_of(10, 3, 2).count == 4);

TEST_CASE("slice_of: the parts cover the range without gaps and differ by one at most") {
  for (Index total = 0; total <= 70; ++total) {
    for (Index parts = 1; parts <= 20; ++parts) {
      Index next = 0, smallest = total, largest = 0;
      for (Index part = 0; part < parts; ++part) {
        const Slice slice = slice_of(total, parts, part);
        REQUIRE(slice.first == next);
        REQUIRE(slice.count >= 0);
        next += slice.count;
        smallest = std::min(smallest, slice.count);
        largest = std::max(largest, slice.count);
      }
      REQUIRE(next == total);
      REQUIRE(largest - smallest <= 1);
    }
  }
  const Index huge = std::numeric_limits<Index>::max() / max_threads;
  const Slice last = slice_of(huge, max_threads, max_threads - 1);
  CHECK(last.first + last.count == huge);
}

}  // namespace

}  // namespace slice_test
