// SPDX-License-Identifier: MIT
/// @file
/// NumPy's files of arrays: .npz, a zip archive of .npy arrays, and a single .npy. Opt-in: link qnn::data (zlib,
/// liblzma).
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/data/file.hpp"
#include "qnn/io/float_tensors.hpp"
#include "qnn/io/npy.hpp"
#include "qnn/io/zip.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn {

/// Every array of a .npz file by its name without ".npy": `np.savez`, `np.savez_compressed`. Float32 and float64,
/// little-endian, in C or Fortran order; float64 is rounded to float32.
/// @throws FileError naming file, member, expected and found: where the file cannot be read, is no zip archive or is
///         truncated or corrupt (every CRC-32 is checked); where members overlap, are encrypted, are no arrays, or
///         unpack to more than `options.max_bytes` together, which is known before anything is unpacked; where an array
///         holds other types than floats, or a NaN or an infinity
QNN_COLD inline FloatTensors read_npz(const std::filesystem::path& path, const WeightFileOptions& options = {}) {
  const std::vector<std::uint8_t> bytes = detail::read_packed(path, options.max_bytes);
  const detail::ZipArchive archive(bytes, path);
  FloatTensors result{.source = path, .tensors = {}};
  std::vector<std::pair<const detail::ZipMember*, std::string>> wanted;
  std::uint64_t size = 0;
  for (const detail::ZipMember& member : archive.members()) {
    constexpr std::string_view ending = ".npy";
    if (!member.name.ends_with(ending)) {
      throw FileError(path,
                      "member \"" + member.name + "\": expected arrays, which are called *.npy, found another file");
    }
    std::string name = member.name.substr(0, member.name.size() - ending.size());
    if (!detail::is_ignored(name, options.ignored)) {
      size += member.size;
      wanted.emplace_back(&member, std::move(name));
    }
    if (size > options.max_bytes) {
      throw FileError(path, "member \"" + member.name + "\": expected arrays of at most " +
                                std::to_string(options.max_bytes) + " bytes in all, found " + std::to_string(size) +
                                " or more");
    }
  }
  for (const auto& [member, name] : wanted) {
    const std::vector<std::uint8_t> contents = archive.unpack(*member);
    result.tensors.emplace(name, detail::parse_npy(contents, path, name));
  }
  return result;
}

/// The array of a .npy file: `np.save`. @throws FileError as read_npz
QNN_COLD inline FloatTensor read_npy(const std::filesystem::path& path, const WeightFileOptions& options = {}) {
  return detail::parse_npy(detail::read_packed(path, options.max_bytes), path, path.stem().string());
}

}  // namespace qnn
