// SPDX-License-Identifier: MIT
/// @file
/// One array in NumPy's .npy format, from memory.
///
/// An array is: the magic "\x93NUMPY"; the version of the format, two bytes; the length of the header, little-endian,
/// in 2 bytes (version 1) or 4 (versions 2 and 3); the header, a literal of Python such as `{'descr': '<f4',
/// 'fortran_order': False, 'shape': (16, 3), }`; the elements, one behind the other. Source:
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/io/float_tensors.hpp"
#include "qnn/io/little_endian.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn::detail {

/// Reads the header of an array. The grammar is strict: of Python, what NumPy writes.
class NpyHeader {
 public:
  std::string descr;
  bool fortran_order = false;
  std::vector<Index> shape;

  /// False where the text is not `{'descr': ..., 'fortran_order': ..., 'shape': ...}`, each key once, in any order.
  QNN_COLD bool parse(std::string_view text) {
    rest_ = text;
    if (!take('{')) {
      return false;
    }
    std::array<bool, 3> seen{};
    while (!take('}')) {
      const std::optional<std::string> key = quoted();
      if (!key || !take(':')) {
        return false;
      }
      constexpr std::array<std::string_view, 3> keys{"descr", "fortran_order", "shape"};
      const auto which = static_cast<std::size_t>(std::ranges::find(keys, *key) - keys.begin());
      if (which == keys.size() || std::exchange(seen[which], true)) {
        return false;
      }
      if (!(which == 0 ? read_descr() : which == 1 ? read_order() : read_shape())) {
        return false;
      }
      if (!take(',') && !peek('}')) {
        return false;
      }
    }
    skip_spaces();
    return rest_.empty() && seen == std::array{true, true, true};
  }

 private:
  static constexpr std::size_t max_rank = 32;  // NumPy's own

  void skip_spaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size())); }
  bool peek(char c) {
    skip_spaces();
    return rest_.starts_with(c);
  }
  bool take(char c) {
    const bool found = peek(c);
    rest_.remove_prefix(found ? 1 : 0);
    return found;
  }
  std::optional<std::string> quoted() {
    const char quote = peek('"') ? '"' : '\'';
    if (!take(quote)) {
      return std::nullopt;
    }
    const std::size_t end = rest_.find(quote);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }

  /// A text, or of structured arrays a list: taken as it stands, for the message that refuses it.
  bool read_descr() {
    if (peek('[')) {
      const std::size_t end = std::min(rest_.find(']'), rest_.size() - 1);
      descr = rest_.substr(0, end + 1);
      rest_.remove_prefix(end + 1);
      return true;
    }
    const std::optional<std::string> text = quoted();
    descr = text.value_or("");
    return text.has_value();
  }
  bool read_order() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair{std::string_view("True"), true}, {std::string_view("False"), false}}) {
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(word.size());
        fortran_order = value;
        return true;
      }
    }
    return false;
  }
  bool read_shape() {
    if (!take('(')) {
      return false;
    }
    while (!take(')')) {
      skip_spaces();
      Index extent = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
      if (error != std::errc() || extent < 0 || shape.size() == max_rank) {
        return false;
      }
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      shape.push_back(extent);
      if (!take(',') && !(peek(')') && shape.size() > 1)) {  // (3) is a number in brackets, (3,) a tuple
        return false;
      }
    }
    return true;
  }

  std::string_view rest_;
};

/// Elements of a shape, or nothing where they are more than `most`.
inline std::optional<std::uint64_t> element_count(std::span<const Index> shape, std::uint64_t most) {
  if (std::ranges::find(shape, Index{0}) != shape.end()) {
    return 0;
  }
  std::uint64_t count = 1;
  for (const Index extent : shape) {
    if (static_cast<std::uint64_t>(extent) > most / count) {
      return std::nullopt;
    }
    count *= static_cast<std::uint64_t>(extent);
  }
  return count;
}

