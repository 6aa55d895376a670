// SPDX-License-Identifier: MIT
/// @file
/// Depthwise convolutions with shapes and numbers drawn at run time, by a vector kernel.
#pragma once

#include "computed_layers.hpp"

#include "qnn/kernels/vector/packed_depthwise.hpp"

namespace random_layers {

/// @param code_bytes  with 2 weights have no zero points
inline Shapes random_depthwise_shapes(Random& random, Index code_bytes) {
  const auto from = [&](Index lowest, Index highest) { return lowest + random.below(highest - lowest + 1); };
  while (true) {
    Shapes s{from(1, 9),
             from(1, 24),
             random.below(3) == 0 ? from(1, 140) : from(1, 20),
             0,
             from(1, 9),
             from(1, 4),
             from(1, 3),
             from(1, 3),
             from(0, 3),
             from(0, 3),
             random.below(3) == 0 && code_bytes == 1,
             false};
    s.outputs = s.groups = s.channels;
    if (s.valid()) {
      return s;
    }
  }
}

template <class Policy, class Code, class Isa>
std::vector<Code> computed_depthwise(const Layer<Policy, Code>& layer, Isa isa) {
  using namespace kernels::vector;
  const Shapes& s = layer.shapes;
  const DepthwiseWindows windows{s.height,        s.width,        s.channels, s.top,      s.left,   s.padded(1).columns,
                                 s.kernel_height, s.kernel_width, s.dilation, s.dilation, s.stride, s.stride,
                                 s.out_height(),  s.out_width()};
  const Index elements = s.kernel_height * s.kernel_width;
  constexpr bool is_wide = sizeof(Code) == 2;
  const Index lanes = is_wide ? word_lanes(s.channels) : windows.together() * s.channels, blocks = blocks_of(lanes);
  const Index steps = stripes_of(s.kernel_height) * s.kernel_width;
  std::vector<typename DepthwiseJob<Code>::Word> weights(static_cast<std::size_t>(
      is_wide ? elements * lanes : (blocks + (s.has_zero_points ? 1 : 0)) * steps * block_bytes));
  const auto weight = [&](Index channel, Index element) {
    return layer.weights[static_cast<std::size_t>(channel % s.channels * elements + element)];
  };
  if constexpr (is_wide) {
    pack_depthwise_words(s.channels, elements, weight, weights.data());
  } else {
    const auto code_at = [&](Index lane, Index row, Index column) {
      return weight(lane, row * s.kernel_width + column);
    };
    pack_depthwise_weights(lanes, s.kernel_height, s.kernel_width, code_at, weights.data());
    if (s.has_zero_points) {
      pack_depthwise_weights(
          block_channels, s.kernel_height, s.kernel_width, [](Index, Index, Index) { return std::int8_t{1}; },
          weights.data() + blocks * steps * block_bytes);
    }
  }
  const Constants<Policy, Code> constants(layer, 0, s.channels, blocks * block_channels);
  std::vector<Code> y(static_cast<std::size_t>(s.out_height() * s.out_width() * s.outputs));
  const Index scratch_bytes = is_wide ? 2 * windows.word_scratch_codes() : windows.scratch_bytes();
  std::vector<std::uint8_t> scratch(static_cast<std::size_t>(scratch_bytes), std::uint8_t{77});
  run<Policy>(isa, DepthwiseJob<Code>{windows, layer.image.data(), layer.padding, weights.data(),
                                      constants.output(layer), y.data(), scratch.data()});
  return y;
}

/// What distinguishes the first of `count` random depthwise layers that the kernels compute differently.
template <class Policy, class Code, class Isa>
std::string first_depthwise_difference(Isa isa, Index count) {
  return first_difference<Policy, Code>(
      count, [](Random& random) { return random_depthwise_shapes(random, sizeof(Code)); },
      [&](const auto& layer) { return computed_depthwise(layer, isa); });
}

}  // namespace random_layers
