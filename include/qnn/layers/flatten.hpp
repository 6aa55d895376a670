// SPDX-License-Identifier: MIT
/// @file
/// Flatten: an image as a flat vector, in memory order (row, column, channel). Costs nothing.
#pragma once

#include "qnn/layers/layer.hpp"

namespace qnn {

/// Any shape to `Shape<size>`. Channels vary fastest, unlike in frameworks that keep channels first.
struct Flatten {
  static constexpr auto name = "Flatten";
  using accepts = rules<>;
  static constexpr bool identity = true;
  static constexpr bool in_place = true;
  template <class In>
  using output = Shape<In::size>;

  template <class P, class In>
  using at = PassesOn<P, In, output<In>>;
};

}  // namespace qnn
