// SPDX-License-Identifier: MIT
/// @file
/// The header of a safetensors file: read, and checked until nothing in it can mislead. The format is described in
/// qnn/io/safetensors.hpp. Uses nlohmann_json.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/io/tensor_type.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace qnn {

static_assert(std::endian::native == std::endian::little,
              "qnn/io/safetensors.hpp: elements are copied as they are, and the format is little-endian");

/// Largest header of a file, in bytes: that of the reference implementation.
inline constexpr std::uint64_t max_tensor_header = 100'000'000;

namespace detail::safetensors {

inline constexpr std::uint64_t length_bytes = 8;
inline constexpr std::string_view metadata_key = "__metadata__";

/// `text` in quotes for a message: control characters escaped, cut where it is absurdly long.
QNN_COLD inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 100;
  const auto replace = nlohmann::json::error_handler_t::replace;
  return nlohmann::json(text.substr(0, longest)).dump(-1, ' ', true, replace) + (text.size() > longest ? "..." : "");
}

/// The first keys of a map, for a message.
template <class Map>
std::string some_keys(const Map& map) {
  std::string text;
  std::size_t left = 10;
  for (const auto& [key, value] : map) {
    if (left-- == 0) {
      return text + ", ...";
    }
    text += (text.empty() ? "" : ", ") + in_quotes(key);
  }
  return text.empty() ? "none" : text;
}

/// `text` as a JSON string. @throws ArgumentError unless it is UTF-8
QNN_COLD inline std::string json_string(const std::string& text, std::string_view argument) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw ArgumentError(argument, "UTF-8", in_quotes(text));
  }
}

/// A tensor as the header describes it; complete and consistent in itself once its object is closed.
struct Description {
  std::optional<DType> type;
  std::optional<std::vector<Index>> shape, offsets;
  Index begin() const { return offsets->front(); }
  Index end() const { return offsets->back(); }
};

