// SPDX-License-Identifier: MIT
/// @file
/// Precisions: what the numbers of a network are.
///
/// `Float32` for training and comparison; `Int8<>` and `Int16<>` for the usual choices, `W4A8<>` and its like for
/// weights and activations of different widths; `Quantized<...>` for any other combination of weight format, activation
/// format, requantization and accumulator.
#pragma once

#include "qnn/config.hpp"
#include "qnn/scheme/format.hpp"
#include "qnn/scheme/requantize.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>

namespace qnn {

/// IEEE 754 single precision for weights and activations.
struct Float32 {
  using activation = float;
  static std::string name() { return "float32"; }
};

/// int32 where both factors have 8 bits, int64 otherwise.
template <class WeightCode, class ActivationCode>
using DefaultAccumulator =
    std::conditional_t<sizeof(WeightCode) + sizeof(ActivationCode) == 2, std::int32_t, std::int64_t>;

namespace detail {
/// What holds a code of an activation: narrow ones take a byte each, so that the kernels of int8 compute them.
template <CodeType Code>
using HeldAs = std::conditional_t<is_narrow_int<Code>, std::int8_t, Code>;
}  // namespace detail

/// The general quantized precision.
/// @tparam Weights         a Format; symmetric weights use the narrow range
/// @tparam Activations     a Format, PerTensor
/// @tparam Policy          how accumulators become codes (requantize.hpp)
/// @tparam AccumulatorType std::int32_t or std::int64_t; the compiler proves for each layer that it cannot overflow
template <class Weights, class Activations, class Policy = IntegerMultiplier,
          class AccumulatorType = DefaultAccumulator<typename Weights::code, typename Activations::code>>
struct Quantized {
  static_assert(std::same_as<typename Activations::granularity, PerTensor>,
                "qnn::Quantized: activations have one scale for each tensor");
  static_assert(std::same_as<AccumulatorType, std::int32_t> || std::same_as<AccumulatorType, std::int64_t>,
                "qnn::Quantized: accumulators are std::int32_t or std::int64_t");
  // Named, since compilers take a concept apart at length.
  static constexpr bool policy_fits = Requantization<Policy, AccumulatorType>;
  static_assert(policy_fits, "qnn::Quantized: this requantization policy is not defined for this accumulator");
  static_assert(is_signed_code<typename Weights::code>, "qnn::Quantized: weights need a signed code type");
  using weights = Weights;
  using activations = Activations;
  using requantization = Policy;
  using accumulator = AccumulatorType;
  using activation = detail::HeldAs<typename Activations::code>;

  static constexpr CodeRange weight_codes =
      Weights::scheme::has_zero_point ? full_range<typename Weights::code> : narrow_range<typename Weights::code>;
  /// What kernels multiply inputs with: codes of weights times the multipliers of their groups.
  static constexpr CodeRange weight_integers{weight_codes.lowest * Weights::granularity::largest_multiplier,
                                             weight_codes.highest* Weights::granularity::largest_multiplier};
  static constexpr CodeRange activation_codes = full_range<typename Activations::code>;

  /// Parameters of activations that cover `range`.
  static constexpr typename Activations::parameters activation_parameters(Range range) {
    return Activations::scheme::parameters_for(range, activation_codes, Policy::scale_grid);
  }

  /// For example "int8 weights symmetric per-channel, int8 activations asymmetric, integer multiplier, int32".
  QNN_COLD static std::string name() {
    return code_name<typename Weights::code>() + " weights " + Weights::scheme::name + " " +
           Weights::granularity::name + ", " + code_name<typename Activations::code>() + " activations " +
           Activations::scheme::name + ", " + Policy::name + ", " + (sizeof(accumulator) == 4 ? "int32" : "int64");
  }
};

/// 8-bit weights and activations, int32 accumulators. `S` is the scheme of the activations; weights are symmetric,
/// which costs kernels nothing. `G` is the granularity of the weights.
template <Scheme S = Symmetric, Granularity G = PerChannel, class Policy = IntegerMultiplier>
using Int8 = Quantized<Format<std::int8_t, Symmetric, G>, Format<std::int8_t, S>, Policy>;

/// 16-bit weights and activations, int64 accumulators; otherwise as Int8.
template <Scheme S = Symmetric, Granularity G = PerChannel, class Policy = IntegerMultiplier>
using Int16 = Quantized<Format<std::int16_t, Symmetric, G>, Format<std::int16_t, S>, Policy>;

/// Int8 by the name of its kind.
template <Scheme S = Symmetric, Granularity G = PerChannel, class Policy = IntegerMultiplier>
using W8A8 = Int8<S, G, Policy>;

/// 4-bit weights, two in a byte, with 8-bit activations; otherwise as Int8. `W4A8<Symmetric, PerGroup<16>>` spends
/// another quarter of a bit a weight on multipliers of 16 weights each, and loses a good part of the error.
template <Scheme S = Symmetric, Granularity G = PerChannel, class Policy = IntegerMultiplier>
using W4A8 = Quantized<Format<Int4, Symmetric, G>, Format<std::int8_t, S>, Policy>;

/// Ternary weights -1, 0, 1, four in a byte, with 8-bit activations; otherwise as Int8.
template <Scheme S = Symmetric, Granularity G = PerChannel, class Policy = IntegerMultiplier>
using W2A8 = Quantized<Format<Int2, Symmetric, G>, Format<std::int8_t, S>, Policy>;

/// 4-bit weights and activations; in memory an activation takes a byte. Otherwise as Int8.
template <Scheme S = Symmetric, Granularity G = PerChannel, class Policy = IntegerMultiplier>
using W4A4 = Quantized<Format<Int4, Symmetric, G>, Format<Int4, S>, Policy>;

/// 8-bit weights with 16-bit activations, int64 accumulators; otherwise as Int8.
template <Scheme S = Symmetric, Granularity G = PerChannel, class Policy = IntegerMultiplier>
using W8A16 = Quantized<Format<std::int8_t, Symmetric, G>, Format<std::int16_t, S>, Policy>;

template <class P>
inline constexpr bool is_quantized = false;
template <class... Ts>
inline constexpr bool is_quantized<Quantized<Ts...>> = true;

/// A `Quantized<...>`.
template <class P>
concept QuantizedPrecision = is_quantized<P>;

}  // namespace qnn
