// SPDX-License-Identifier: MIT
/// @file
/// What the outputs of a pass are compared with: labels, or the examples themselves.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/core/view.hpp"
#include "qnn/data/example_source.hpp"
#include "qnn/training/loss.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace qnn {

/// Memory for the targets of loss `L` of up to `capacity` examples of shape `In`: here their labels.
template <Loss L, StaticShape In>
class Targets {
 public:
  explicit Targets(Index capacity) : labels_(static_cast<std::size_t>(capacity)) {}

  /// Those of examples indices[0], indices[1], ..., which stand in `inputs`. Valid until the next call.
  template <ExampleSource S>
  std::span<const std::int32_t> of(const S& source, std::span<const Index> indices, Batch<const float, In> /*inputs*/) {
    std::transform(indices.begin(), indices.end(), labels_.begin(), [&](Index i) { return source.label(i); });
    return std::span<const std::int32_t>(labels_).first(indices.size());
  }

 private:
  std::vector<std::int32_t> labels_;
};

/// Here copies of the examples: augmentation changes those that the network reads, and layers write over them.
template <Loss L, StaticShape In>
  requires detail::reads_example<L>
class Targets<L, In> {
 public:
  explicit Targets(Index capacity) : examples_(static_cast<std::size_t>(capacity * In::size)) {}

  template <ExampleSource S>
  Batch<const float, In> of(const S& /*source*/, std::span<const Index> /*indices*/, Batch<const float, In> inputs) {
    std::copy(inputs.begin(), inputs.end(), examples_.begin());
    return {examples_.data(), inputs.count()};
  }

 private:
  AlignedVector<float> examples_;
};

namespace detail {

inline Index count_of(std::span<const std::int32_t> labels) { return static_cast<Index>(labels.size()); }
inline std::int32_t target_of(std::span<const std::int32_t> labels, Index n) {
  return labels[static_cast<std::size_t>(n)];
}
template <StaticShape S>
Index count_of(Batch<const float, S> examples) {
  return examples.count();
}
template <StaticShape S>
std::span<const float> target_of(Batch<const float, S> examples, Index n) {
  return examples[n].span();
}

}  // namespace detail

}  // namespace qnn