/// Takes the header in as the parser meets it, without building a document: nesting costs nothing, no doubled key is
/// lost, and an error knows its byte (where reading stopped: just behind the offender).
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderReader(const std::filesystem::path& path, const std::string& text) : path_(path), stream_(text) {}

  std::map<std::string, Description> tensors;
  std::map<std::string, std::string, std::less<>> metadata;

  void read() { nlohmann::json::sax_parse(stream_, this); }

  bool start_object(std::size_t) override {
    if (place_ == Place::start) {
      place_ = Place::header;
    } else if (place_ == Place::header && key_ == metadata_key) {
      place_ = Place::metadata;
      has_metadata_ = true;
    } else if (place_ == Place::header) {
      place_ = Place::tensor;
      tensor_ = &tensors[key_];
    } else {
      refuse("an object");
    }
    return true;
  }
  bool key(std::string& text) override {
    if (place_ == Place::header) {
      key_ = text;
      if (tensors.contains(text) || (text == metadata_key && has_metadata_)) {
        fail("the key occurs twice");
      }
    } else {
      field_ = text;
      if (place_ == Place::tensor && text != "dtype" && text != "shape" && text != "data_offsets") {
        fail("unknown field");
      }
      if (place_ == Place::tensor ? has_field(text) : metadata.contains(text)) {
        fail("the key occurs twice");
      }
    }
    return true;
  }
  bool end_object() override {
    if (place_ == Place::tensor) {
      check_tensor();
    }
    field_.clear();
    place_ = Place::header;
    return true;
  }
  bool start_array(std::size_t) override {
    if (place_ != Place::tensor || field_ == "dtype") {
      refuse("an array");
    }
    place_ = Place::numbers;
    numbers_ = &(field_ == "shape" ? tensor_->shape : tensor_->offsets).emplace();
    return true;
  }
  bool end_array() override {
    if (field_ == "data_offsets" && numbers_->size() != 2) {
      fail("expected two numbers, begin and end, found " + std::to_string(numbers_->size()));
    }
    place_ = Place::tensor;
    return true;
  }
  bool number_unsigned(std::uint64_t number) override {
    if (place_ != Place::numbers || !std::in_range<Index>(number)) {
      refuse(std::to_string(number));
    }
    if (numbers_->size() == max_tensor_rank) {
      fail("more than " + std::to_string(max_tensor_rank) + " numbers");
    }
    numbers_->push_back(static_cast<Index>(number));
    return true;
  }
  bool string(std::string& text) override {
    if (place_ == Place::metadata) {
      metadata[field_] = text;
    } else if (place_ == Place::tensor && field_ == "dtype") {
      const auto found = std::ranges::find(dtype_traits, std::string_view(text), &DTypeTraits::name);
      if (found == dtype_traits.end()) {
        refuse(in_quotes(text));
      }
      tensor_->type = static_cast<DType>(found - dtype_traits.begin());
    } else {
      refuse(in_quotes(text));
    }
    return true;
  }
  bool null() override { refuse("null"); }
  bool boolean(bool value) override { refuse(value ? "true" : "false"); }
  bool number_integer(std::int64_t number) override { refuse(std::to_string(number)); }
  bool number_float(double, const std::string& text) override { refuse(text.substr(0, 40)); }
  bool binary(nlohmann::json::binary_t&) override { refuse("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) override {
    constexpr std::size_t longest = 300;  // the message quotes the last token, which may be the whole header
    const std::string reason(std::string_view(error.what()).substr(0, longest));
    throw FileError(path_, length_bytes + position, "header: not JSON: " + reason);
  }

 private:
  enum class Place { start, header, metadata, tensor, numbers };

  bool has_field(std::string_view field) const {
    return field == "dtype" ? tensor_->type.has_value()
                            : (field == "shape" ? tensor_->shape : tensor_->offsets).has_value();
  }
  void check_tensor() {
    for (const std::string_view field : {"dtype", "shape", "data_offsets"}) {
      field_ = field;
      if (!has_field(field)) {
        fail("the field is missing");
      }
    }
    const std::optional<Index> bytes = byte_count(*tensor_->type, *tensor_->shape);
    if (!bytes) {
      field_ = "shape";
      fail("a tensor of " + describe(*tensor_->type, *tensor_->shape) + " is too large for any memory");
    }
    if (tensor_->begin() > tensor_->end() || tensor_->end() - tensor_->begin() != *bytes) {
      fail("expected a range of " + std::to_string(*bytes) + " bytes for " + describe(*tensor_->type, *tensor_->shape) +
           ", found " + bracketed(*tensor_->offsets));
    }
  }

  std::string expected() const {
    switch (place_) {
      case Place::header:
        return key_ == metadata_key ? "an object of texts" : "an object of dtype, shape and data_offsets";
      case Place::metadata:
        return "a text";
      case Place::tensor:
        return field_ == "dtype" ? "one of U8, I8, I16, I32, F32, I64" : "an array of numbers";
      case Place::numbers:
        return "a whole number from 0 to " + std::to_string(std::numeric_limits<Index>::max());
      default:
        return "an object";
    }
  }
  /// A value that has no business at this place.
  [[noreturn]] void refuse(const std::string& found) { fail("expected " + expected() + ", found " + found); }
  [[noreturn]] void fail(const std::string& what) {
    const auto position = stream_.rdbuf()->pubseekoff(0, std::ios::cur, std::ios::in);
    throw FileError(path_, length_bytes + static_cast<std::uint64_t>(std::streamoff{position}),
                    "header: " + (place_ == Place::start ? "" : in_quotes(key_) + ": ") +
                        (field_.empty() ? "" : in_quotes(field_) + ": ") + what);
  }

  const std::filesystem::path& path_;
  std::istringstream stream_;
  Place place_ = Place::start;
  std::string key_, field_;
  bool has_metadata_ = false;
  Description* tensor_ = nullptr;
  std::vector<Index>* numbers_ = nullptr;
};

