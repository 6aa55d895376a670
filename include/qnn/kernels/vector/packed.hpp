// SPDX-License-Identifier: MIT
/// @file
/// Weights and multipliers in the order that vector kernels read them (job.hpp). Packed once, when a network is
/// prepared; the codes as they are saved and inspected stay where they were.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/aligned.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/scheme/precision.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace qnn::kernels::vector {

/// What is added to each input code where it does not stay as it is (job.hpp: Form), because x86 multiplies unsigned
/// inputs with signed weights, and Arm signed ones. The bias takes it back: sum x w = sum (x + offset) w - offset sum
/// w. 16-bit inputs are split, or have their high bytes beside them, with an offset of their own (lowering.inl).
template <class Code>
inline constexpr std::int32_t input_offset = QNN_HAS_X86_KERNELS ? (std::same_as<Code, std::int8_t> ? 128 : 0)
                                                                 : (std::same_as<Code, std::uint8_t> ? -128 : 0);

/// The same for the high bytes of 16-bit inputs.
inline constexpr std::int32_t high_byte_offset = QNN_HAS_X86_KERNELS ? 128 : 0;

/// A multiplier as kernels keep it, and whether they can: see multipliers.inl for how each policy is computed.
struct PackedMultiplier {
  bool fits;
  std::int32_t mantissa, exponent;
};
/// Real multipliers below 1/4, as those of networks are: the term that rounds lies in the upper word of the product.
constexpr PackedMultiplier pack(IntegerMultiplier, FixedPointMultiplier m) {
  return {m.shift >= 33, m.mantissa, m.shift - 32};
}
constexpr PackedMultiplier pack(FloatScale, float m) { return {true, std::bit_cast<std::int32_t>(m), 0}; }
constexpr PackedMultiplier pack(DoubleRounding, DoubleRounding::Multiplier m) { return {true, m.mantissa, m.exponent}; }
constexpr PackedMultiplier pack(PowerOfTwoShift, PowerOfTwoShift::Multiplier m) {
  return {m.shift >= 1 && m.shift <= 31, m.shift, 0};
}
/// For channels whose sum is 0 whatever the inputs: every multiplier gives 0, so take one that fits every policy.
inline constexpr PackedMultiplier any_multiplier{true, 1, 1};

/// The multiplier that was packed.
constexpr FixedPointMultiplier unpack(IntegerMultiplier, std::int32_t mantissa, std::int32_t exponent) {
  return {mantissa, exponent + 32};
}
constexpr float unpack(FloatScale, std::int32_t mantissa, std::int32_t) { return std::bit_cast<float>(mantissa); }
constexpr PowerOfTwoShift::Multiplier unpack(PowerOfTwoShift, std::int32_t mantissa, std::int32_t) {
  return {mantissa};
}

/// The policies that kernels know; one derived from them rounds as it likes.
template <class Policy>
inline constexpr bool is_vectorized = std::same_as<Policy, IntegerMultiplier> || std::same_as<Policy, FloatScale> ||
                                      std::same_as<Policy, DoubleRounding> || std::same_as<Policy, PowerOfTwoShift>;

/// Whether there are vector kernels for a precision: one of the four policies, and either 8-bit codes with 32-bit sums
/// or 16-bit activations with 64-bit sums.
template <class P>
inline constexpr bool has_kernels = QNN_HAS_VECTOR_KERNELS&& is_vectorized<typename P::requantization> &&
                                    (sizeof(typename P::activation) == 1 ? sizeof(typename P::weights::code) == 1 &&
                                                                               sizeof(typename P::accumulator) == 4
                                                                         : sizeof(typename P::accumulator) == 8);

/// Steps of `runs` runs of `run_length` codes each; every run begins with a step of its own.
constexpr Index steps_of(Index runs, Index run_length, Index code_bytes) {
  return runs * ((run_length * code_bytes + step_bytes - 1) / step_bytes);
}

/// Where the bytes of a channel begin in packed weights of so many steps, and bytes from one of its steps to the next.
struct LanePlace {
  Index offset, step_size;
};
constexpr LanePlace lane_place(Index channels, Index channel, Index panel_blocks, Index steps) {
  const Index block = channel / block_channels, panel = block / panel_blocks;
  const Index width = std::min(panel_blocks, blocks_of(channels) - panel * panel_blocks);
  return {panel * panel_blocks * steps * block_bytes + block % panel_blocks * block_bytes +
              channel % block_channels * step_bytes,
          width * block_bytes};
}

