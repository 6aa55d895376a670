// SPDX-License-Identifier: MIT
/// @file
/// The ranges of a network's activations: what calibration finds and quantization asks for.
#pragma once

#include "qnn/network/sequential.hpp"
#include "qnn/scheme/range.hpp"

#include <array>

namespace qnn {

/// One range for the output of each layer of this architecture; entry 0 is the network's input. Entries of layers that
/// do nothing in inference (Flatten, Dropout) stay empty.
template <class Architecture>
struct Ranges {
  std::array<Range, static_cast<std::size_t>(Trace<Architecture>::layer_count)> of_layer{};
};

}  // namespace qnn
