// SPDX-License-Identifier: MIT
/// @file
/// The integer precisions that can be compared, as types.
#pragma once

#include "methods.hpp"
#include "precisions.hpp"

#include "qnn/scheme/precision.hpp"

#include <algorithm>
#include <string>
#include <type_traits>

namespace study {

using Int16 = qnn::Int16<>;
using Int8 = qnn::Int8<qnn::Symmetric, qnn::PerChannel>;
using Int8PerTensor = qnn::Int8<qnn::Symmetric, qnn::PerTensor>;
using Int8Asymmetric = qnn::Int8<qnn::Asymmetric, qnn::PerChannel>;
using Int8AsymmetricPerTensor = qnn::Int8<qnn::Asymmetric, qnn::PerTensor>;
using W8A16 = qnn::W8A16<>;
using W4A8 = qnn::W4A8<>;
using W4A4 = qnn::W4A4<>;
using W2A8 = qnn::W2A8<>;

template <class... Ps>
struct PrecisionList {};

/// In the order of precision_names.
using AllPrecisions =
    PrecisionList<Int16, Int8, Int8PerTensor, Int8Asymmetric, Int8AsymmetricPerTensor, W8A16, W4A8, W4A4, W2A8>;

template <class P>
inline constexpr int weight_bits = qnn::code_bits<typename P::weights::code>;
template <class P>
inline constexpr int activation_bits = qnn::code_bits<typename P::activations::code>;

/// Whether biases, roundings or whole networks are learned for this precision. Those of more bits, or which differ from
/// int8 in the scheme alone, have little to gain, and each takes the compiler long.
template <class P>
inline constexpr bool is_learned_for = has_learning && (std::is_same_v<P, Int8> || weight_bits<P> < 8);

/// "int8 symmetric per-channel", "W4A8": what tells the precisions of this study apart.
template <class P>
std::string short_name() {
  if constexpr (weight_bits<P> != activation_bits<P> || weight_bits<P> < 8) {
    return "W" + std::to_string(weight_bits<P>) + "A" + std::to_string(activation_bits<P>);
  } else {
    return "int" + std::to_string(weight_bits<P>) + " " + P::activations::scheme::name + " " +
           P::weights::granularity::name;
  }
}

}  // namespace study