/// Writes the code that `weight(channel, position in the sum)` gives to its place in `packed`, in the bytes of a
/// `Word`, the lowest first. The gaps keep their 0.
template <class Word, class Weight>
QNN_COLD constexpr void pack_weights(Index channels, Index runs, Index run_length, Index panel_blocks, Weight&& weight,
                                     std::int8_t* packed) {
  constexpr Index bytes = sizeof(Word);
  const Index run_steps = steps_of(1, run_length, bytes), steps = runs * run_steps;
  for (Index channel = 0; channel < channels; ++channel) {
    const LanePlace lane = lane_place(channels, channel, panel_blocks, steps);
    std::int8_t* const start = packed + lane.offset;
    for (Index run = 0; run < runs; ++run) {
      for (Index i = 0; i < run_length; ++i) {
        const auto code = static_cast<std::uint16_t>(weight(channel, run * run_length + i));
        for (Index byte = 0; byte < bytes; ++byte) {
          const Index at = i * bytes + byte;
          start[(run * run_steps + at / step_bytes) * lane.step_size + at % step_bytes] =
              static_cast<std::int8_t>(static_cast<std::uint8_t>(code >> (8 * byte)));
        }
      }
    }
  }
}

/// The high byte of a weight: w / 256, rounded to the nearest that there is.
constexpr std::int32_t high_byte(std::int32_t weight) { return std::min((weight + 128) >> 8, 127); }
/// How far x w can be from its estimate, for any x of 16 bits: from 0 by 2^15 |w|; with high bytes from 2^16 times
/// their product by 2^15 |w - 256 high_byte(w)| + 255 |w|. At least 2^15, which x itself can be: the sums of inputs run
/// over the same spans.
struct WordError {
  bool has_high_bytes;
  constexpr std::int64_t operator()(std::int32_t weight) const {
    const std::int64_t rest = has_high_bytes ? weight - 256 * high_byte(weight) : weight;
    const std::int64_t size = has_high_bytes ? weight : 0;
    return std::max<std::int64_t>((rest < 0 ? -rest : rest) * 32768 + (size < 0 ? -size : size) * 255, 32768);
  }
};
static_assert(least_span_steps * step_bytes * WordError{true}(32767) < std::int64_t{1} << 31, "for the largest of all");

/// Whether spans of so many steps end before the sum of errors is 2^31.
template <class Weight>
QNN_COLD constexpr bool fits_span(Index channels, Index runs, Index run_length, Index span_steps, Weight&& weight,
                                  WordError error_of) {
  const Index run_steps = steps_of(1, run_length, 1);
  for (Index channel = 0; channel < channels; ++channel) {
    std::int64_t error = 0;
    for (Index step = 0; step < runs * run_steps; ++step) {
      const Index run = step / run_steps, in_run = step % run_steps * step_bytes;
      error = step % span_steps == 0 ? 0 : error;
      for (Index i = in_run; i < std::min(run_length, in_run + step_bytes); ++i) {
        error += error_of(weight(channel, run * run_length + i));
      }
      if (error >= std::int64_t{1} << 31) {
        return false;
      }
    }
  }
  return true;
}
/// How sums of 16-bit products are made up of spans (accumulate_whole_words.inl).
struct Spans {
  Index steps;          ///< of high bytes
  bool has_high_bytes;  ///< small weights, as those of 8 bits are, need none
};
/// As few as fit: one, or halves of halves.
template <class Weight>
QNN_COLD constexpr Spans spans_of(Index channels, Index runs, Index run_length, Weight&& weight) {
  const Index steps = steps_of(runs, run_length, 1);
  const WordError error{!fits_span(channels, runs, run_length, least_span_steps, weight, WordError{false})};
  Index span = steps;
  while (span > least_span_steps && !fits_span(channels, runs, run_length, span, weight, error)) {
    span = std::max((span + 1) / 2, least_span_steps);
  }
  return {span, error.has_high_bytes};
}

