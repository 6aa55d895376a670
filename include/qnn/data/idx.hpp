// SPDX-License-Identifier: MIT
/// @file
/// The IDX format of MNIST and its relatives, read from memory.
///
/// A file is a header of big-endian 32-bit numbers and then bytes, nothing else:
///   images  2051, count, height, width, then count * height * width pixels, row by row
///   labels  2049, count, then count labels
/// Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits", section on file formats.
///
/// Nothing in the header is believed before the length of the file confirms it, so that no header can make the reader
/// ask for more memory than the file itself takes.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/core/shape.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace qnn {

/// How the pixels of an IDX file are meant.
struct IdxImageOptions {
  /// The file holds columns where rows are meant, as EMNIST's do: exchange them.
  bool transposed = false;
};

/// Which labels an IDX file may hold.
struct IdxLabelOptions {
  /// Labels read are 0 .. classes-1, after `first` was subtracted.
  int classes = 10;
  /// The label that stands for class 0: 1 in EMNIST letters.
  int first = 0;
};

/// `count` grey images, row by row: (count, height, width, 1).
struct IdxImages {
  Index count, height, width;
  std::vector<std::uint8_t> pixels;
};

namespace detail {

inline constexpr std::uint32_t idx_images_magic = 2051;
inline constexpr std::uint32_t idx_labels_magic = 2049;

inline std::uint32_t big_endian_at(std::span<const std::uint8_t> bytes, std::size_t offset) {
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes.subspan(offset, 4)) {
    number = number << 8 | byte;
  }
  return number;
}

/// The extents behind the magic number, `rank` of them, after checking that they are positive (the count may be 0) and
/// that the bytes behind the header are exactly their product.
QNN_COLD inline std::vector<std::uint64_t> idx_extents(std::span<const std::uint8_t> bytes,
                                                       const std::filesystem::path& file, std::uint32_t magic,
                                                       std::size_t rank) {
  const std::size_t header = 4 * (1 + rank);
  if (bytes.size() < header) {
    throw FileError(file, bytes.size(), "end of file in the IDX header", std::to_string(header) + " bytes",
                    std::to_string(bytes.size()));
  }
  if (const std::uint32_t found = big_endian_at(bytes, 0); found != magic) {
    throw FileError(file, 0, "magic number", std::to_string(magic) + (rank == 1 ? " (IDX labels)" : " (IDX images)"),
                    std::to_string(found));
  }
  std::vector<std::uint64_t> extents;
  std::uint64_t per_item = 1;  // cannot overflow: at most two 32-bit factors
  std::string product;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::size_t offset = 4 * (1 + axis);
    extents.push_back(big_endian_at(bytes, offset));
    product += (axis == 0 ? "" : " x ") + std::to_string(extents.back());
    if (axis > 0 && extents.back() == 0) {
      throw FileError(file, offset, "extent of an image", "at least 1", "0");
    }
    per_item *= axis > 0 ? extents.back() : 1;
  }
  // The promised product may not fit in 64 bits: compare by division.
  const std::uint64_t available = bytes.size() - header;
  if (available % per_item != 0 || available / per_item != extents[0]) {
    throw FileError(file, header, rank == 1 ? "labels" : "pixels", product + " bytes, as the header says",
                    std::to_string(available) + " bytes up to the end of the file");
  }
  return extents;
}

}  // namespace detail

/// Images of an IDX file that is in `bytes`; `file` is only named in errors.
/// @throws FileError where the magic number or an extent is wrong, or bytes are missing or left over
inline IdxImages parse_idx_images(std::span<const std::uint8_t> bytes, const std::filesystem::path& file,
                                  IdxImageOptions options = {}) {
  const auto extents = detail::idx_extents(bytes, file, detail::idx_images_magic, 3);
  IdxImages images{.count = static_cast<Index>(extents[0]),
                   .height = static_cast<Index>(extents[1]),
                   .width = static_cast<Index>(extents[2]),
                   .pixels = {}};
  const std::span<const std::uint8_t> stored = bytes.subspan(16);
  if (!options.transposed) {
    images.pixels.assign(stored.begin(), stored.end());
    return images;
  }
  std::swap(images.height, images.width);  // stored are `width` rows of `height` pixels
  images.pixels.reserve(stored.size());
  for (Index image = 0; image < images.count; ++image) {
    for (Index row = 0; row < images.height; ++row) {
      for (Index column = 0; column < images.width; ++column) {
        const Index offset = (image * images.width + column) * images.height + row;
        images.pixels.push_back(stored[static_cast<std::size_t>(offset)]);
      }
    }
  }
  return images;
}

/// Labels of an IDX file that is in `bytes`, as classes; `file` is only named in errors. O(count).
/// @throws FileError where the magic number is wrong, bytes are missing or left over, or a label is out of range
inline std::vector<std::int32_t> parse_idx_labels(std::span<const std::uint8_t> bytes,
                                                  const std::filesystem::path& file, IdxLabelOptions options = {}) {
  detail::idx_extents(bytes, file, detail::idx_labels_magic, 1);
  std::vector<std::int32_t> labels;
  labels.reserve(bytes.size() - 8);
  for (std::size_t offset = 8; offset < bytes.size(); ++offset) {
    const int label = int{bytes[offset]} - options.first;
    if (label < 0 || label >= options.classes) {
      throw FileError(file, offset, "label",
                      std::to_string(options.first) + " to " + std::to_string(options.first + options.classes - 1),
                      std::to_string(bytes[offset]));
    }
    labels.push_back(label);
  }
  return labels;
}

}  // namespace qnn
