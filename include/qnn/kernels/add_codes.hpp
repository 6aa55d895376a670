// SPDX-License-Identifier: MIT
/// @file
/// Codes at several scales brought to one and added up: contract and dispatch.
#pragma once

#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/reference/rescale.hpp"
#include "qnn/kernels/vector/run.hpp"
#include "qnn/kernels/vector/sum_job.hpp"

#include <array>
#include <type_traits>

namespace qnn::kernels {

namespace detail {

/// A sum as a job: of one input, it is added to itself 0 times.
template <class Code, std::size_t Count>
constexpr vector::SumJob<Code> sum_job(const CodeSum<Code, Count>& sum, const std::array<const Code*, Count>& x,
                                       Index size, Code* y) {
  return {.x = {x.front(), x.back()},
          .factor = {sum.rescaling.factor[0], Count == 1 ? 0 : sum.rescaling.factor[Count - 1]},
          .offset = sum.offset,
          .shift = sum.rescaling.shift,
          .zero_point = sum.zero_point,
          .lowest = sum.codes.lowest,
          .highest = sum.codes.highest,
          .size = size,
          .y = y};
}

}  // namespace detail

/// y[i] = the code of the sum of x[k][i] over k, for one input or two: see reference::add_codes. O(size)
template <class Code, std::size_t Count>
  requires(Count == 1 || Count == 2)
constexpr void add_codes(const CodeSum<Code, Count>& sum, const std::array<const Code*, Count>& x, Index size,
                         Code* y) {
  if (std::is_constant_evaluated() || isa::active() <= isa::Name::portable ||
      sum.rescaling.shift < vector::smallest_shift<Code>) {
    return reference::add_codes(sum, x, size, y);
  }
  vector::with_active([&](auto tag) { vector::add_codes(tag, detail::sum_job(sum, x, size, y)); });
}

}  // namespace qnn::kernels
