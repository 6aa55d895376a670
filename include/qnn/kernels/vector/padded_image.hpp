// SPDX-License-Identifier: MIT
/// @file
/// The part of an image that windows read, with its padding around it.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/kernels/vector/job.hpp"

namespace qnn::kernels::vector {

/// An image as vector kernels read it; see lowering.inl.
struct PaddedImage {
  Index height, width, channels;  ///< of the image
  Index top, left;                ///< padding before the image
  Index rows, columns;            ///< of the padded image
  Index code_bytes;               ///< of a code when lowered

  constexpr Index row_bytes() const { return columns * channels * code_bytes; }
  /// The last step of the last window may reach beyond the last code.
  constexpr Index bytes() const { return align_up(rows * row_bytes() + code_bytes * step_bytes); }
};

}  // namespace qnn::kernels::vector