/// Writes the high bytes of the same weights to theirs, and what takes the offset of the inputs back to the start of
/// each span. The gaps keep their 0. @param packed blocks of with_span_starts(steps_of(runs, run_length, 1),
/// span_steps) steps
template <class Weight>
QNN_COLD constexpr void pack_high_bytes(Index channels, Index runs, Index run_length, Index panel_blocks,
                                        Index span_steps, Weight&& weight, std::int8_t* packed) {
  const Index run_steps = (run_length + step_bytes - 1) / step_bytes, steps = runs * run_steps;
  for (Index channel = 0; channel < channels; ++channel) {
    const LanePlace lane = lane_place(channels, channel, panel_blocks, with_span_starts(steps, span_steps));
    std::int8_t* const of_channel = packed + lane.offset;
    for (Index first = 0; first < steps; first += span_steps) {
      std::int8_t* const start = of_channel + with_span_starts(first, span_steps) * lane.step_size;
      std::int32_t sum = 0;
      for (Index step = first; step < std::min(steps, first + span_steps); ++step) {
        std::int8_t* const to = start + (1 + step - first) * lane.step_size;
        const Index run = step / run_steps, in_run = step % run_steps * step_bytes;
        for (Index i = in_run; i < std::min(run_length, in_run + step_bytes); ++i) {
          const std::int32_t high = high_byte(weight(channel, run * run_length + i));
          to[i - in_run] = static_cast<std::int8_t>(high);
          sum += high;
        }
      }
      const auto back = static_cast<std::uint32_t>(-high_byte_offset * sum);
      for (Index byte = 0; byte < step_bytes; ++byte) {
        start[byte] = static_cast<std::int8_t>(static_cast<std::uint8_t>(back >> (8 * byte)));
      }
    }
  }
}

/// Blocks of a panel for the instruction set in use; in a constant expression, which knows none, for the widest.
template <class Word>
constexpr Index panel_blocks_for() {
  if (std::is_constant_evaluated()) {
    return isa::Avx512Vnni::panel_blocks(sizeof(Word));
  }
  return isa::with_tag(isa::active(), [](auto tag) -> Index {
    if constexpr (std::derived_from<decltype(tag), isa::Vector>) {
      return tag.panel_blocks(sizeof(Word));
    } else {
      return 1;
    }
  });
}

/// What follows the sums of a packed layer, for `Lanes` channels: whole blocks of them.
template <class P, Index Lanes>
struct PackedOutput {
  static constexpr bool has_zero_point = P::weights::scheme::has_zero_point;
  using Accumulator = typename P::accumulator;
  template <class T>
  using PerChannel = std::array<T, static_cast<std::size_t>(Lanes)>;

  alignas(alignment) PerChannel<Accumulator> bias{};
  PerChannel<std::int32_t> mantissa{};
  PerChannel<std::int32_t> exponent{};
  std::array<std::int32_t, has_zero_point ? static_cast<std::size_t>(Lanes) : 0> zero_points{};
  std::int32_t zero_point = 0, lowest = 0, highest = 0;
  /// False where a multiplier is out of the kernels' range; the portable loops do the layer then.
  bool fits = false;

  /// Packs what all channels of a QuantizedLinear share. Its channels follow.
  template <class Linear>
  constexpr void pack_stage(const Linear& linear) {
    zero_point = linear.stage.zero_point;
    lowest = linear.stage.codes.lowest;
    highest = linear.stage.codes.highest;
    fits = true;
  }
  /// Packs folded bias and multiplier of one channel of a QuantizedLinear.
  template <class Linear>
  QNN_COLD constexpr void pack_channel(const Linear& linear, Index channel, Index lane) {
    const auto from = static_cast<std::size_t>(channel), to = static_cast<std::size_t>(lane);
    const std::int32_t weight_zero_point = linear.weight.parameters(channel).zero_point;
    if constexpr (has_zero_point) {
      zero_points[to] = weight_zero_point;
    }
    std::int64_t sum = 0;
    bool dead = linear.folded_bias[from] == 0;
    for (Index i = 0; i < Linear::fan_in; ++i) {
      const std::int32_t weight =
          linear.weight.integers()[static_cast<std::size_t>(channel * Linear::fan_in + i)] - weight_zero_point;
      sum += weight;
      dead = dead && weight == 0;
    }
    // Modulo 2^32, as the kernels add: only the complete sum must fit.
    bias[to] = static_cast<Accumulator>(static_cast<std::make_unsigned_t<Accumulator>>(
        linear.folded_bias[from] - input_offset<typename P::activation> * sum));
    const auto group = static_cast<std::size_t>(Linear::WeightGranularity::group_of(channel));
    const PackedMultiplier multiplier =
        dead ? any_multiplier : vector::pack(typename P::requantization{}, linear.stage.multipliers[group]);
    fits = fits && multiplier.fits;
    mantissa[to] = multiplier.mantissa;
    exponent[to] = multiplier.exponent;
  }
};

