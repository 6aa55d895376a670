// SPDX-License-Identifier: MIT
/// @file
/// How many scales one tensor has.
#pragma once

#include "qnn/core/shape.hpp"

namespace qnn {

/// One scale (and zero point) for the whole tensor.
struct PerTensor {
  static constexpr auto name = "per-tensor";
  /// Number of parameter sets of a tensor with `channels` output channels.
  static constexpr Index groups(Index /*channels*/) { return 1; }
  /// Which of them channel `channel` uses.
  static constexpr Index group_of(Index /*channel*/) { return 0; }
};

/// One scale for each output channel, the outermost extent of a weight tensor.
struct PerChannel {
  static constexpr auto name = "per-channel";
  static constexpr Index groups(Index channels) { return channels; }
  static constexpr Index group_of(Index channel) { return channel; }
};

}  // namespace qnn
