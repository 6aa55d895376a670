// SPDX-License-Identifier: MIT
/// @file
/// The exception of files; apart from the others, so that inference includes no <filesystem>.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace qnn {

/// A file that is missing, unreadable, malformed or not what it should be. Names the file and, where known, the byte.
class FileError : public Error {
 public:
  QNN_COLD FileError(const std::filesystem::path& file, std::string_view what)
      : Error(file.string() + ": " + std::string(what)) {}
  QNN_COLD FileError(const std::filesystem::path& file, std::uint64_t offset, std::string_view what)
      : Error(file.string() + ": byte " + std::to_string(offset) + ": " + std::string(what)) {}
  QNN_COLD FileError(const std::filesystem::path& file, std::uint64_t offset, std::string_view what,
                     std::string_view expected, std::string_view found)
      : FileError(file, offset,
                  std::string(what) + ": expected " + std::string(expected) + ", found " + std::string(found)) {}
};

}  // namespace qnn
