// SPDX-License-Identifier: MIT
/// @file
/// Numbers in the bytes of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace qnn::detail {

/// An unsigned number of `sizeof(T)` bytes, little-endian. @pre the bytes are there
template <class T>
T little_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    number = static_cast<T>(number | T{bytes[at + i]} << (8 * i));
  }
  return number;
}

}  // namespace qnn::detail
