// SPDX-License-Identifier: MIT
/// @file
/// The protocol between whoever has labelled examples and whoever reads them: training, calibration and evaluation.
#pragma once

#include "qnn/core/shape.hpp"

#include <concepts>
#include <cstdint>
#include <span>

namespace qnn {

/// A finite, indexed set of labelled examples that all have the same extents.
///
/// This is the contract. A type `S` models it, for `const S source`, where
///
/// * `source.size()`
///     - ensures: the number of examples, >= 0; the same at every call.
/// * `source.extents()`
///     - ensures: the extents of one example, without the batch, channels last; the same for all examples.
/// * `source.classes()`
///     - ensures: the number of classes, >= 1.
/// * `source.copy(i, out)`
///     - requires: 0 <= i < size() and out.size() == extents().size().
///     - ensures: every element of `out` is written with example i as the network shall see it (normalized), each
///       finite; the same values at every call with the same i.
/// * `source.label(i)`
///     - requires: 0 <= i < size().
///     - ensures: the class of example i, 0 <= label < classes().
///
/// No member changes the source, and several threads may call them at the same time. Copying a source is not asked for:
/// readers hold it by reference. Whether a broken `requires` is reported is left to the source; `Dataset` throws
/// ArgumentError.
template <class S>
concept ExampleSource = requires(const S& source, Index i, std::span<float> out) {
  { source.size() } -> std::convertible_to<Index>;
  { source.extents() } -> std::convertible_to<Extents>;
  { source.classes() } -> std::convertible_to<int>;
  { source.copy(i, out) } -> std::same_as<void>;
  { source.label(i) } -> std::same_as<std::int32_t>;
};

}  // namespace qnn
