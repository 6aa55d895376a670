// SPDX-License-Identifier: MIT
/// @file
/// Named tensors and text in one file of the safetensors format. Opt-in: uses nlohmann_json.
///
/// A file is: 8 bytes, the length N of the header (unsigned, little-endian); N bytes of JSON,
/// `{"__metadata__": {key: text}, name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}`, padded
/// with spaces; the elements of all tensors, little-endian and row-major. Offsets count bytes from the header's end.
/// Source: https://github.com/huggingface/safetensors, section "Format".
///
/// The reader treats a file as hostile: whatever it does not refuse is consistent, and what it allocates is bounded by
/// the size of the file. Values are not looked at: a NaN passes.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/aligned.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/io/atomic_file.hpp"
#include "qnn/io/safetensors_header.hpp"
#include "qnn/io/tensor_type.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn {

/// One tensor: `bytes` holds the elements, row-major, aligned for any type.
struct TensorEntry {
  DType type;
  std::vector<Index> shape;
  AlignedVector<std::byte> bytes;
  friend bool operator==(const TensorEntry&, const TensorEntry&) = default;
};

namespace detail::safetensors {

using Named = std::pair<const std::string, TensorEntry>;

/// The header, padded so that the data begins at a multiple of 8 bytes.
QNN_COLD inline std::string header_text(std::span<const Named* const> ordered,
                                        const std::map<std::string, std::string, std::less<>>& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata) {
    text += (text.empty() ? "" : ",") + json_string(key, "key") + ":" + json_string(value, "text");
  }
  if (!text.empty()) {
    text = json_string(std::string(metadata_key), "key") + ":{" + text + "}";
  }
  std::size_t begin = 0;
  for (const Named* tensor : ordered) {
    const auto& [name, entry] = *tensor;
    const std::size_t end = begin + entry.bytes.size();
    // Written by hand: an ordered_json would be a second library to compile.
    text += (text.empty() ? "" : ",") + json_string(name, "name") + ":{\"dtype\":\"" +
            std::string(to_string(entry.type)) + "\",\"shape\":" + bracketed(entry.shape, ",") +
            ",\"data_offsets\":" + bracketed({static_cast<Index>(begin), static_cast<Index>(end)}, ",") + "}";
    begin = end;
  }
  text = "{" + text + "}";
  text.resize((text.size() + length_bytes - 1) / length_bytes * length_bytes, ' ');
  return text;
}

}  // namespace detail::safetensors

/// Tensors and metadata in memory, and their way to a file and back.
class TensorFile {
 public:
  /// Largest file, in bytes, that `read` accepts unless told otherwise.
  static constexpr std::uint64_t default_limit = std::uint64_t{1} << 34;

  /// Copies a tensor in: `file.add<float>("weight", {10, 64}, weights)`. Rank 0 is a scalar, and an extent of 0
  /// makes a tensor without elements.
  /// @throws ArgumentError where the name is taken, reserved or not UTF-8, the rank is above max_tensor_rank, or there
  ///         are not as many elements as `shape` says
  template <TensorElement T>
  void add(std::string name, const std::vector<Index>& shape, std::span<const T> elements);

  /// The elements of tensor `name`, aligned to a cache line, valid for as long as this object lives.
  /// @throws FileError where the tensor is missing or its type or shape is not the expected one
  template <TensorElement T>
  std::span<const T> tensor(std::string_view name, const std::vector<Index>& expected_shape) const&;
  template <TensorElement T>
  std::span<const T> tensor(std::string_view name, const std::vector<Index>& expected_shape) const&& = delete;

  /// Tensor `name`, whatever its type and shape. @throws FileError where it is missing
  const TensorEntry& entry(std::string_view name) const;
  bool contains(std::string_view name) const { return tensors_.contains(name); }
  /// Names of all tensors, sorted by their bytes.
  std::vector<std::string> names() const;

  /// @throws ArgumentError where key or text is not UTF-8
  void set_metadata(std::string key, std::string text);
  /// @throws FileError where the key is missing
  const std::string& metadata(std::string_view key) const;
  const std::map<std::string, std::string, std::less<>>& metadata() const { return metadata_; }

  /// Reads and checks a file of at most `limit` bytes.
  /// @throws FileError with the byte offset for any file that breaks the format. Stricter than the reference
  ///         implementation: doubled keys, unknown fields and types other than DType's are refused.
  static TensorFile read(const std::filesystem::path& path, std::uint64_t limit = default_limit);
  /// Writes whole or not at all, see write_file_atomically. Equal contents give equal bytes: tensors by descending
  /// DType, then by name, as the reference implementation orders them, so that each is aligned in the file; metadata by
  /// key. @throws FileError
  void write(const std::filesystem::path& path) const;

  /// Equal tensors and metadata, wherever they come from.
  friend bool operator==(const TensorFile& a, const TensorFile& b) {
    return a.metadata_ == b.metadata_ && a.tensors_ == b.tensors_;
  }

 private:
  void add_bytes(std::string name, DType type, const std::vector<Index>& shape, std::span<const std::byte> bytes,
                 std::size_t elements);

