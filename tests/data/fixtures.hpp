// SPDX-License-Identifier: MIT
/// @file
/// Small files and folders for the tests of data sets, made on the spot.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <lzma.h>
#include <zlib.h>

namespace qnn::test {

using Bytes = std::vector<std::uint8_t>;

/// The message of the `Exception` that `call` throws; empty where it throws none. Other exceptions pass.
template <class Exception, class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Exception& error) {
    return error.what();
  }
  return {};
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Big-endian header numbers, then `body`.
inline Bytes idx(std::initializer_list<std::uint32_t> header, const Bytes& body) {
  Bytes bytes;
  for (const std::uint32_t number : header) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::uint8_t>(number >> shift));
    }
  }
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

/// `count` bytes that do not repeat soon: the multiples of 37.
inline Bytes ramp(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    bytes[i] = static_cast<std::uint8_t>(i * 37);
  }
  return bytes;
}

inline Bytes gzip(const Bytes& contents) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  Bytes packed(deflateBound(&stream, static_cast<uLong>(contents.size())) + 64);
  Bytes input = contents;  // zlib wants it mutable
  stream.next_in = input.data();
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) {
    throw std::runtime_error("deflate");
  }
  return packed;
}

inline Bytes xz(const Bytes& contents) {
  Bytes packed(lzma_stream_buffer_bound(contents.size()));
  std::size_t used = 0;
  if (lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr, contents.data(), contents.size(), packed.data(), &used,
                              packed.size()) != LZMA_OK) {
    throw std::runtime_error("lzma_easy_buffer_encode");
  }
  packed.resize(used);
  return packed;
}

/// A new folder that vanishes with this object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::random_device source;
    path_ = std::filesystem::temp_directory_path() /
            ("qnn-data-test-" + std::to_string(source()) + "-" + std::to_string(source()));
    if (!std::filesystem::create_directory(path_)) {
      throw std::runtime_error(path_.string());
    }
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  /// Writes a file, with the folders above it, and returns its path.
  std::filesystem::path write(const std::filesystem::path& name, const Bytes& contents) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream stream(file, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
    return file;
  }

 private:
  std::filesystem::path path_;
};

/// Sets an environment variable (or removes it, where `value` is empty) and puts the old state back at the end.
class ScopedEnvironment {
 public:
  ScopedEnvironment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) {
      old_ = old;
    }
    value.empty() ? unsetenv(name) : setenv(name, value.c_str(), 1);
  }
  ScopedEnvironment(const ScopedEnvironment&) = delete;
  ScopedEnvironment& operator=(const ScopedEnvironment&) = delete;
  ~ScopedEnvironment() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace qnn::test
