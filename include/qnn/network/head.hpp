// SPDX-License-Identifier: MIT
/// @file
/// The end of an architecture: logits, or a Softmax over them.
#pragma once

#include "qnn/layers/softmax.hpp"
#include "qnn/network/sequential.hpp"

#include <type_traits>

namespace qnn {

/// Whether the outputs are probabilities already.
template <class Architecture>
inline constexpr bool ends_in_softmax = std::is_same_v<
    typename Trace<Architecture>::template layer<Trace<Architecture>::layer_count - 1>, Softmax>;

/// Position of the last layer that training runs: the one that gives logits.
template <class Architecture>
inline constexpr Index logits_layer = Trace<Architecture>::layer_count - (ends_in_softmax<Architecture> ? 2 : 1);

}  // namespace qnn
