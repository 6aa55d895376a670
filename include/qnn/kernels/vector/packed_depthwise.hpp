// SPDX-License-Identifier: MIT
/// @file
/// Weights and multipliers of depthwise convolutions in the order that vector kernels read them (depthwise_job.hpp).
#pragma once

#include "qnn/kernels/vector/depthwise_job.hpp"
#include "qnn/kernels/vector/packed.hpp"

namespace qnn::kernels::vector {

/// Writes the weights of a depthwise kernel as one panel. @param weight(channel, kernel row, kernel column)
template <class Weight>
constexpr void pack_depthwise_weights(Index channels, Index kernel_height, Index kernel_width, Weight&& weight,
                                      std::int8_t* packed) {
  const auto code_at = [&](Index channel, Index position) {
    const Index column = position / stripe_rows % kernel_width;
    const Index row = position / stripe_rows / kernel_width * stripe_rows + position % stripe_rows;
    return row < kernel_height ? weight(channel, row, column) : std::int8_t{0};
  };
  pack_weights<std::int8_t>(channels, stripes_of(kernel_height) * kernel_width, stripe_rows, blocks_of(channels),
                            code_at, packed);
}

/// The packed form of a depthwise convolution. @tparam Together  pixels that are multiplied as one
template <class P, Index Channels, Index KernelHeight, Index KernelWidth, Index Together>
struct PackedDepthwise : PackedOutput<P, blocks_of(Channels* Together) * block_channels> {
  using PackedDepthwise::PackedOutput::has_zero_point;
  static constexpr Index steps = stripes_of(KernelHeight) * KernelWidth;
  static constexpr Index blocks = blocks_of(Channels * Together);

  alignas(alignment) std::array<std::int8_t, static_cast<std::size_t>((blocks + (has_zero_point ? 1 : 0)) * steps *
                                                                      block_bytes)> weights{};

  /// Packs a QuantizedLinear of one input for each of its channels.
  template <class Linear>
  constexpr void pack(const Linear& linear) {
    const auto codes = linear.weight.integers();
    const auto code_at = [&](Index lane, Index row, Index column) {
      return static_cast<std::int8_t>(
          codes[static_cast<std::size_t>((lane % Channels * KernelHeight + row) * KernelWidth + column)]);
    };
    pack_depthwise_weights(Channels * Together, KernelHeight, KernelWidth, code_at, weights.data());
    if constexpr (has_zero_point) {
      pack_depthwise_weights(
          block_channels, KernelHeight, KernelWidth, [](Index, Index, Index) { return std::int8_t{1}; },
          weights.data() + blocks * steps * block_bytes);
    }
    this->pack_stage(linear);
    for (Index lane = 0; lane < Channels * Together; ++lane) {
      this->pack_channel(linear, lane % Channels, lane);
    }
  }
};

/// Writes weights of 16 bits. @param weight(channel, kernel element)
template <class Weight>
constexpr void pack_depthwise_words(Index channels, Index elements, Weight&& weight, std::int16_t* packed) {
  for (Index element = 0; element < elements; ++element) {
    for (Index lane = 0; lane < word_lanes(channels); ++lane) {
      *packed++ = weight(lane % channels, element);
    }
  }
}

/// The packed form of a depthwise convolution of 16-bit codes.
template <class P, Index Channels, Index Elements>
struct PackedDepthwiseWords : PackedOutput<P, word_lanes(Channels)> {
  static_assert(!P::weights::scheme::has_zero_point && Elements <= most_words);
  std::array<std::int16_t, static_cast<std::size_t>(Elements* word_lanes(Channels))> weights{};

  /// Packs a QuantizedLinear of one input for each of its channels.
  template <class Linear>
  constexpr void pack(const Linear& linear) {
    const auto codes = linear.weight.integers();
    const auto code_at = [&](Index channel, Index element) {
      return std::int16_t{codes[static_cast<std::size_t>(channel * Elements + element)]};
    };
    pack_depthwise_words(Channels, Elements, code_at, weights.data());
    this->pack_stage(linear);
    for (Index lane = 0; lane < word_lanes(Channels); ++lane) {
      this->pack_channel(linear, lane % Channels, lane);
    }
  }
};

/// Each output sums over a kernel's height and width, of one channel.
template <Index KernelHeight, Index KernelWidth, Index Together>
struct PackDepthwise {
  template <class P, Index Channels, Index FanIn>
  using packed = PackedDepthwise<P, Channels, KernelHeight, KernelWidth, Together>;
};

/// The same for 16-bit codes.
struct PackDepthwiseWords {
  template <class P, Index Channels, Index FanIn>
  using packed = PackedDepthwiseWords<P, Channels, FanIn>;
};

}  // namespace qnn::kernels::vector
