// SPDX-License-Identifier: MIT
/// @file
/// Input: the shape that a network reads. Expect: a shape its author believes in, checked where it stands.
#pragma once

#include "qnn/layers/layer.hpp"

namespace qnn {

/// First entry of every architecture: `Input<28, 28, 1>` reads (height, width, channels), `Input<784>` a flat vector.
template <Index... Extent>
struct Input {
  static constexpr auto name = "Input";
  using shape = Shape<Extent...>;
};

/// Passes its input on, if its shape is exactly this one; otherwise the architecture does not compile.
template <Index... Extent>
struct Expect {
  static constexpr auto name = "Expect";
  using expected = Shape<Extent...>;
  using accepts = rules<rule::shape_is_as_expected>;
  static constexpr bool identity = true;
  static constexpr bool in_place = true;
  template <class In>
  using output = In;

  template <class P, class In>
  using at = PassesOn<P, In, In>;
};

}  // namespace qnn