/// A file open for reading that counts its bytes.
class Input {
 public:
  Input(const std::filesystem::path& path, std::uint64_t limit) : path_(path) {
    std::error_code ignored;  // the status alone tells
    const auto status = std::filesystem::status(path, ignored);
    if (!std::filesystem::is_regular_file(status)) {
      throw FileError(path, std::filesystem::exists(status) ? "is not a regular file" : "does not exist");
    }
    stream_.open(path, std::ios::binary | std::ios::ate);
    const std::streamoff end = stream_.is_open() ? std::streamoff{stream_.tellg()} : -1;
    if (end < 0) {
      throw FileError(path, "cannot be opened for reading");
    }
    stream_.seekg(0);
    size_ = static_cast<std::uint64_t>(end);
    if (size_ > limit) {
      throw FileError(
          path, "is too large: expected at most " + std::to_string(limit) + " bytes, found " + std::to_string(size_));
    }
  }
  std::uint64_t size() const { return size_; }
  void read(std::span<std::byte> bytes) {
    if (!bytes.empty() && !stream_.read(reinterpret_cast<char*>(bytes.data()), std::ssize(bytes))) {
      throw FileError(path_, offset_, "cannot be read from here on; was the file cut while it was read?");
    }
    offset_ += bytes.size();
  }

 private:
  const std::filesystem::path& path_;
  std::ifstream stream_;
  std::uint64_t size_ = 0, offset_ = 0;
};

/// The header's text, padding included.
QNN_COLD inline std::string read_header(const std::filesystem::path& path, Input& input) {
  if (input.size() < length_bytes) {
    throw FileError(path, 0, "too short for a safetensors file", "at least 8 bytes", std::to_string(input.size()));
  }
  std::array<std::byte, length_bytes> length_field{};
  input.read(length_field);
  const auto length = std::bit_cast<std::uint64_t>(length_field);
  const std::uint64_t most = std::min(max_tensor_header, input.size() - length_bytes);
  if (length > most) {
    throw FileError(path, 0, "header length of a safetensors file", "at most " + std::to_string(most),
                    std::to_string(length));
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  input.read(std::as_writable_bytes(std::span(text)));
  if (!text.starts_with('{')) {
    throw FileError(path, length_bytes, "header", "'{'", text.empty() ? "nothing" : in_quotes(text.substr(0, 1)));
  }
  // The parser would take a zero byte for the end of the text and leave unread what follows.
  if (const std::size_t zero = text.find('\0'); zero != std::string::npos) {
    throw FileError(path, length_bytes + zero, "header: not JSON: a zero byte");
  }
  return text;
}

using Described = std::pair<const std::string, Description>;

/// The tensors in the order of their bytes in the file, of which `data_begin` to `size` is data.
/// @throws FileError unless they cover the data without a hole or an overlap
QNN_COLD inline std::vector<const Described*> layout(const std::filesystem::path& path,
                                                     const std::map<std::string, Description>& tensors,
                                                     std::uint64_t data_begin, std::uint64_t size) {
  std::vector<const Described*> ordered;
  ordered.reserve(tensors.size());
  for (const Described& tensor : tensors) {
    ordered.push_back(&tensor);
  }
  std::ranges::sort(ordered, {}, [](const Described* tensor) { return *tensor->second.offsets; });
  std::uint64_t covered = data_begin;
  for (const Described* tensor : ordered) {
    const std::uint64_t begin = data_begin + static_cast<std::uint64_t>(tensor->second.begin());
    const std::uint64_t end = data_begin + static_cast<std::uint64_t>(tensor->second.end());
    const std::string name = "tensor " + in_quotes(tensor->first);
    if (begin != covered) {
      throw FileError(path, begin, name + (begin > covered ? " leaves a hole before it" : " overlaps another"),
                      "its data to begin at byte " + std::to_string(covered), "byte " + std::to_string(begin));
    }
    if (end > size) {
      throw FileError(path, begin, name + " ends behind the end of the file", "at most byte " + std::to_string(size),
                      "byte " + std::to_string(end));
    }
    covered = end;
  }
  if (covered != size) {
    throw FileError(path, covered, "data that belongs to no tensor; size of the file", std::to_string(covered),
                    std::to_string(size));
  }
  return ordered;
}

}  // namespace detail::safetensors

}  // namespace qnn
