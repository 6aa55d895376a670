// SPDX-License-Identifier: MIT
/// @file
/// The end of an architecture: logits, or a Softmax over them.
#pragma once

#include "qnn/layers/softmax.hpp"
#include "qnn/network/sequential.hpp"

#include <type_traits>

namespace qnn {

namespace detail {

/// Position of the last layer that computes something: Flatten and Expect behind it only pass its output on.
template <class Architecture, Index I = Trace<Architecture>::layer_count - 1>
constexpr Index last_computing_layer() {
  using layer = typename Trace<Architecture>::template layer<I>;
  if constexpr (I > 0 && is_identity<layer> && is_in_place<layer>) {
    return last_computing_layer<Architecture, Trace<Architecture>::template source<I>>();
  } else {
    return I;
  }
}

}  // namespace detail

/// Whether the outputs are probabilities already.
template <class Architecture>
inline constexpr bool ends_in_softmax =
    std::is_same_v<typename Trace<Architecture>::template layer<detail::last_computing_layer<Architecture>()>, Softmax>;

/// Position of the last layer that training runs: the one that gives logits.
template <class Architecture>
inline constexpr Index logits_layer = [] {
  constexpr Index last = detail::last_computing_layer<Architecture>();
  if constexpr (ends_in_softmax<Architecture>) {
    return Trace<Architecture>::template source<last>;
  } else {
    return Trace<Architecture>::layer_count - 1;
  }
}();

}  // namespace qnn
