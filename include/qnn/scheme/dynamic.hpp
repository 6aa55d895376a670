// SPDX-License-Identifier: MIT
/// @file
/// Dynamic: integer weights and products, with ranges of activations that are found when the network runs.
#pragma once

#include "qnn/scheme/precision.hpp"

#include <cstddef>
#include <string>

namespace qnn {

/// Weights and products of linear layers in the formats of `P`; everything between them in float32. A linear layer
/// finds the range of its input for each example, rounds it to codes, sums their products exactly and gives reals
/// (layers/dynamic_linear.hpp). So no calibration is needed, and no outlier of one example coarsens the steps of
/// another; each range costs a pass over the inputs. Known as dynamic quantization of linear layers.
///
/// @code
///   const auto net = quantize<Dynamic<Int8<Asymmetric>>>(real);
/// @endcode
/// @tparam P  its requantization is not used, but for the grid of scales
template <QuantizedPrecision P>
struct Dynamic {
  using integers = P;
  /// Floats and codes lie in memory that is counted in bytes.
  using activation = std::byte;

  /// "dynamic ranges: int8 weights ...".
  QNN_COLD static std::string name() { return "dynamic ranges: " + P::name(); }
};

/// What a linear layer of a network of precision Dynamic<P> has; the other layers have Float32.
template <QuantizedPrecision P>
struct DynamicLayer {
  using activation = float;
};

template <class P>
inline constexpr bool is_dynamic = false;
template <class P>
inline constexpr bool is_dynamic<Dynamic<P>> = true;

}  // namespace qnn
