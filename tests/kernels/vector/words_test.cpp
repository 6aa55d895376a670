// SPDX-License-Identifier: MIT
/// @file
/// 16-bit products where the sums of their high bytes (vector/accumulate_whole_words.inl) are furthest from them, and at
/// the ends of spans.
#include "../for_each_isa.hpp"
#include "random_layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

namespace words_test {

using namespace qnn;
using Layer = random_layers::Layer<IntegerMultiplier, std::int16_t>;

/// A dense layer all of whose inputs and weights are the same, with a multiplier that keeps its outputs within their range.
Layer constant_layer(Index inputs, std::int16_t x, std::int16_t w, Random& random) {
  random_layers::Shapes shapes{1, 3, inputs, 17, 1, 1, 1, 1, 0, 0, false, false};
  shapes.panel_blocks = 2;
  Layer layer(shapes, random);
  std::fill(layer.image.begin(), layer.image.end(), x);
  std::fill(layer.weights.begin(), layer.weights.end(), w);
  std::fill(layer.bias.begin(), layer.bias.end(), 0);
  std::fill(layer.multipliers.begin(), layer.multipliers.end(), IntegerMultiplier::multiplier(0x1p-25));
  layer.zero_point = 0;
  layer.codes = full_range<std::int16_t>;
  return layer;
}

TEST_CASE("16-bit products are exact where their high bytes tell least") {
  // The largest difference of a product and that of its high bytes is that of -32513 = 256 * -128 + 255 with itself.
  constexpr std::int16_t codes[] = {-32513, 32767, -32768, 255, -1, 0, 1};
  Random random(1);
  for_each_isa([&](auto isa) {
    for (const std::int16_t x : codes) {
      for (const std::int16_t w : codes) {
        for (const Index inputs : {1, 2, 3, 5, 63, 126, 127, 128, 129, 130, 131, 255, 256, 257, 259, 390}) {
          const Layer layer = constant_layer(inputs, x, w, random);
          INFO(inputs, " products of ", x, " and ", w);
          CHECK(random_layers::computed(layer, isa) == layer.expected());
        }
      }
    }
  });
}

}  // namespace words_test
