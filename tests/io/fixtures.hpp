// SPDX-License-Identifier: MIT
/// @file
/// What the tests of files share: folders that vanish, bytes of files, and copies of tensor files with something changed.
#pragma once

#include "qnn/io/safetensors.hpp"

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
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
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
