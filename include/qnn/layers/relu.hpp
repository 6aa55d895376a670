// SPDX-License-Identifier: MIT
/// @file
/// ReLU and ReLU6.
#pragma once

#include "qnn/layers/activation.hpp"

#include <limits>

namespace qnn {

/// y = max(x, 0). Source: Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.
struct ReLU : ClampLayer<ReLU> {
  static constexpr auto name = "ReLU";
  static constexpr Clamp clamp{0.0f, std::numeric_limits<float>::infinity()};
};

/// y = min(max(x, 0), 6): a bounded range suits few bits. Source: Howard et al., "MobileNets", 2017.
struct ReLU6 : ClampLayer<ReLU6> {
  static constexpr auto name = "ReLU6";
  static constexpr Clamp clamp{0.0f, 6.0f};
};

}  // namespace qnn
