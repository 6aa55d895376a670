// SPDX-License-Identifier: MIT
/// @file
/// A range divided into nearly equal parts.
#pragma once

#include "qnn/core/shape.hpp"

namespace qnn {

/// A contiguous part [first, first + count) of a range.
struct Slice {
  Index first, count;
};

/// Part `part` of `parts` nearly equal parts of [0, total): it depends on the three numbers alone.
constexpr Slice slice_of(Index total, Index parts, Index part) {
  const Index first = total * part / parts;
  return {first, total * (part + 1) / parts - first};
}

}  // namespace qnn
