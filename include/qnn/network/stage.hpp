// SPDX-License-Identifier: MIT
/// @file
/// Stages: a linear layer with the normalization and the activation behind it, quantized as one operation.
#pragma once

#include "qnn/network/sequential.hpp"

namespace qnn {

/// How the layers of an architecture are grouped when it runs in integers.
///
/// Fusing matters for accuracy, not only for speed: the accumulator of the linear layer is clamped by the activation
/// before it is rounded to a code, so that the calibrated range is that of the values that really leave the stage. A
/// stage may also begin with a sum of branches. Nobody but the next layer of the stage may read what lies inside of it.
template <class Architecture>
struct Stages {
  using trace = Trace<Architecture>;

 private:
  static constexpr auto count = static_cast<std::size_t>(trace::layer_count);
  struct Facts {
    bool passes_on = false, is_linear = false, begins = false, normalizes = false, activates = false;
    std::size_t source = 0;
    Extents output = {};  ///< a normalization is of the channels of this very shape
  };
  static constexpr std::array<Facts, count> facts = [] {
    std::array<Facts, count> all{};
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      using L = typename trace::template layer<I>;
      all[I] = {detail::is_identity<L>,
                detail::is_linear<L>,
                detail::is_linear<L> || detail::starts_stage<L>,
                detail::is_normalization<L>,
                detail::is_activation<L>,
                static_cast<std::size_t>(trace::template source<I>),
                trace::template shape<I>::extents};
    });
    return all;
  }();

  struct Plan {
    std::array<Index, count> end{}, normalization{}, behind{};
    std::array<bool, count> fused{};
  };
  /// Where nobody else reads what lies between, the layer that computes what layer I reads; 0 elsewhere.
  static constexpr std::size_t computing_before(std::size_t layer) {
    std::size_t before = facts[layer].source;
    while (facts[before].passes_on && trace::readers[before] == 1) {
      before = facts[before].source;
    }
    return trace::readers[before] == 1 ? before : 0;
  }
  static constexpr Plan plan = [] {
    Plan result;
    std::array<std::size_t, count> start{};  // of the stage that each layer ends
    std::array<bool, count> activated{};
    for (std::size_t i = 0; i < count; ++i) {
      start[i] = i;
      result.end[i] = result.normalization[i] = static_cast<Index>(i);
      result.behind[i] = trace::layer_count;
    }
    for (std::size_t i = 1; i < count; ++i) {
      if (facts[i].passes_on) {
        continue;
      }
      const std::size_t before = computing_before(i);
      if (before == 0) {
        continue;
      }
      const std::size_t first = start[before];
      const bool normalizes = facts[i].normalizes && facts[before].is_linear && facts[i].output == facts[before].output;
      const bool activates = facts[i].activates && facts[first].begins && !activated[first];
      if (normalizes || activates) {
        result.fused[i] = true;
        start[i] = first;
        result.end[first] = static_cast<Index>(i);
        activated[first] = activates;
        if (normalizes) {
          result.normalization[first] = static_cast<Index>(i);
        }
      } else {
        result.behind[first] = static_cast<Index>(i);
      }
    }
    return result;
  }();

 public:
  template <Index I>
  static constexpr bool is_linear = facts[I].is_linear;
  /// Layer I is linear or a sum of branches: what is fused to it runs along with it, and what leaves the stage has a
  /// range of its own.
  template <Index I>
  static constexpr bool begins = facts[I].begins;
  /// Layer I is a normalization or an activation that the first layer of its stage applies; it has nothing left to do.
  template <Index I>
  static constexpr bool is_fused = I < trace::layer_count&& plan.fused[I < trace::layer_count ? I : 0];
  /// The last layer of the stage that layer I starts or is: the one whose output is quantized.
  template <Index I>
  static constexpr Index end = plan.end[I];
  /// The normalization of the stage that layer I starts; I where there is none.
  template <Index I>
  static constexpr Index normalization = plan.normalization[I];
  /// The first layer behind layer I's stage that computes something, where it alone reads the stage; else layer_count.
  template <Index I>
  static constexpr Index behind = plan.behind[I];

  /// The bounds that layer I applies to its output on behalf of its stage.
  template <Index I>
  static constexpr Clamp clamp = [] {
    if constexpr (detail::is_activation<typename trace::template layer<end<I>>> && end<I> != I) {
      return trace::template layer<end<I>>::clamp;
    } else {
      return Clamp{};
    }
  }();
};

}  // namespace qnn
