// SPDX-License-Identifier: MIT
/// @file
/// Codes to try kernels with.
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/numeric/saturating.hpp"

#include <algorithm>
#include <vector>

namespace qnn {

/// Any code, or only the ends of the range.
template <class Code>
Code draw_code(Random& random, bool extreme) {
  constexpr CodeRange range = full_range<Code>;
  return static_cast<Code>(extreme ? (random.below(2) == 0 ? range.lowest : range.highest)
                                   : range.lowest + random.below(range.highest - range.lowest + 1));
}

/// A quarter of the time, only the ends of the range.
template <class Code>
std::vector<Code> random_codes(Random& random, Index count) {
  std::vector<Code> codes(static_cast<std::size_t>(count));
  const bool extremes = random.below(4) == 0;
  std::generate(codes.begin(), codes.end(), [&] { return draw_code<Code>(random, extremes); });
  return codes;
}

}  // namespace qnn