/// Elements in the order of Fortran, the first index varying fastest, to row-major order.
inline std::vector<float> from_fortran_order(std::span<const float> values, std::span<const Index> shape) {
  std::vector<float> result;
  result.reserve(values.size());
  std::vector<Index> index(shape.size(), 0), strides(shape.size(), 1);
  for (std::size_t axis = 1; axis < shape.size(); ++axis) {
    strides[axis] = strides[axis - 1] * shape[axis - 1];
  }
  Index from = 0;
  while (result.size() < values.size()) {
    result.push_back(values[static_cast<std::size_t>(from)]);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) {
        break;
      }
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/// The elements of an array whose type is Real, as float32: rounded to nearest, infinite where they are too large.
template <class Real, class Bits>
std::vector<float> floats_of(std::span<const std::uint8_t> bytes) {
  std::vector<float> values(bytes.size() / sizeof(Real));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = std::bit_cast<Real>(little_endian<Bits>(bytes, i * sizeof(Real)));
    if constexpr (sizeof(Real) > sizeof(float)) {
      // Beyond the range of float32 a conversion is undefined; what rounds to its largest number is not beyond.
      constexpr double limit = 0x1.ffffffp127;
      constexpr float infinity = std::numeric_limits<float>::infinity();
      values[i] = value >= limit ? infinity : value <= -limit ? -infinity : static_cast<float>(value);
    } else {
      values[i] = value;
    }
  }
  return values;
}

/// The array in `bytes`, which are all of it. @param name of the array in `file`, for errors
/// @throws FileError naming file and array where the bytes are not an array of finite little-endian floats of 4 or 8
///         bytes, in C or Fortran order
QNN_COLD inline FloatTensor parse_npy(std::span<const std::uint8_t> bytes, const std::filesystem::path& file,
                                      std::string_view name) {
  const auto refuse = [&](std::string_view what, std::string_view expected, std::string_view found) {
    throw FileError(file, "array \"" + std::string(name) + "\": " + std::string(what) + ": expected " +
                              std::string(expected) + ", found " + std::string(found));
  };
  constexpr std::string_view magic = "\x93NUMPY";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(magic)) {
    refuse("magic", "the bytes 93 4E 55 4D 50 59", "other ones: it is no .npy array");
  }
  const std::size_t begin = magic.size() + 2;
  const int version = bytes.size() > magic.size() ? bytes[magic.size()] : 0;
  const std::size_t width = version == 1 ? 2 : 4;
  if (bytes.size() < begin + width) {
    refuse("length", "a version and the length of the header",
           "the end after " + std::to_string(bytes.size()) + " bytes");
  }
  if (version < 1 || version > 3 || bytes[magic.size() + 1] != 0) {
    refuse("version", "1.0, 2.0 or 3.0", std::to_string(version) + "." + std::to_string(bytes[magic.size() + 1]));
  }
  const std::size_t length =
      version == 1 ? little_endian<std::uint16_t>(bytes, begin) : little_endian<std::uint32_t>(bytes, begin);
  if (length > bytes.size() - begin - width) {
    refuse("header", std::to_string(length) + " bytes",
           std::to_string(bytes.size() - begin - width) + " bytes up to the end: it is truncated");
  }
  NpyHeader header;
  constexpr std::size_t longest_quotation = 200;
  if (const std::string_view line = text.substr(begin + width, length); !header.parse(line)) {
    refuse("header", "{'descr': ..., 'fortran_order': ..., 'shape': (...)}",
           std::string(line.substr(0, longest_quotation)));
  }
  if (header.descr != "<f4" && header.descr != "<f8") {
    refuse("type of elements", "'<f4' or '<f8': floats of 4 or 8 bytes, little-endian", "'" + header.descr + "'");
  }
  const std::size_t size = header.descr == "<f4" ? 4 : 8;
  const std::span<const std::uint8_t> elements = bytes.subspan(begin + width + length);
  const std::optional<std::uint64_t> count = element_count(header.shape, elements.size() / size);
  if (!count || *count * size != elements.size()) {
    refuse("elements", "as many bytes as " + std::to_string(size) + " times the shape " + shape_text(header.shape),
           std::to_string(elements.size()));
  }
  std::vector<float> values =
      size == 4 ? floats_of<float, std::uint32_t>(elements) : floats_of<double, std::uint64_t>(elements);
  if (header.fortran_order) {
    values = from_fortran_order(values, header.shape);
  }
  check_finite(file, name, values);
  return {std::move(header.shape), std::move(values)};
}

}  // namespace qnn::detail
