// SPDX-License-Identifier: MIT
/// @file
/// From the sums of a tile to its codes. Included by linear.inl.

/// The part of a layer that one tile computes.
template <class Code, class Accumulator>
struct Place {
  const Job<Code, Accumulator>& job;
  Index channel, units;           ///< of the sums
  Index count;                    ///< rows
  const Accumulator* input_sums;  ///< of each row; null where weights have no zero point
  Code* y;
};

/// 8-bit codes of the first `stored` channels of one unit, from a row on. @param sums [row][unit][channel], with the
/// bias
template <class Policy, class Code>
QNN_ALWAYS_INLINE void finish_unit(const Place<Code, std::int32_t>& place, const std::int32_t* sums, Index unit,
                                   Index stored, Index first_row) {
  const Output<std::int32_t>& output = place.job.output;
  const Index first = place.channel + unit * unit_channels;
  const Integers zero_point = splat(output.zero_point);
  const Integers lowest = splat(output.lowest - output.zero_point);
  const Integers highest = splat(output.highest - output.zero_point);
  Multipliers<Policy> multipliers;
  multipliers.load_from(output.mantissa + first, output.exponent + first);
  for (Index row = first_row; row < place.count; ++row) {
    Integers sum = load(sums + (row * place.units + unit) * unit_channels);
    if (place.input_sums != nullptr) {
      sum = subtract(sum, multiply(load(output.weight_zero_point + first), splat(place.input_sums[row])));
    }
    const Integers scaled = smaller(larger(multipliers.apply(sum, lowest, highest), lowest), highest);
    store(add(scaled, zero_point), place.y + row * place.job.y_step + first, stored);
  }
}

/// Whether sums can be finished four registers at a time: nothing is left to subtract from them, and their codes are
/// neighbours, being those of four units of a row, or of rows of fewer that are all the channels there are.
template <class Code>
QNN_ALWAYS_INLINE bool has_neighbours(const Place<Code, std::int32_t>& place) {
  const Index channels = place.units * unit_channels;
  if (place.input_sums != nullptr) {
    return false;
  }
  return place.units == 4 ? place.job.channels - place.channel >= channels
                          : place.job.channels == channels && place.job.y_step == channels;
}

/// 8-bit codes, four registers of them at a time; there are 1, 2 or 4 units, so that nothing needs a division. Returns
/// how many rows are done. @pre has_neighbours(place)
template <class Policy, class Code>
QNN_ALWAYS_INLINE Index finish_fours(const Place<Code, std::int32_t>& place, const std::int32_t* sums) {
  const Output<std::int32_t>& output = place.job.output;
  const Integers lowest = splat(output.lowest - output.zero_point);
  const Integers highest = splat(output.highest - output.zero_point);
  const FourToOne<Code> codes(output);
  Multipliers<Policy> multipliers[4];
  QNN_UNROLL for (Index unit = 0; unit < 4; ++unit) {
    const Index first = place.channel + (unit & (place.units - 1)) * unit_channels;
    multipliers[unit].load_from(output.mantissa + first, output.exponent + first);
  }
  Code* y = place.y + place.channel;
  const Index together = place.units == 4 ? 1 : place.units == 2 ? 2 : 4;
  const Index rows = place.count & -together;
  for (Index row = 0; row < rows; row += together, sums += 4 * unit_channels, y += together * place.job.y_step) {
    Integers scaled[4];
    QNN_UNROLL for (Index unit = 0; unit < 4; ++unit) {
      scaled[unit] = multipliers[unit].apply(load(sums + unit * unit_channels), lowest, highest);
    }
    codes.store(scaled[0], scaled[1], scaled[2], scaled[3], y);
  }
  return rows;
}

/// 8-bit codes. @param sums [row][unit][channel], with the bias
template <class Policy, class Code>
QNN_NOINLINE void finish(const Place<Code, std::int32_t>& place, const std::int32_t* sums) {
  Index done = 0;
  if constexpr (tile_units == 4) {
    if (has_neighbours(place)) {
      done = finish_fours<Policy>(place, sums);
    }
  }
  if (done == place.count) {
    return;
  }
  for (Index unit = 0; unit < place.units; ++unit) {
    const Index stored = std::min(place.job.channels - place.channel - unit * unit_channels, unit_channels);
    if (stored > 0) {
      finish_unit<Policy>(place, sums, unit, stored, done);
    }
  }
}

/// The same for 16-bit codes, whose sums have 64 bits.
template <class Policy, class Code>
void finish(const Place<Code, std::int64_t>& place, const std::int64_t* sums) {
  const Output<std::int64_t>& output = place.job.output;
  for (Index unit = 0; unit < place.units; ++unit) {
    const Index first = place.channel + unit * unit_channels;
    const Index stored = std::min(place.job.channels - first, unit_channels);
    const FinishWords<Policy> finish_words{output, first};
    for (Index row = 0; row < place.count && stored > 0; ++row) {
      const std::int64_t* complete = sums + (row * place.units + unit) * unit_channels;
      std::int64_t without_zero_points[static_cast<std::size_t>(unit_channels)];
      if (place.input_sums != nullptr) {
        for (Index i = 0; i < unit_channels; ++i) {
          without_zero_points[i] = complete[i] - output.weight_zero_point[first + i] * place.input_sums[row];
        }
        complete = without_zero_points;
      }
      finish_words(complete, place.y + row * place.job.y_step + first, stored);
    }
  }
}
