// SPDX-License-Identifier: MIT
/// @file
/// Pooling of codes, a register of channels at a time. Included by linear.inl.

using vector::Pool, vector::PoolJob;

/// Calls body(pool, channel, y) for each `Lanes` channels of each output, and single(pool, channel) for a code of those
/// that it cannot take. The last channels of a pixel are done together with some before them. Where a pixel has fewer
/// than `Lanes`, what follows it is done as well and written anew with its own pixel: as far as memory goes.
template <Index Lanes, class Code, class Body, class Single>
QNN_ALWAYS_INLINE void for_each_pool(const PoolJob<Code>& job, Body&& body, Single&& single) {
  const vector::Pooling& w = job.pooling;
  const Code* const x_end = job.x + w.in_size();
  const Code* const y_end = job.y + w.out_size();
  Code* y = job.y;
  for (Index row = 0; row < w.out_height; ++row) {
    for (Index column = 0; column < w.out_width; ++column, y += w.channels) {
      const Pool<Code> pool(job, row, column);
      if (w.channels >= Lanes || (x_end - pool.last() >= Lanes && y_end - y >= Lanes)) {
        for (Index channel = 0; channel < w.channels; channel += Lanes) {
          const Index first = std::max(std::min(channel, w.channels - Lanes), Index{0});
          body(pool, first, y + first);
        }
      } else {
        for (Index channel = 0; channel < w.channels; ++channel) {
          y[channel] = single(pool, channel);
        }
      }
    }
  }
}

/// The largest code under each window.
template <class Code>
requires Isa::has_own_registers void max_pool(Isa, const PoolJob<Code>& job) {
  for_each_pool<Index{sizeof(Integers)} / Index{sizeof(Code)}>(
      job,
      [](const Pool<Code>& pool, Index channel, Code* y) {
        Integers largest;
        std::memcpy(&largest, pool.x + channel, sizeof largest);
        for (Index row = 0; row < pool.rows; ++row) {
          const Code* x = pool.x + row * pool.row_step + channel;
          for (Index column = 0; column < pool.columns; ++column, x += pool.column_step) {
            Integers codes;
            std::memcpy(&codes, x, sizeof codes);
            largest = larger_codes<Code>(largest, codes);
          }
        }
        std::memcpy(y, &largest, sizeof largest);
      },
      vector::largest_of_channel<Code>);
}

/// The codes of some means: sum / count, rounded half to even.
template <class Code>
QNN_ALWAYS_INLINE void store_means(Integers sums, Index count, Code* y) {
  using Sums32 __attribute__((vector_size(sizeof(Integers)))) = std::int32_t;
  using Reals __attribute__((vector_size(sizeof(Integers)))) = float;
  if (count <= vector::most_divided<Code>) {
    Sums32 numbers;
    std::memcpy(&numbers, &sums, sizeof numbers);
    const Reals reals = __builtin_convertvector(numbers, Reals);
    float values[static_cast<std::size_t>(unit_channels)];
    std::memcpy(values, &reals, sizeof values);
    const Integers lowest = splat(std::numeric_limits<Code>::min()), highest = splat(std::numeric_limits<Code>::max());
    store(divide_and_round(values, static_cast<float>(count), lowest, highest), y, unit_channels);
    return;
  }
  std::int32_t each[static_cast<std::size_t>(unit_channels)];
  std::memcpy(each, &sums, sizeof each);
  for (Index i = 0; i < unit_channels; ++i) {
    y[i] = static_cast<Code>(divide_round_half_even(each[i], count));
  }
}

/// The mean of `Units` registers of channels under a window.
template <Index Units, class Code>
QNN_ALWAYS_INLINE void average(const Pool<Code>& pool, Index channel, Code* y) {
  Integers sums[static_cast<std::size_t>(Units)];
  QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) { sums[unit] = splat(0); }
  for (Index row = 0; row < pool.rows; ++row) {
    const Code* x = pool.x + row * pool.row_step + channel;
    for (Index column = 0; column < pool.columns; ++column, x += pool.column_step) {
      QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
        sums[unit] = add(sums[unit], widen(x + unit * unit_channels));
      }
    }
  }
  QNN_UNROLL for (Index unit = 0; unit < Units; ++unit) {
    store_means(sums[unit], pool.count(), y + unit * unit_channels);
  }
}
template <Index Units, class Code>
QNN_ALWAYS_INLINE void average_pool_by(const PoolJob<Code>& job) {
  for_each_pool<Units * unit_channels>(
      job, [](const Pool<Code>& pool, Index channel, Code* y) { average<Units>(pool, channel, y); },
      vector::mean_of_channel<Code>);
}

/// The mean of the codes under each window, rounded half to even. Several registers at once where there are as many
/// channels: more of a cache line is read while it is there. @pre windows of at most most_summed<Code> pixels
template <class Code>
requires Isa::has_own_registers void average_pool(Isa, const PoolJob<Code>& job) {
  if (job.pooling.channels >= 4 * unit_channels) {
    return average_pool_by<4>(job);
  }
  average_pool_by<1>(job);
}
