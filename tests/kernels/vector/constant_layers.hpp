// SPDX-License-Identifier: MIT
/// @file
/// Layers of 16-bit codes all of whose inputs are the same, and all of whose weights: where the sums of their high
/// bytes (vector/accumulate_whole_words.inl) are furthest from those of the products, and spans end.
#pragma once

#include "computed_layers.hpp"
#include "kernel_cases.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace random_layers {

using Words = Layer<IntegerMultiplier, std::int16_t>;

/// With a multiplier that keeps outputs within their range. Weights have the zero point 3 if they have one.
inline Words constant_layer(const Shapes& shapes, std::int16_t x, std::int16_t w, Random& random) {
  Words layer(shapes, random);
  std::fill(layer.image.begin(), layer.image.end(), x);
  std::fill(layer.weights.begin(), layer.weights.end(), w);
  std::fill(layer.bias.begin(), layer.bias.end(), 0);
  std::fill(layer.zero_points.begin(), layer.zero_points.end(), shapes.has_zero_points ? 3 : 0);
  std::fill(layer.multipliers.begin(), layer.multipliers.end(), IntegerMultiplier::multiplier(0x1p-25));
  layer.zero_point = 0;
  layer.codes = full_range<std::int16_t>;
  return layer;
}

/// Dense layers of lengths around those where spans end, and convolutions whose runs end within steps and spans.
inline std::vector<Shapes> word_shapes() {
  std::vector<Shapes> all;
  for (const Index inputs : {1, 2, 3, 5, 63, 126, 127, 128, 129, 130, 131, 255, 256, 257, 259, 390, 1030}) {
    all.push_back({1, 3, inputs, 17, 1, 1, 1, 1, 0, 0, inputs % 2 == 0, false, 2});
  }
  for (Index channels = 1; channels <= 9; ++channels) {
    all.push_back({5, 4, channels, 40, 3, 3, 1, 1, 1, 1, channels % 3 == 0, channels % 3 == 1, 1});
  }
  return all;
}

/// What distinguishes the first of these layers that a kernel gives other codes than the loops; empty where none does.
template <class Isa>
std::string first_constant_difference(Isa isa) {
  // -32513 = 256 * -128 + 255 and 32767 = 256 * 127 + 255 are furthest from their high bytes.
  constexpr std::int16_t codes[] = {-32513, 32767, -32768, 511, 255, -129, -1, 0, 1};
  const Index every = std::max<Index>(1, 250 / kernel_cases::shape_count(250));  // fewer where others draw fewer shapes
  Random random(1);
  Index next = 0;
  for (const Shapes& shapes : word_shapes()) {
    for (const std::int16_t x : codes) {
      for (const std::int16_t w : codes) {
        if (next++ % every != 0) {
          continue;
        }
        const Words layer = constant_layer(shapes, x, w, random);
        if (computed(layer, isa) != layer.expected()) {
          return shapes.text() + ", products of " + std::to_string(x) + " and " + std::to_string(w);
        }
      }
    }
  }
  return {};
}

}  // namespace random_layers
