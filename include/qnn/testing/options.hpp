// SPDX-License-Identifier: MIT
/// @file
/// Options of check_layer, and the precisions it tries.
#pragma once

#include "qnn/scheme/precision.hpp"

#include <cstdint>

namespace qnn::testing {

/// Inputs, sizes and tolerances of check_layer.
struct LayerCheckOptions {
  std::uint64_t seed = 1;
  Index batch = 3;           ///< examples of the float checks
  Index integer_batch = 32;  ///< examples of the integer checks
  float lowest = -1.0f;      ///< inputs are uniform in [lowest, highest)
  float highest = 1.0f;
  Index samples = 48;       ///< derivatives measured of each tensor, at random places where there are more
  float step = 0x1p-7f;     ///< of the central differences
  double tolerance = 2e-3;  ///< of a derivative, in units of 1 + |derivative|
};

/// A list of precisions.
template <QuantizedPrecision... Ps>
struct Precisions {};

/// Every scheme, granularity, policy and code type at least once.
using UsualPrecisions =
    Precisions<Int8<Symmetric, PerChannel>, Int8<Asymmetric, PerTensor>, Int8<Asymmetric, PerChannel, FloatScale>,
               Int8<Asymmetric, PerChannel, DoubleRounding>, Int8<Symmetric, PerTensor, PowerOfTwoShift>,
               Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>,
               Int16<Symmetric, PerChannel>, Int16<Asymmetric, PerTensor>>;

/// Codes of less than a byte, of weights, of activations and of both.
using NarrowPrecisions =
    Precisions<W4A8<>, W4A8<Symmetric, PerTensor, PowerOfTwoShift>, W2A8<Asymmetric, PerTensor, FloatScale>,
               Quantized<Format<Int4, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>,
               W4A4<Asymmetric, PerChannel, DoubleRounding>, W4A4<>,
               Quantized<Format<Int4, Symmetric, PerChannel>, Format<std::int16_t, Asymmetric>>,
               W4A8<Symmetric, PerGroup<4>>, W2A8<Asymmetric, PerGroup<5>, FloatScale>,
               W4A8<Asymmetric, PerGroup<8>, PowerOfTwoShift>,
               Quantized<Format<Int4, Symmetric, PerGroup<3>>, Format<std::int16_t, Asymmetric>>>;

}  // namespace qnn::testing
