// SPDX-License-Identifier: MIT
/// @file
/// A format's way from a range to levels, as a value: for searches that are compiled once for all formats.
#pragma once

#include "qnn/scheme/asymmetric.hpp"
#include "qnn/scheme/format.hpp"
#include "qnn/scheme/symmetric.hpp"

#include <cstdint>

namespace qnn {

/// The codes, the scheme and the grid of scales of a format. The levels are the reals scale * (code - zero_point).
struct LevelRule {
  CodeRange codes;
  bool symmetric = true;
  ScaleGrid grid = ScaleGrid::any;

  /// Those of scheme `S`.
  template <Scheme S>
  static constexpr LevelRule of(CodeRange codes, ScaleGrid grid) {
    return {codes, !S::has_zero_point, grid};
  }
  /// What the scheme makes of the range. @throws NumericError for a range that is empty, not finite or absurdly wide
  constexpr Asymmetric::Parameters parameters_for(Range range) const {
    if (symmetric) {
      return {Symmetric::parameters_for(range, codes, grid).scale, 0};
    }
    return Asymmetric::parameters_for(range, codes, grid);
  }
  /// Those that cover `values` with all codes; the upper end itself, or with a symmetric scheme the upper end of
  /// [-values.highest, values.highest], saturates to the highest code. int8 for 0..1: 1/256 and -128; for -1..1: 1/128
  /// and 0.
  constexpr Asymmetric::Parameters parameters_covering(Range values) const {
    if (symmetric) {
      return {values.highest / static_cast<float>(codes.highest + 1), 0};
    }
    const float scale = (values.highest - values.lowest) / static_cast<float>(count());
    return {scale, codes.lowest - static_cast<std::int32_t>(values.lowest / scale)};
  }
  constexpr std::int32_t count() const { return codes.highest - codes.lowest + 1; }
};

/// The parameters of a scheme from those that fit every scheme. @pre a symmetric scheme's zero point is 0
template <AffineParameters P>
constexpr P parameters_from(const Asymmetric::Parameters& parameters) {
  P own;
  own.scale = parameters.scale;
  if constexpr (requires { own.zero_point = 0; }) {
    own.zero_point = parameters.zero_point;
  }
  return own;
}

/// How precision P represents activations.
template <class P>
inline constexpr LevelRule activation_levels =
    LevelRule::of<typename P::activations::scheme>(P::activation_codes, P::requantization::scale_grid);
/// How precision P represents weights.
template <class P>
inline constexpr LevelRule weight_levels = LevelRule::of<typename P::weights::scheme>(P::weight_codes,
                                                                                      P::requantization::scale_grid);

}  // namespace qnn
