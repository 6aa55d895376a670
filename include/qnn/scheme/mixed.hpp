// SPDX-License-Identifier: MIT
/// @file
/// Mixed: a precision of its own for each stage of a network.
#pragma once

#include "qnn/scheme/dynamic.hpp"
#include "qnn/scheme/precision.hpp"

#include <cstddef>
#include <string>
#include <tuple>

namespace qnn {

/// One precision for each stage that quantizes, in the order of the layers: linear layers, with the normalization and
/// activation behind them, and joins of branches. All other layers have the precision of what they read, and the
/// network's input that of the first stage. How many there must be is `LayerPrecisions<Architecture,
/// Mixed<...>>::stage_count`.
///
/// A stage writes its output in the format of its own activations. Where a stage reads what it cannot take as it is,
/// the codes are converted on the way, with one rounding (network/activations.hpp).
///
/// @code
///   using P = Mixed<W8A8<>, W4A8<>, W8A8<>>;   // a network of three stages, the second with 4-bit weights
///   const auto net = quantize<P>(real, ranges);
/// @endcode
template <QuantizedPrecision First, QuantizedPrecision... Rest>
struct Mixed {
  static constexpr std::size_t count = 1 + sizeof...(Rest);
  /// The precision of stage `I`, from 0.
  template <std::size_t I>
  using stage = std::tuple_element_t<I, std::tuple<First, Rest...>>;
  /// Activations have several types; they lie in memory that is counted in bytes.
  using activation = std::byte;

  /// "mixed: int8 weights ...; int4 weights ...", every stage in full.
  QNN_COLD static std::string name() {
    std::string text = "mixed: " + First::name();
    ((text += "; " + Rest::name()), ...);
    return text;
  }
};

template <class P>
inline constexpr bool is_mixed = false;
template <class... Ps>
inline constexpr bool is_mixed<Mixed<Ps...>> = true;

/// A `Quantized<...>`, or a `Mixed<...>` of them: what a network of integers has.
template <class P>
concept IntegerPrecision = QuantizedPrecision<P> || is_mixed<P>;
/// Float32, an IntegerPrecision or a `Dynamic<...>`.
template <class P>
concept Precision = std::same_as<P, Float32> || IntegerPrecision<P> || is_dynamic<P>;

namespace detail {

/// Whether activations that `From` writes are those that `To` reads: codes of the same scheme, held in the same type,
/// none of which is unknown to `To`, at scales that it can work with.
template <QuantizedPrecision From, QuantizedPrecision To>
inline constexpr bool reads_activations_of =
    std::same_as<typename From::activation, typename To::activation>&& std::same_as<
        typename From::activations::scheme, typename To::activations::scheme>&& From::activation_codes.lowest >=
        To::activation_codes.lowest&& From::activation_codes.highest <= To::activation_codes.highest &&
    (From::requantization::scale_grid == To::requantization::scale_grid ||
     To::requantization::scale_grid == ScaleGrid::any);

}  // namespace detail

}  // namespace qnn