/// The packed form of a linear layer with `Channels` outputs that each sum over `Runs` runs of `RunLength` codes.
template <class P, Index Channels, Index RunCount, Index RunLength>
struct PackedLinear : PackedOutput<P, blocks_of(Channels) * block_channels> {
  using PackedLinear::PackedOutput::has_zero_point;
  /// Weights are as wide as the activations that they are multiplied with.
  using Word = std::conditional_t<sizeof(typename P::activation) == 1, std::int8_t, std::int16_t>;
  static constexpr Index steps = steps_of(RunCount, RunLength, sizeof(Word));
  static constexpr Index blocks = blocks_of(Channels);

  alignas(alignment) std::array<std::int8_t, static_cast<std::size_t>((blocks + (has_zero_point ? 1 : 0)) * steps *
                                                                      block_bytes)> weights{};
  /// Of the high bytes of 16-bit weights, where some instruction set reads them: room for the shortest spans.
  static constexpr Index high_steps = sizeof(Word) == 2 && QNN_HAS_X86_KERNELS
                                          ? with_span_starts(steps_of(RunCount, RunLength, 1), least_span_steps)
                                          : 0;
  alignas(alignment) std::array<std::int8_t, static_cast<std::size_t>(blocks* high_steps* block_bytes)> high_bytes{};
  /// The bias of inputs without their offset, where they have one.
  static constexpr bool has_plain_bias = input_offset<typename P::activation> != 0;
  alignas(has_plain_bias ? alignment : alignof(typename P::accumulator)) std::array<
      typename P::accumulator, has_plain_bias ? static_cast<std::size_t>(blocks* block_channels) : 0> plain_bias{};
  Index panel_blocks = 1;
  Spans spans{least_span_steps, true};

  /// Packs `Channels` outputs of a QuantizedLinear, the first of which is `first`.
  template <class Linear>
  QNN_COLD constexpr void pack(const Linear& linear, Index first = 0) {
    const auto codes = linear.weight.integers();
    const auto code_at = [&](Index channel, Index position) {
      return codes[static_cast<std::size_t>((first + channel) * Linear::fan_in + position)];
    };
    panel_blocks = panel_blocks_for<Word>();
    weights.fill(0);  // other panels may have left codes where there are gaps now
    pack_weights<Word>(Channels, RunCount, RunLength, panel_blocks, code_at, weights.data());
    if constexpr (has_zero_point) {
      pack_weights<Word>(
          block_channels, RunCount, RunLength, panel_blocks, [](Index, Index) { return std::int8_t{1}; },
          weights.data() + blocks * steps * block_bytes);
    }
    if constexpr (high_steps > 0) {
      high_bytes.fill(0);
      spans = spans_of(Channels, RunCount, RunLength, code_at);
      if (spans.has_high_bytes) {
        pack_high_bytes(Channels, RunCount, RunLength, panel_blocks, spans.steps, code_at, high_bytes.data());
      }
    }
    this->pack_stage(linear);
    for (Index channel = 0; channel < Channels; ++channel) {
      this->pack_channel(linear, first + channel, channel);
      if constexpr (has_plain_bias) {
        plain_bias[static_cast<std::size_t>(channel)] = linear.folded_bias[static_cast<std::size_t>(first + channel)];
      }
    }
  }
};

/// The packed form of a layer whose outputs sum over the inputs of their group: a layer for each.
template <class P, Index Channels, Index Groups, Index RunCount, Index RunLength>
struct PackedGroups {
  static constexpr Index group_channels = Channels / Groups;
  std::array<PackedLinear<P, group_channels, RunCount, RunLength>, static_cast<std::size_t>(Groups)> groups{};
  bool fits = false;

  template <class Linear>
  constexpr void pack(const Linear& linear) {
    fits = true;
    Index first = 0;
    for (auto& group : groups) {
      group.pack(linear, first);
      fits = fits && group.fits;
      first += group_channels;
    }
  }
};

/// What a layer keeps for the kernels: nothing, where they do not compute it.
struct PackNothing {};
/// One sum over all inputs, `RunLength` of which lie side by side.
template <Index RunLength>
struct PackRuns {
  template <class P, Index Channels, Index FanIn>
  using packed = PackedLinear<P, Channels, FanIn / RunLength, RunLength>;
};
/// The same for each of some groups.
template <Index Groups, Index RunLength>
struct PackGroups {
  template <class P, Index Channels, Index FanIn>
  using packed = PackedGroups<P, Channels, Groups, FanIn / RunLength, RunLength>;
};

}  // namespace qnn::kernels::vector