  std::filesystem::path source_ = "(tensors in memory)";
  std::map<std::string, TensorEntry, std::less<>> tensors_;
  std::map<std::string, std::string, std::less<>> metadata_;
};

template <TensorElement T>
void TensorFile::add(std::string name, const std::vector<Index>& shape, std::span<const T> elements) {
  add_bytes(std::move(name), dtype_of<T>, shape, std::as_bytes(elements), elements.size());
}

QNN_COLD inline void TensorFile::add_bytes(std::string name, DType type, const std::vector<Index>& shape,
                                           std::span<const std::byte> bytes, std::size_t elements) {
  namespace format = detail::safetensors;
  format::json_string(name, "name of a tensor");
  if (name == format::metadata_key || contains(name)) {
    throw ArgumentError("name of a tensor", "one that is neither taken nor reserved", format::in_quotes(name));
  }
  if (shape.size() > max_tensor_rank) {
    throw ArgumentError("shape of tensor " + format::in_quotes(name),
                        "at most " + std::to_string(max_tensor_rank) + " extents", std::to_string(shape.size()));
  }
  if (format::byte_count(type, shape) != std::ssize(bytes)) {
    throw ArgumentError("elements of tensor " + format::in_quotes(name),
                        "as many as its shape " + format::bracketed(shape), std::to_string(elements));
  }
  tensors_.emplace(std::move(name), TensorEntry{type, shape, {bytes.begin(), bytes.end()}});
}

template <TensorElement T>
std::span<const T> TensorFile::tensor(std::string_view name, const std::vector<Index>& expected_shape) const& {
  namespace format = detail::safetensors;
  const TensorEntry& found = entry(name);
  if (found.type != dtype_of<T> || found.shape != expected_shape) {
    throw FileError(source_, "tensor " + format::in_quotes(name) + ": expected " +
                                 format::describe(dtype_of<T>, expected_shape) + ", found " +
                                 format::describe(found.type, found.shape));
  }
  return {reinterpret_cast<const T*>(found.bytes.data()), found.bytes.size() / sizeof(T)};
}

QNN_COLD inline const TensorEntry& TensorFile::entry(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    throw FileError(source_, "tensor " + detail::safetensors::in_quotes(name) +
                                 " is missing; tensors: " + detail::safetensors::some_keys(tensors_));
  }
  return found->second;
}

QNN_COLD inline std::vector<std::string> TensorFile::names() const {
  std::vector<std::string> names;
  names.reserve(tensors_.size());
  for (const auto& [name, tensor] : tensors_) {
    names.push_back(name);
  }
  return names;
}

QNN_COLD inline void TensorFile::set_metadata(std::string key, std::string text) {
  detail::safetensors::json_string(key, "key of metadata");
  detail::safetensors::json_string(text, "metadata " + detail::safetensors::in_quotes(key));
  metadata_.insert_or_assign(std::move(key), std::move(text));
}

QNN_COLD inline const std::string& TensorFile::metadata(std::string_view key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) {
    throw FileError(source_, "metadata " + detail::safetensors::in_quotes(key) +
                                 " is missing; keys: " + detail::safetensors::some_keys(metadata_));
  }
  return found->second;
}

QNN_COLD inline TensorFile TensorFile::read(const std::filesystem::path& path, std::uint64_t limit) {
  namespace format = detail::safetensors;
  format::Input input(path, limit);
  const std::string text = format::read_header(path, input);
  format::HeaderReader header(path, text);
  header.read();
  TensorFile file;
  file.source_ = path;
  file.metadata_ = std::move(header.metadata);
  for (const format::Described* tensor :
       format::layout(path, header.tensors, format::length_bytes + text.size(), input.size())) {
    const format::Description& found = tensor->second;
    TensorEntry entry{*found.type, *found.shape,
                      AlignedVector<std::byte>(static_cast<std::size_t>(found.end() - found.begin()))};
    input.read(entry.bytes);
    file.tensors_.emplace(tensor->first, std::move(entry));
  }
  return file;
}

QNN_COLD inline void TensorFile::write(const std::filesystem::path& path) const {
  namespace format = detail::safetensors;
  std::vector<const format::Named*> ordered;
  ordered.reserve(tensors_.size());
  for (const format::Named& tensor : tensors_) {
    ordered.push_back(&tensor);
  }
  std::ranges::stable_sort(ordered, std::ranges::greater{},
                           [](const format::Named* tensor) { return tensor->second.type; });
  const std::string header = format::header_text(ordered, metadata_);
  if (header.size() > max_tensor_header) {
    throw FileError(path, "is not written: its header of " + std::to_string(header.size()) +
                              " bytes is longer than the format allows, " + std::to_string(max_tensor_header));
  }
  write_file_atomically(path, [&](std::ostream& stream) {
    const auto length = std::bit_cast<std::array<char, format::length_bytes>>(std::uint64_t{header.size()});
    stream.write(length.data(), std::ssize(length));
    stream << header;
    for (const format::Named* tensor : ordered) {
      if (const auto& bytes = tensor->second.bytes; !bytes.empty()) {
        stream.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
      }
    }
  });
}

}  // namespace qnn
