// SPDX-License-Identifier: MIT
/// @file
/// From a source of examples to the batches that a network reads.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/view.hpp"
#include "qnn/data/example_source.hpp"

#include <string>

namespace qnn {

namespace detail {

QNN_COLD inline void check_examples(const Extents& found, Index examples, Index classes, const Extents& input,
                                    Index outputs) {
  const bool fits = found == input || (input.rank() == 1 && found.size() == input.size());
  if (!fits) {
    throw ArgumentError("examples: extents", to_string(input) + ", the network's input", to_string(found));
  }
  if (examples == 0) {
    throw ArgumentError("examples", "at least one", "none");
  }
  if (classes > outputs) {
    throw ArgumentError("examples: classes",
                        "at most " + std::to_string(outputs) + ", one for each output of the network",
                        std::to_string(classes));
  }
}

}  // namespace detail

/// Checks that a network with input `In` and `outputs` outputs can read the source: the same extents (or a flat input
/// of as many elements), at least one example, no more classes than outputs. @throws ArgumentError
template <StaticShape In, ExampleSource S>
void check_examples(const S& source, Index outputs) {
  detail::check_examples(source.extents(), source.size(), source.classes(), In::extents, outputs);
}

/// Writes examples indices[0], indices[1], ... to the batch, normalized. @pre as many indices as the batch has places
template <class Indices, ExampleSource S, StaticShape In>
void copy_examples(const S& source, const Indices& indices, Batch<float, In> batch) {
  for (Index n = 0; n < batch.count(); ++n) {
    source.copy(indices[static_cast<std::size_t>(n)], batch[n].span());
  }
}

/// The numbers first, first + 1, ... as indices for copy_examples.
struct Consecutive {
  Index first;
  constexpr Index operator[](std::size_t n) const { return first + static_cast<Index>(n); }
};

}  // namespace qnn
