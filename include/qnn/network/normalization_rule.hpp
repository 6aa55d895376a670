// SPDX-License-Identifier: MIT
/// @file
/// The rule that integer networks put to normalizations: a linear layer takes them over.
#pragma once

#include "qnn/network/stage.hpp"

#include <type_traits>

namespace qnn {

/// Never defined: its name is the diagnostic.
template <class Place, class Layer, class Broken>
struct missing_integer_form;

namespace rule {

/// The layer before a normalization is linear, has its shape, and nobody else reads its output.
struct normalization_is_directly_behind_a_linear_layer {
  static constexpr auto text =
      "in integers a BatchNorm is part of the linear layer directly before it, of the same shape";
};

}  // namespace rule

namespace detail {

/// Position of the first normalization that no linear layer takes over; 0 where there is none.
template <class Architecture>
inline constexpr Index unfused_normalization = [] {
  Index first = 0;
  Trace<Architecture>::for_each_layer([&]<Index I>(IndexConstant<I>) {
    if constexpr (is_normalization<typename Trace<Architecture>::template layer<I>>) {
      first = first == 0 && !Stages<Architecture>::template is_fused<I> ? I : first;
    }
  });
  return first;
}();

template <class Architecture, Index I = unfused_normalization<Architecture>>
struct NormalizationRule {
  using failure = missing_integer_form<at_layer<I>, typename Trace<Architecture>::template layer<I>,
                                       broken_rule<rule::normalization_is_directly_behind_a_linear_layer>>;
};
template <class Architecture>
struct NormalizationRule<Architecture, 0> {
  using failure = void;
};

}  // namespace detail

/// void, or an undefined type that names the first normalization that has no integer form.
template <class Architecture>
using NormalizationFailure = typename detail::NormalizationRule<Architecture>::failure;

}  // namespace qnn
