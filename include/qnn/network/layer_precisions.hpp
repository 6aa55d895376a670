// SPDX-License-Identifier: MIT
/// @file
/// Which precision each layer of a network has, and the rule that a Mixed has one for each stage.
#pragma once

#include "qnn/network/sequential.hpp"
#include "qnn/scheme/mixed.hpp"

#include <array>
#include <cstddef>
#include <type_traits>

namespace qnn {

/// A single precision is that of every layer.
template <class Architecture, class P>
struct LayerPrecisions {
  /// The precision of layer I; 0 is the network's input.
  template <Index I>
  using at = P;
};

/// Linear layers have integer weights, all others compute in float32.
template <class Architecture, class P>
struct LayerPrecisions<Architecture, Dynamic<P>> {
  template <Index I>
  using at =
      std::conditional_t<detail::is_linear<typename Trace<Architecture>::template layer<I>>, DynamicLayer<P>, Float32>;
};

/// The stages that have a precision of their own in a Mixed: they begin at linear layers and joins; each lasts until
/// the next.
template <class Architecture>
struct QuantizingStages {
 private:
  using trace = Trace<Architecture>;
  static constexpr auto layers = static_cast<std::size_t>(trace::layer_count);
  struct Plan {
    std::array<std::size_t, layers> stage{};
    std::array<Index, layers> first{};
    std::size_t stages = 0;
  };
  static constexpr Plan plan = [] {
    Plan result;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      if (detail::is_linear<typename trace::template layer<I>> || trace::template sources<I>.size() > 1) {
        result.first[result.stages] = I;
        result.stage[I] = result.stages++;
      } else {
        result.stage[I] = result.stage[static_cast<std::size_t>(trace::template source<I>)];
      }
    });
    return result;
  }();

 public:
  /// How many there are.
  static constexpr std::size_t count = plan.stages;
  /// The stage of each layer.
  static constexpr auto of_layer = plan.stage;
  /// The layer that each stage begins with.
  static constexpr auto first_layer = [] {
    std::array<Index, count> first{};
    for (std::size_t stage = 0; stage < count; ++stage) {
      first[stage] = plan.first[stage];
    }
    return first;
  }();
};

/// Those of a Mixed, one for each of the QuantizingStages.
template <class Architecture, class... Ps>
struct LayerPrecisions<Architecture, Mixed<Ps...>> {
 private:
  // Where there are too few, the last one fills in: that there are is the only error.
  static constexpr std::size_t given(std::size_t stage) { return stage < sizeof...(Ps) ? stage : sizeof...(Ps) - 1; }

 public:
  /// How many precisions the Mixed has to have.
  static constexpr std::size_t stage_count = QuantizingStages<Architecture>::count;
  template <Index I>
  using at = typename Mixed<Ps...>::template stage<given(QuantizingStages<Architecture>::of_layer[I])>;
};

/// What layer I (1 or more) computes in a network of precision P.
template <class Architecture, class P, Index I>
using MachineOf =
    typename Trace<Architecture>::template machine<typename LayerPrecisions<Architecture, P>::template at<I>, I>;

/// Stages of the architecture that quantize.
template <std::size_t Count>
struct stages_that_quantize;
/// Precisions that Mixed was given.
template <std::size_t Count>
struct precisions_given;
/// Never defined: its name is the diagnostic.
template <class Expected, class Found, class Broken>
struct mixed_precision_mismatch;

namespace rule {

/// As many precisions as stages.
struct one_precision_for_each_stage {
  static constexpr auto text =
      "Mixed has one precision for each linear layer and each join of branches, in their order";
};

}  // namespace rule

namespace detail {

template <class Architecture, class P>
struct MixedRule {
  using failure = void;
};
template <class Architecture, class... Ps>
struct MixedRule<Architecture, Mixed<Ps...>> {
  static constexpr std::size_t expected = LayerPrecisions<Architecture, Mixed<Ps...>>::stage_count;
  // An architecture that is refused itself has lost the layers behind the mistake.
  static constexpr bool holds = expected == sizeof...(Ps) || !std::is_void_v<typename Trace<Architecture>::failure>;
  using failure =
      std::conditional_t<holds, void,
                         mixed_precision_mismatch<stages_that_quantize<expected>, precisions_given<sizeof...(Ps)>,
                                                  broken_rule<rule::one_precision_for_each_stage>>>;
};

}  // namespace detail

/// void, or an undefined type that tells how many precisions there are and should be.
template <class Architecture, class P>
using MixedFailure = typename detail::MixedRule<Architecture, P>::failure;

}  // namespace qnn
