// SPDX-License-Identifier: MIT
/// @file
/// The binary version of CIFAR-10, read from memory.
///
/// A file is records of 3073 bytes and nothing else: 1 label, 0 to 9, then 32x32 red, 32x32 green and 32x32 blue, row
/// by row. There is no header. Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
#pragma once

#include "qnn/core/file_error.hpp"
#include "qnn/core/shape.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace qnn {

inline constexpr Extents cifar10_extents{32, 32, 3};
inline constexpr int cifar10_classes = 10;

/// Images, channels last, and their labels.
struct Cifar10Records {
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;
};

/// Appends the records of a file that is in `bytes` to `records`; `file` is only named in errors. On an error `records`
/// is as it was.
/// @throws FileError where the length is not that of whole records, or a label is out of range
inline void append_cifar10(std::span<const std::uint8_t> bytes, const std::filesystem::path& file,
                           Cifar10Records& records) {
  constexpr std::size_t plane = 32 * 32, channels = 3, record = 1 + channels * plane;
  const std::size_t count = bytes.size() / record;
  if (bytes.size() % record != 0 || count == 0) {
    throw FileError(file, count * record, "CIFAR-10 records", "whole records of " + std::to_string(record) + " bytes",
                    std::to_string(bytes.size() % record) + " bytes up to the end of the file");
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (const std::uint8_t label = bytes[i * record]; label >= cifar10_classes) {
      throw FileError(file, i * record, "label", "0 to 9", std::to_string(label));
    }
  }
  std::size_t position = records.pixels.size();
  records.labels.reserve(records.labels.size() + count);
  records.pixels.resize(position + count * channels * plane);
  for (std::size_t i = 0; i < count; ++i) {
    records.labels.push_back(bytes[i * record]);
    const std::span<const std::uint8_t> planes = bytes.subspan(i * record + 1, channels * plane);
    for (std::size_t pixel = 0; pixel < plane; ++pixel) {
      for (std::size_t channel = 0; channel < channels; ++channel) {
        records.pixels[position++] = planes[channel * plane + pixel];
      }
    }
  }
}

/// The records of one file. @throws FileError as `append_cifar10`
inline Cifar10Records parse_cifar10(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  Cifar10Records records;
  append_cifar10(bytes, file, records);
  return records;
}

}  // namespace qnn
