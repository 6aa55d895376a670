// SPDX-License-Identifier: MIT
/// @file
/// Tensors of floats by name, as files of weights from elsewhere hold them.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/io/number_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qnn {

/// One tensor: finite numbers, row-major.
struct FloatTensor {
  std::vector<Index> shape;
  std::vector<float> values;
  friend bool operator==(const FloatTensor&, const FloatTensor&) = default;
};

/// What a file of weights holds, and where it came from.
struct FloatTensors {
  std::filesystem::path source = "(tensors in memory)";
  std::map<std::string, FloatTensor, std::less<>> tensors;
};

/// What to read of a file of weights.
struct WeightFileOptions {
  /// Bytes that all tensors together may unpack to: say what you expect, such as `weight_bytes<Architecture>` of
  /// io/pretrained.hpp. It, not what the file promises, bounds the memory used.
  std::uint64_t max_bytes = std::uint64_t{1} << 30;
  /// Tensors whose names end in one of these are not read: `{"num_batches_tracked"}` is what PyTorch's BatchNorm keeps
  /// besides, an integer.
  std::vector<std::string> ignored = {};
};

namespace detail {

inline bool is_ignored(std::string_view name, const std::vector<std::string>& endings) {
  return std::ranges::any_of(endings, [&](const std::string& ending) { return name.ends_with(ending); });
}

/// "(16, 3, 3, 3)", "(16,)", "()": a shape as NumPy writes it.
QNN_COLD inline std::string shape_text(std::span<const Index> shape) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    text += (axis == 0 ? "" : ", ") + std::to_string(shape[axis]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

/// @throws FileError where a value is NaN or infinite, naming the tensor and the element
QNN_COLD inline void check_finite(const std::filesystem::path& file, std::string_view name,
                                  std::span<const float> values) {
  const auto found = std::ranges::find_if(values, [](float value) { return !std::isfinite(value); });
  if (found != values.end()) {
    throw FileError(file, "tensor \"" + std::string(name) + "\", element " + std::to_string(found - values.begin()) +
                              ": expected a number that is finite as a float32, found " + number_text(*found));
  }
}

}  // namespace detail

}  // namespace qnn
