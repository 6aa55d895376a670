// SPDX-License-Identifier: MIT
/// @file
/// Pooling of codes as kernels for an instruction set see it: pointers and numbers, no types of networks.
#pragma once

#include "qnn/config.hpp"
#include "qnn/kernels/vector/pooling.hpp"
#include "qnn/numeric/rounding.hpp"

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace qnn::kernels::vector {

/// y = the largest, or the mean, of what lies in the image under each window, channel by channel.
template <class Code>
struct PoolJob {
  Pooling pooling;
  const Code* x;
  Code* y;
};

/// The part of the image under one window.
template <class Code>
struct Pool {
  const Code* x;  ///< its first pixel
  Index rows, columns, row_step, column_step;

  Pool(const PoolJob<Code>& job, Index out_row, Index out_column) {
    const Pooling::Part part = job.pooling.window(out_row, out_column);
    x = job.x + part.offset;
    rows = part.rows;
    columns = part.columns;
    column_step = job.pooling.channels;
    row_step = job.pooling.width * column_step;
  }
  Index count() const { return rows * columns; }
  /// Channel 0 of the last pixel.
  const Code* last() const { return x + (rows - 1) * row_step + (columns - 1) * column_step; }
  Code at(Index pixel, Index channel) const {
    return x[pixel / columns * row_step + pixel % columns * column_step + channel];
  }
};

/// One channel of what kernels pool many of at once: for pixels with too few. The same code for every instruction set.
template <class Code>
QNN_NOINLINE Code largest_of_channel(const Pool<Code>& pool, Index channel) {
  Code largest = pool.x[channel];
  for (Index i = 1; i < pool.count(); ++i) {
    largest = std::max(largest, pool.at(i, channel));
  }
  return largest;
}
template <class Code>
QNN_NOINLINE Code mean_of_channel(const Pool<Code>& pool, Index channel) {
  std::int64_t sum = 0;
  for (Index i = 0; i < pool.count(); ++i) {
    sum += pool.at(i, channel);
  }
  return static_cast<Code>(divide_round_half_even(sum, pool.count()));
}

/// The most pixels whose codes are summed up in 32 bits.
template <class Code>
inline constexpr Index most_summed = sizeof(Code) == 1 ? (Index{1} << 23) - 1 : (Index{1} << 16) - 1;

/// The most pixels for which the quotient of floats, rounded half to even, is the quotient rounded half to even.
///
/// With b bits in a code, a sum of n codes is exact in float where n 2^b <= 2^24. A tie, a quotient of k + 1/2, is a
/// float itself, so that the division gives it exactly. Any other quotient s / n differs from each tie by |2 s - n (2 k
/// + 1)| / (2 n) >= 1 / (2 n). Dividing rounds by at most half a unit in the last place, 2^(b-25) for quotients up to
/// 2^b, which is less than 1 / (2 n) where n < 2^(24-b): no quotient comes to lie on a tie or beyond it. Signed codes
/// have one bit less before their sign.
template <class Code>
inline constexpr Index most_divided = (Index{1} << (24 - 8 * Index{sizeof(Code)} + (std::is_signed_v<Code> ? 1 : 0))) -
                                      1;

}  // namespace qnn::kernels::vector
