// SPDX-License-Identifier: MIT
/// @file
/// A float depthwise convolution as kernels for an instruction set see it.
#pragma once

#include "qnn/kernels/vector/product.hpp"

#include <array>
#include <cstddef>

namespace qnn::kernels::vector {

/// Most elements of a kernel that these kernels take; larger ones are products for each channel.
inline constexpr Index most_taps = 64;

/// `pixels` windows, each of `taps` pixels with all their channels; each channel has weights of its own, those of a tap
/// side by side.
struct DepthwiseFloats {
  Index pixels, channels, taps;
  Rows windows;  ///< with runs of `channels`

  /// From the first pixel of a window to each of its pixels.
  constexpr std::array<Index, static_cast<std::size_t>(most_taps)> offsets() const {
    std::array<Index, static_cast<std::size_t>(most_taps)> all{};
    for (Index t = 0; t < taps; ++t) {
      all[static_cast<std::size_t>(t)] =
          t / windows.runs_across * windows.run_row_step + t % windows.runs_across * windows.run_step;
    }
    return all;
  }
};

}  // namespace qnn::kernels::vector
