// SPDX-License-Identifier: MIT
/// @file
/// Types and shapes of the tensors in a file.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/shape.hpp"

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qnn {

/// Type of a tensor's elements, in the order in which the reference implementation ranks them: by size, then as listed.
enum class DType { u8, i8, i16, i32, f32, i64 };

/// What the format calls a type, and its bytes in an element. Indexed by DType.
struct DTypeTraits {
  std::string_view name;
  Index size;
};
inline constexpr std::array<DTypeTraits, 6> dtype_traits{
    {{"U8", 1}, {"I8", 1}, {"I16", 2}, {"I32", 4}, {"F32", 4}, {"I64", 8}}};

constexpr std::string_view to_string(DType type) { return dtype_traits[static_cast<std::size_t>(type)].name; }
constexpr Index size_of(DType type) { return dtype_traits[static_cast<std::size_t>(type)].size; }

/// C++ types that a tensor in a file can hold.
template <class T>
concept TensorElement = std::same_as<T, float> || std::same_as<T, std::int8_t> || std::same_as<T, std::uint8_t> ||
    std::same_as<T, std::int16_t> || std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t>;

template <TensorElement T>
inline constexpr DType dtype_of = std::same_as<T, float>          ? DType::f32
                                  : std::same_as<T, std::int8_t>  ? DType::i8
                                  : std::same_as<T, std::uint8_t> ? DType::u8
                                  : std::same_as<T, std::int16_t> ? DType::i16
                                  : std::same_as<T, std::int32_t> ? DType::i32
                                                                  : DType::i64;

/// Most dimensions of a tensor in a file: those of a NumPy array.
inline constexpr std::size_t max_tensor_rank = 64;

namespace detail::safetensors {

/// "[2, 3]".
QNN_COLD inline std::string bracketed(const std::vector<Index>& numbers, const char* separator = ", ") {
  std::string text;
  for (const Index number : numbers) {
    text += (text.empty() ? "" : separator) + std::to_string(number);
  }
  return "[" + text + "]";
}

QNN_COLD inline std::string describe(DType type, const std::vector<Index>& shape) {
  return std::string(to_string(type)) + " " + bracketed(shape);
}

/// Bytes of a tensor; nothing where an extent is negative or a product leaves the range of `Index`.
QNN_COLD inline std::optional<Index> byte_count(DType type, const std::vector<Index>& shape) {
  Index bytes = size_of(type);
  for (const Index extent : shape) {
    if (extent < 0 || (extent > 0 && bytes > std::numeric_limits<Index>::max() / extent)) {
      return std::nullopt;
    }
    bytes *= extent;
  }
  return bytes;
}

}  // namespace detail::safetensors

}  // namespace qnn
