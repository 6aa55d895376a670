// SPDX-License-Identifier: MIT
/// @file
/// The last step of an integer linear layer: accumulator in, output code out.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/scheme/requantize.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace qnn {

/// Real bounds that a fused activation clamps to: ReLU is {0, infinity}, ReLU6 {0, 6}, none {-infinity, infinity}.
struct Clamp {
  float lowest = -std::numeric_limits<float>::infinity();
  float highest = std::numeric_limits<float>::infinity();

  /// Whether any value is beyond a bound.
  constexpr bool is_active() const {
    return lowest > -std::numeric_limits<float>::infinity() || highest < std::numeric_limits<float>::infinity();
  }
  /// Written so that a NaN, which every comparison denies, passes on and is seen.
  constexpr float apply(float value) const {
    const float raised = value < lowest ? lowest : value;
    return raised > highest ? highest : raised;
  }
  /// The codes of `range` whose reals lie within the bounds, each bound rounded to its nearest code.
  template <CodeType Code, AffineParameters P>
  constexpr CodeRange codes(const P& parameters, CodeRange range) const {
    return {quantize_value<Code>(lowest, parameters, range), quantize_value<Code>(highest, parameters, range)};
  }
};

/// code = clamp(policy(accumulator * M_group) + zero_point, codes). A fused activation is the clamp.
template <class Policy, CodeType Code, Index Groups>
struct OutputStage {
  using code = Code;

  std::array<typename Policy::Multiplier, static_cast<std::size_t>(Groups)> multipliers{};
  std::int32_t zero_point = 0;
  CodeRange codes = full_range<Code>;

  template <class Accumulator>
  constexpr Code operator()(Accumulator accumulator, Index group) const {
    const std::int64_t scaled = Policy::apply(accumulator, multipliers[static_cast<std::size_t>(group)]);
    return static_cast<Code>(codes.clamp(scaled + zero_point));
  }
};

}  // namespace qnn
