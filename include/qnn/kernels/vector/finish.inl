// SPDX-License-Identifier: MIT
/// @file
/// From the sums of a tile to its codes. Included by linear.inl.

/// The part of a layer that one tile computes.
template <class Code, class Accumulator>
struct Place {
  const Job<Code, Accumulator>& job;
  Index channel, units;  ///< of the sums
  Index count, merged;   ///< outputs, and the rows that make one: their largest
  Code* y;
};

/// 8-bit codes. @param sums [row][unit][channel]  @param input_sums of each row; read where weights have a zero point
template <class Policy, class Code>
void finish(const Place<Code, std::int32_t>& place, const std::int32_t* sums, const std::int32_t* input_sums) {
  const Output<std::int32_t>& output = place.job.output;
  const Integers zero_point = splat(output.zero_point);
  const Integers lowest = splat(output.lowest - output.zero_point);
  const Integers highest = splat(output.highest - output.zero_point);
  for (Index unit = 0; unit < place.units; ++unit) {
    const Index first = place.channel + unit * unit_channels;
    const Index stored = std::min(place.job.channels - first, unit_channels);
    if (stored <= 0) {
      break;
    }
    Multipliers<Policy> multipliers;
    multipliers.load_from(output.mantissa + first, output.exponent + first);
    const Integers bias = load(output.bias + first);
    for (Index row = 0; row < place.count; ++row) {
      Integers largest = bias;
      for (Index merged = 0; merged < place.merged; ++merged) {
        const Index source = row * place.merged + merged;
        Integers sum = add(load(sums + (source * place.units + unit) * unit_channels), bias);
        if (output.weight_zero_point != nullptr) {
          sum = subtract(sum, multiply(load(output.weight_zero_point + first), splat(input_sums[source])));
        }
        largest = merged == 0 ? sum : larger(largest, sum);
      }
      store(add(multipliers.apply(largest, lowest, highest), zero_point), place.y + row * place.job.y_step + first,
            stored);
    }
  }
}

#if QNN_HAS_X86_KERNELS
/// The same for 16-bit codes, whose sums have 64 bits.
template <class Policy, class Code>
void finish(const Place<Code, std::int64_t>& place, const std::int64_t* sums, const std::int64_t* input_sums) {
  const Output<std::int64_t>& output = place.job.output;
  for (Index unit = 0; unit < place.units; ++unit) {
    const Index first = place.channel + unit * unit_channels;
    const Index stored = std::min(place.job.channels - first, unit_channels);
    for (Index row = 0; row < place.count && stored > 0; ++row) {
      std::int64_t largest[static_cast<std::size_t>(unit_channels)];
      for (Index merged = 0; merged < place.merged; ++merged) {
        const Index source = row * place.merged + merged;
        for (Index i = 0; i < unit_channels; ++i) {
          std::int64_t sum = sums[(source * place.units + unit) * unit_channels + i] + output.bias[first + i];
          if (output.weight_zero_point != nullptr) {
            sum -= output.weight_zero_point[first + i] * input_sums[source];
          }
          largest[i] = merged == 0 ? sum : std::max(largest[i], sum);
        }
      }
      finish_words<Policy>(largest, output, first, place.y + row * place.job.y_step + first, stored);
    }
  }
}
#endif
