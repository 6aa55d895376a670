// SPDX-License-Identifier: MIT
/// @file
/// Linear layers with shapes and numbers drawn at run time, and what the plain loops make of them.
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/core/window.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/scheme/output_stage.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace random_layers {

using namespace qnn;
using kernels::vector::PaddedImage;

/// A convolution with its numbers drawn at run time. A dense layer is one by 1 x 1 of one row, whose pixels are
/// examples.
struct Shapes {
  Index height, width, channels, outputs, kernel_height, kernel_width, stride, dilation, top, left;
  bool has_zero_points, pools;
  Index panel_blocks = 1;  ///< of the packed weights: kernels read any
  Index groups = 1;

  Index out_height() const { return (height + 2 * top - (kernel_height - 1) * dilation - 1) / stride + 1; }
  Index out_width() const { return (width + 2 * left - (kernel_width - 1) * dilation - 1) / stride + 1; }
  bool valid() const {
    const bool fits =
        (kernel_height - 1) * dilation < height + 2 * top && (kernel_width - 1) * dilation < width + 2 * left;
    return fits && (!pools || (out_height() >= 2 && out_width() >= 2));
  }
  Index group_channels() const { return channels / groups; }
  Index fan_in() const { return kernel_height * kernel_width * group_channels(); }
  Index group_outputs() const { return outputs / groups; }
  /// Channels are innermost: without dilation and groups the elements of a row of the kernel lie side by side.
  Index run_columns() const { return dilation == 1 && groups == 1 ? 1 : kernel_width; }
  Index run_length() const { return fan_in() / (kernel_height * run_columns()); }
  PaddedImage padded(Index code_bytes) const {
    return {height,
            width,
            channels,
            top,
            left,
            (out_height() - 1) * stride + (kernel_height - 1) * dilation + 1,
            (out_width() - 1) * stride + (kernel_width - 1) * dilation + 1,
            code_bytes};
  }
  /// Of codes of so many bytes; where they lie is not said.
  kernels::vector::Runs runs(Index code_bytes) const {
    return {kernel_height, run_columns(), kernels::vector::steps_of(1, run_length(), code_bytes), 0, 0};
  }
  WindowShape window() const {
    return {height,   width,    channels, kernel_height, kernel_width, stride,     stride,
            dilation, dilation, top,      left,          out_height(), out_width()};
  }
  /// Whether each pixel is an example.
  bool is_dense() const {
    return height == 1 && kernel_height * kernel_width * stride * dilation * groups == 1 && top + left == 0 && !pools;
  }
  std::string text() const {
    std::string all;
    for (const Index number :
         {height, width, channels, outputs, groups, kernel_height, kernel_width, stride, dilation, top, left}) {
      all += std::to_string(number) + " ";
    }
    return all + (has_zero_points ? "zero points " : "") + (pools ? "pools" : "");
  }
};

inline Shapes random_shapes(Random& random) {
  const auto from = [&](Index lowest, Index highest) { return lowest + random.below(highest - lowest + 1); };
  while (true) {
    Shapes s{};
    if (const Index kind = random.below(6); kind < 2) {  // dense
      s = {1, 1, from(1, 900), from(1, 150), 1, 1, 1, 1, 0, 0, false, false};
      s.width = from(1, kind == 0 ? 20 : 70);  // examples
    } else if (kind == 2) {                    // wide images, as many channels as make long sums
      s = {from(1, 6), from(14, 40), from(8, 33), from(1, 70), from(1, 3), from(1, 3),
           from(1, 2), from(1, 2),   from(0, 1),  from(0, 1),  false,      false};
    } else {
      s = {from(1, 9), from(1, 9), from(1, 20), from(1, 140), from(1, 4), from(1, 4),
           from(1, 3), from(1, 2), from(0, 2),  from(0, 2),   false,      false};
    }
    if (s.width > 1 && random.below(4) == 0) {
      s.groups = from(2, 4);
      s.channels = s.groups * from(1, 7);
      s.outputs = s.groups * from(1, 40);
    }
    s.panel_blocks = from(1, 5);
    s.has_zero_points = random.below(4) == 0;
    s.pools = random.below(3) == 0 && !s.has_zero_points;
    if (s.valid()) {
      return s;
    }
  }
}

/// Layers that are large enough for AMX: as many rows as fill its tiles or leave some, sums that leave its registers on
/// the way, windows at equal distances and others.
inline std::vector<Shapes> tile_shapes() {
  std::vector<Shapes> all;
  for (const Index examples : {15, 16, 17, 31, 32, 33, 48, 70, 81}) {
    for (const Index outputs : {16, 40, 64, 90}) {
      all.push_back({1, examples, 64, outputs, 1, 1, 1, 1, 0, 0, examples % 2 == 0, false, 4});
      all.push_back({1, examples, 77, outputs, 1, 1, 1, 1, 0, 0, false, false, 3});
    }
    all.push_back({1, examples, 1100 + 100 * (examples % 10), 70, 1, 1, 1, 1, 0, 0, examples % 3 == 0, false, 4});
  }
  for (const bool pools : {false, true}) {
    all.push_back({7, 9, 60, 33, 5, 5, 1, 1, 2, 2, false, pools, 4});
    all.push_back({6, 32, 16, 16, 3, 3, 1, 1, 1, 1, false, pools, 4});
    all.push_back({5, 21, 11, 64, 3, 3, 1, 1, 1, 1, !pools, pools, 4});
  }
  return all;
}

/// Numbers for all of a layer.
template <class Policy, class Code>
struct Layer {
  using Word = std::conditional_t<sizeof(Code) == 1, std::int8_t, std::int16_t>;
  using Accumulator = std::conditional_t<sizeof(Code) == 1, std::int32_t, std::int64_t>;
  Shapes shapes;
  std::vector<Word> weights;
  std::vector<Code> image;
  std::vector<Accumulator> bias;
  std::vector<std::int32_t> zero_points;
  std::vector<typename Policy::Multiplier> multipliers;
  Code padding{};
  std::int32_t zero_point = 0;
  CodeRange codes = full_range<Code>;

  Layer(const Shapes& of, Random& random) : shapes(of) {
    const bool extremes = random.below(4) == 0;
    const auto code = [&](CodeRange range) {
      return extremes ? (random.below(2) == 0 ? range.lowest : range.highest)
                      : static_cast<std::int32_t>(range.lowest + random.below(range.highest - range.lowest + 1));
    };
    for (Index i = 0; i < shapes.outputs * shapes.fan_in(); ++i) {
      weights.push_back(static_cast<Word>(code(full_range<Word>)));
    }
    // Those from 0 to 127 have kernels of their own; one image in eight has a single one that is not.
    const Index kind = random.below(4);
    const CodeRange inputs = kind < 2 && sizeof(Code) == 1 ? CodeRange{0, 127} : full_range<Code>;
    for (Index i = 0; i < shapes.height * shapes.width * shapes.channels; ++i) {
      image.push_back(static_cast<Code>(code(inputs)));
    }
    if (kind == 1 && random.below(2) == 0) {
      image[static_cast<std::size_t>(random.below(std::ssize(image)))] = static_cast<Code>(-100);
    }
    const Index largest = random.below(2) == 0 ? 2000 : Index{1} << (sizeof(Code) == 1 ? 29 : 45);
    for (Index i = 0; i < shapes.outputs; ++i) {
      bias.push_back(static_cast<Accumulator>(random.below(2 * largest + 1) - largest));
      zero_points.push_back(shapes.has_zero_points ? code(full_range<Word>) : 0);
      double real = std::ldexp(0.125 + 0.125 * static_cast<double>(random.uniform()),
                               -static_cast<int>(random.below(14) + (sizeof(Code) == 1 ? 0 : 12)));
      if (random.below(50) == 0 && !std::same_as<Policy, IntegerMultiplier>) {
        real = 1.0 + static_cast<double>(random.uniform());
      }
      if (Policy::scale_grid == ScaleGrid::powers_of_two) {
        real = std::ldexp(1.0, -1 - static_cast<int>(random.below(31)));
      }
      multipliers.push_back(Policy::multiplier(real));
    }
    padding = static_cast<Code>(code(random.below(4) == 0 ? full_range<Code> : inputs));
    zero_point = code(full_range<Code>);
    if (random.below(2) == 0) {
      codes.lowest = std::min(zero_point, codes.highest - 1);
    }
  }

  std::int64_t sum(Index row, Index column, Index output) const {
    std::int64_t total = bias[static_cast<std::size_t>(output)];
    std::size_t at = static_cast<std::size_t>(output * shapes.fan_in());
    const Index first = output / shapes.group_outputs() * shapes.group_channels();
    for (Index i = 0; i < shapes.kernel_height; ++i) {
      for (Index j = 0; j < shapes.kernel_width; ++j) {
        const Index r = row * shapes.stride - shapes.top + i * shapes.dilation;
        const Index c = column * shapes.stride - shapes.left + j * shapes.dilation;
        const bool inside = r >= 0 && c >= 0 && r < shapes.height && c < shapes.width;
        for (Index k = first; k < first + shapes.group_channels(); ++k) {
          const std::int64_t x =
              inside ? image[static_cast<std::size_t>((r * shapes.width + c) * shapes.channels + k)] : padding;
          total += x * (weights[at++] - zero_points[static_cast<std::size_t>(output)]);
        }
      }
    }
    return total;
  }

  Code finish(std::int64_t total, Index output) const {
    const std::int64_t scaled =
        Policy::apply(static_cast<Accumulator>(total), multipliers[static_cast<std::size_t>(output)]);
    return static_cast<Code>(codes.clamp(scaled + zero_point));
  }

  std::vector<Code> expected() const {
    std::vector<Code> all;
    const Index side = shapes.pools ? 2 : 1;
    for (Index row = 0; row < shapes.out_height() / side; ++row) {
      for (Index column = 0; column < shapes.out_width() / side; ++column) {
        for (Index output = 0; output < shapes.outputs; ++output) {
          Code largest = std::numeric_limits<Code>::min();
          for (Index i = 0; i < side * side; ++i) {
            largest = std::max(largest, finish(sum(row * side + i / side, column * side + i % side, output), output));
          }
          all.push_back(largest);
        }
      }
    }
    return all;
  }
};

/// What distinguishes the first of `count` random layers that `compute` gives other codes than the loops above; empty
/// where none does.
template <class Policy, class Code, class Draw, class Compute>
std::string first_difference(Index count, Draw&& draw, Compute&& compute) {
  Random random(7, std::string_view(Policy::name).size(), 2 * sizeof(Code) + std::is_signed_v<Code>);
  for (Index i = 0; i < count; ++i) {
    const Shapes shapes = draw(random);
    const Layer<Policy, Code> layer(shapes, random);
    const auto expected = layer.expected();
    if (compute(layer) != expected) {
      return std::string(Policy::name) + ": " + shapes.text();
    }
  }
  return {};
}

}  // namespace random_layers
