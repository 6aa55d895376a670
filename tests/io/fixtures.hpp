// SPDX-License-Identifier: MIT
/// @file
/// What the tests of files share: folders that vanish, bytes of files, what reading them is answered with,
/// and copies of tensor files with something changed.
#pragma once

#include "qnn/core/file_error.hpp"
#include "qnn/io/safetensors.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace fixtures {

/// A folder of its own for each test, gone afterwards.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("qnn_io_test_" + std::to_string(std::random_device{}()));
  Folder() { std::filesystem::create_directory(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path operator/(const char* name) const { return path / name; }
  std::ptrdiff_t entries() const {
    return std::distance(std::filesystem::directory_iterator(path), std::filesystem::directory_iterator());
  }
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline void put(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);  // some file systems flush a file that is cut and written again, which is slow
  std::ofstream(path, std::ios::binary) << bytes;
}

/// The 8 bytes that a tensor file begins with: the length of its header.
inline std::string length_field(std::uint64_t length) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) {
    bytes += static_cast<char>(length >> shift & 0xFF);
  }
  return bytes;
}

inline std::string with_length(const std::string& header, const std::string& data = {}) {
  return length_field(header.size()) + header + data;
}

/// Message of the FileError that `action` throws; "no error" where it throws none.
template <class Action>
std::string refusal_by(Action&& action) {
  try {
    action();
  } catch (const qnn::FileError& error) {
    return error.what();
  }
  return "no error";
}

/// What reading `bytes` as a tensor file is answered with.
inline std::string refusal(const std::string& bytes) {
  const Folder folder;
  put(folder / "bad.safetensors", bytes);
  return refusal_by([&] { qnn::TensorFile::read(folder / "bad.safetensors"); });
}

/// A network as it is saved.
template <class Network>
qnn::TensorFile file_of(const Network& network) {
  const Folder folder;
  save(folder / "x", network);
  return qnn::TensorFile::read(folder / "x");
}

/// What `load(path, network)` is answered with where `file` stands at the path, without the path that every message
/// begins with. What refuses it leaves the network alone.
template <class Network>
std::string refusal_by_load(const qnn::TensorFile& file, Network& network) {
  const Folder folder;
  save(folder / "before", network);
  file.write(folder / "file");
  const std::string message = refusal_by([&] { load(folder / "file", network); });
  if (message == "no error") {
    return message;
  }
  save(folder / "after", network);
  CHECK(contents(folder / "before") == contents(folder / "after"));
  const std::string where = (folder / "file").string() + ": ";
  REQUIRE(message.starts_with(where));
  return message.substr(where.size());
}

/// Whether `text` contains `part`; shows the text where it does not.
inline bool has(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) {
    MESSAGE(text);
  }
  return found;
}

template <class T>
void copy_elements(qnn::TensorFile& to, const std::string& name, const qnn::TensorEntry& entry) {
  const auto* const first = reinterpret_cast<const T*>(entry.bytes.data());
  to.add<T>(name, entry.shape, std::span<const T>(first, entry.bytes.size() / sizeof(T)));
}

inline void copy_tensor(qnn::TensorFile& to, const std::string& name, const qnn::TensorEntry& entry) {
  switch (entry.type) {
    case qnn::DType::u8:
      return copy_elements<std::uint8_t>(to, name, entry);
    case qnn::DType::i8:
      return copy_elements<std::int8_t>(to, name, entry);
    case qnn::DType::i16:
      return copy_elements<std::int16_t>(to, name, entry);
    case qnn::DType::i32:
      return copy_elements<std::int32_t>(to, name, entry);
    case qnn::DType::f32:
      return copy_elements<float>(to, name, entry);
    case qnn::DType::i64:
      return copy_elements<std::int64_t>(to, name, entry);
  }
}

/// The file but for one tensor, or one key of the metadata.
inline qnn::TensorFile without(const qnn::TensorFile& file, const std::string& left_out) {
  qnn::TensorFile result;
  for (const std::string& name : file.names()) {
    if (name != left_out) {
      copy_tensor(result, name, file.entry(name));
    }
  }
  for (const auto& [key, text] : file.metadata()) {
    if (key != left_out) {
      result.set_metadata(key, text);
    }
  }
  return result;
}

inline qnn::TensorFile with_text(qnn::TensorFile file, const std::string& key, const std::string& text) {
  file.set_metadata(key, text);
  return file;
}

/// The file with element `index` of a tensor replaced.
template <class T>
qnn::TensorFile with_element(const qnn::TensorFile& file, const std::string& name, std::size_t index, T value) {
  const auto shape = file.entry(name).shape;
  const auto elements = file.tensor<T>(name, shape);
  std::vector<T> changed(elements.begin(), elements.end());
  changed.at(index) = value;
  qnn::TensorFile result = without(file, name);
  result.add<T>(name, shape, changed);
  return result;
}

}  // namespace fixtures
