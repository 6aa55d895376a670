// SPDX-License-Identifier: MIT
/// @file
/// Stages: a linear layer and the activation behind it, quantized as one operation.
#pragma once

#include "qnn/network/sequential.hpp"

namespace qnn {

/// How the layers of an architecture are grouped when it runs in integers.
///
/// Fusing matters for accuracy, not only for speed: the accumulator of the linear layer is clamped by the activation
/// before it is rounded to a code, so that the calibrated range is that of the values that really leave the stage.
template <class Architecture>
struct Stages {
  using trace = Trace<Architecture>;

 private:
  // Layers that do nothing in inference (Expect, Dropout) may stand inside a stage.
  template <Index I>
  static constexpr Index computing_before() {
    if constexpr (detail::is_identity<typename trace::template layer<I - 1>>) {
      return computing_before<I - 1>();
    } else {
      return I - 1;
    }
  }
  template <Index I>
  static constexpr Index computing_behind() {
    if constexpr (I + 1 >= trace::layer_count) {
      return I + 1;
    } else if constexpr (detail::is_identity<typename trace::template layer<I + 1>>) {
      return computing_behind<I + 1>();
    } else {
      return I + 1;
    }
  }

 public:
  template <Index I>
  static constexpr bool is_linear = detail::is_linear<typename trace::template layer<I>>;

  /// Layer I is an activation that the linear layer before it applies; the layer itself has nothing left to do.
  template <Index I>
  static constexpr bool is_fused = [] {
    if constexpr (I >= 2 && I < trace::layer_count) {
      return detail::is_activation<typename trace::template layer<I>> && is_linear<computing_before<I>()>;
    } else {
      return false;
    }
  }();

  /// The last layer of the stage that layer I starts or is: the one whose output is quantized.
  template <Index I>
  static constexpr Index end = is_linear<I>&& is_fused<computing_behind<I>()> ? computing_behind<I>() : I;

  /// The first layer behind layer I's stage that computes something; layer_count where there is none.
  template <Index I>
  static constexpr Index behind = computing_behind<end<I>>();

  /// The bounds that layer I applies to its output on behalf of its stage.
  template <Index I>
  static constexpr Clamp clamp = [] {
    if constexpr (end<I> != I) {
      return trace::template layer<end<I>>::clamp;
    } else {
      return Clamp{};
    }
  }();
};

}  // namespace qnn
