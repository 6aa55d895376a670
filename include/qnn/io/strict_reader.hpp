// SPDX-License-Identifier: MIT
/// @file
/// A tensor file of one architecture, read with nothing taken on trust. What loading networks and checkpoints share.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/io/architecture_signature.hpp"
#include "qnn/io/number_text.hpp"
#include "qnn/io/safetensors.hpp"
#include "qnn/numeric/rounding.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qnn::detail {

/// Bytes of the largest file whose tensors take at most `per_parameter` bytes for each of some parameters.
/// What a reader allocates is bounded by it before anything in the file is believed.
constexpr std::uint64_t largest_file(std::uint64_t per_parameter, Index parameters) {
  return safetensors::length_bytes + max_tensor_header + per_parameter * static_cast<std::uint64_t>(parameters);
}

/// Every function throws FileError, naming the file, the tensor or key, what was expected and what was found.
class StrictReader {
 public:
  /// Reads a file of at most `limit` bytes; a larger one is refused unread.
  StrictReader(const std::filesystem::path& path, std::uint64_t limit)
      : path_(path), file_(TensorFile::read(path, limit)) {}

  [[noreturn]] void refuse(std::string_view what, std::string_view expected, std::string_view found) const {
    throw FileError(path_, std::string(what) + ": expected " + std::string(expected) + ", found " + std::string(found));
  }
  static std::string name_of_key(std::string_view key) { return "metadata " + safetensors::in_quotes(key); }
  static std::string name_of_tensor(std::string_view name) { return "tensor " + safetensors::in_quotes(name); }

  /// The file is in this format and one of this architecture; otherwise the first layer that differs is named.
  template <class Architecture>
  void check_architecture() const {
    check_text(format_key, format_version);
    const std::string expected = architecture_text<Architecture>();
    const std::string& found = file_.metadata(architecture_key);
    if (found != expected) {
      refuse_layers(expected, found);
    }
    check_text(fingerprint_key, fingerprint<Architecture>());
  }

  void check_text(std::string_view key, std::string_view expected) const {
    if (const std::string& found = file_.metadata(key); found != expected) {
      refuse(name_of_key(key), safetensors::in_quotes(expected), safetensors::in_quotes(found));
    }
  }

  template <Number T>
  T number(std::string_view key) const {
    const std::string& text = file_.metadata(key);
    const std::optional<T> found = parse_number<T>(text);
    if (!found) {
      refuse(name_of_key(key), "a number of its type", safetensors::in_quotes(text));
    }
    return *found;
  }

  template <Number T>
  std::vector<T> list(std::string_view key, std::size_t size) const {
    const std::string& text = file_.metadata(key);
    std::optional<std::vector<T>> found = parse_list<T>(text);
    if (!found) {
      refuse(name_of_key(key), "a list of numbers of its type", safetensors::in_quotes(text));
    }
    if (found->size() != size) {
      refuse(name_of_key(key), std::to_string(size) + " numbers", std::to_string(found->size()));
    }
    return *std::move(found);
  }

  /// The elements, valid as long as the reader.
  template <TensorElement T>
  std::span<const T> tensor(const std::string& name, const Extents& extents) {
    asked_.insert(name);
    return file_.tensor<T>(name, {extents.begin(), extents.end()});
  }
  /// Elements in a tensor, for those whose size the file may choose.
  Index size_of_tensor(std::string_view name) const {
    const TensorEntry& entry = file_.entry(name);
    return static_cast<Index>(entry.bytes.size()) / size_of(entry.type);
  }

  /// Nothing is in the file that was not asked for.
  void check_complete() const {
    for (const std::string& name : file_.names()) {
      if (!asked_.contains(name)) {
        refuse(name_of_tensor(name), "no such tensor in this architecture and precision",
               safetensors::describe(file_.entry(name).type, file_.entry(name).shape));
      }
    }
  }

 private:
  [[noreturn]] void refuse_layers(std::string_view expected, std::string_view found) const {
    for (Index layer = 0;; ++layer) {
      const std::string_view wanted = take_layer(expected), given = take_layer(found);
      if (wanted != given) {
        const auto quoted = [](std::string_view text) {
          return text.empty() ? "the end of the network" : safetensors::in_quotes(text);
        };
        refuse(name_of_key(architecture_key) + ", layer " + std::to_string(layer), quoted(wanted), quoted(given));
      }
    }
  }
  /// Cuts the first layer off. Two different texts differ in a layer, at the latest where one of them ends.
  static std::string_view take_layer(std::string_view& text) {
    const std::string_view layer = text.substr(0, text.find(layer_separator));
    text.remove_prefix(std::min(text.size(), layer.size() + layer_separator.size()));
    return layer;
  }

  std::filesystem::path path_;
  TensorFile file_;
  std::set<std::string, std::less<>> asked_;
};

/// Throws FileError where a value is NaN or infinite, naming the element.
QNN_COLD inline void check_finite(const StrictReader& reader, const std::string& name, std::span<const float> values) {
  const auto found = std::find_if(values.begin(), values.end(), [](float value) { return !is_finite(value); });
  if (found != values.end()) {
    reader.refuse(StrictReader::name_of_tensor(name) + ", element " + std::to_string(found - values.begin()),
                  "a finite number", number_text(*found));
  }
}

}  // namespace qnn::detail
