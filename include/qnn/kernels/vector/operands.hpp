// SPDX-License-Identifier: MIT
/// @file
/// What the functions that sum up tiles share, whatever the instruction set.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/kernels/vector/job.hpp"

#include <cstdint>

namespace qnn::kernels::vector {

/// What a tile is summed up of.
template <class Accumulator>
struct Operands {
  const Runs& runs;
  const std::uint8_t* const* rows;          ///< where the inputs of each row begin
  const std::int8_t* weights;               ///< of the first unit
  Index weight_step;                        ///< bytes from one step of the weights to the next
  const Accumulator* bias;                  ///< of the first unit
  bool pools;                               ///< each four rows are merged to their largest sums
  const Lowered* lowered = nullptr;         ///< all inputs, where they are 16-bit codes
  const std::int8_t* high_bytes = nullptr;  ///< of the first unit of 16-bit weights
  Index span_steps = 0;                     ///< of the high bytes
};

/// A function that sums up the rows of a tile.
template <class Accumulator>
using Accumulate = void (*)(const Operands<Accumulator>&, Accumulator* sums);

}  // namespace qnn::kernels::vector
