// SPDX-License-Identifier: MIT
/// @file
/// Named tensors and text in one file of the safetensors format. Opt-in: uses nlohmann_json.
///
/// A file is: 8 bytes, the length N of the header (unsigned, little-endian); N bytes of JSON,
/// `{"__metadata__": {key: text}, name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}`, padded
/// with spaces; the elements of all tensors, little-endian and row-major. Offsets count bytes from the header's end.
/// Source: https://github.com/huggingface/safetensors, section "Format".
///
/// The reader treats a file as hostile: whatever it does not refuse is consistent, and what it allocates is bounded by
/// the size of the file. Values are not looked at: a NaN passes.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/io/atomic_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <limits>
#include <map>
#include <optional>
#include <ostream>
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

/// Type of a tensor's elements, in the order in which the reference implementation ranks them: by size, then as listed.
enum class DType { u8, i8, i16, i32, f32, i64 };

/// What the format calls a type, and its bytes in an element. Indexed by DType.
struct DTypeTraits {
  std::string_view name;
  Index size;
};
inline constexpr std::array<DTypeTraits, 6> dtype_traits{
    {{"U8", 1}, {"I8", 1}, {"I16", 2}, {"I32", 4}, {"F32", 4}, {"I64", 8}}};

constexpr std::string_view to_string(DType type) {
  return dtype_traits[static_cast<std::size_t>(type)].name;
}
constexpr Index size_of(DType type) {
  return dtype_traits[static_cast<std::size_t>(type)].size;
}

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

/// Largest header of a file, in bytes: that of the reference implementation.
inline constexpr std::uint64_t max_tensor_header = 100'000'000;
/// Most dimensions of a tensor in a file: those of a NumPy array.
inline constexpr std::size_t max_tensor_rank = 64;

namespace detail::safetensors {

inline constexpr std::uint64_t length_bytes = 8;
inline constexpr std::string_view metadata_key = "__metadata__";

/// "[2, 3]".
inline std::string bracketed(const std::vector<Index>& numbers) {
  std::string text;
  for (const Index number : numbers) {
    text += (text.empty() ? "" : ", ") + std::to_string(number);
  }
  return "[" + text + "]";
}

inline std::string describe(DType type, const std::vector<Index>& shape) {
  return std::string(to_string(type)) + " " + bracketed(shape);
}

/// `text` in quotes for a message: control characters escaped, cut where it is absurdly long.
inline std::string in_quotes(std::string_view text) {
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
inline std::string json_string(const std::string& text, std::string_view argument) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw ArgumentError(argument, "UTF-8", in_quotes(text));
  }
}

/// Bytes of a tensor; nothing where an extent is negative or a product leaves the range of `Index`.
inline std::optional<Index> byte_count(DType type, const std::vector<Index>& shape) {
  Index bytes = size_of(type);
  for (const Index extent : shape) {
    if (extent < 0 || (extent > 0 && bytes > std::numeric_limits<Index>::max() / extent)) {
      return std::nullopt;
    }
    bytes *= extent;
  }
  return bytes;
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
inline std::string read_header(const std::filesystem::path& path, Input& input) {
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
inline std::vector<const Described*> layout(const std::filesystem::path& path,
                                            const std::map<std::string, Description>& tensors, std::uint64_t data_begin,
                                            std::uint64_t size) {
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

/// One tensor: `bytes` holds the elements, row-major, aligned for any type.
struct TensorEntry {
  DType type;
  std::vector<Index> shape;
  AlignedVector<std::byte> bytes;
  friend bool operator==(const TensorEntry&, const TensorEntry&) = default;
};

namespace detail::safetensors {

using Named = std::pair<const std::string, TensorEntry>;

/// The header, padded so that the data begins at a multiple of 8 bytes.
inline std::string header_text(std::span<const Named* const> ordered,
                               const std::map<std::string, std::string, std::less<>>& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata) {
    text += (text.empty() ? "" : ",") + json_string(key, "key") + ":" + json_string(value, "text");
  }
  if (!text.empty()) {
    text = json_string(std::string(metadata_key), "key") + ":{" + text + "}";
  }
  std::size_t begin = 0;
  for (const Named* tensor : ordered) {
    const auto& [name, entry] = *tensor;
    const std::size_t end = begin + entry.bytes.size();
    const nlohmann::ordered_json fields{
        {"dtype", to_string(entry.type)}, {"shape", entry.shape}, {"data_offsets", {begin, end}}};
    text += (text.empty() ? "" : ",") + json_string(name, "name") + ":" + fields.dump();
    begin = end;
  }
  text = "{" + text + "}";
  text.resize((text.size() + length_bytes - 1) / length_bytes * length_bytes, ' ');
  return text;
}

}  // namespace detail::safetensors

/// Tensors and metadata in memory, and their way to a file and back.
class TensorFile {
 public:
  /// Largest file, in bytes, that `read` accepts unless told otherwise.
  static constexpr std::uint64_t default_limit = std::uint64_t{1} << 34;

  /// Copies a tensor in: `file.add<float>("weight", {10, 64}, weights)`. Rank 0 is a scalar, and an extent of 0
  /// makes a tensor without elements.
  /// @throws ArgumentError where the name is taken, reserved or not UTF-8, the rank is above max_tensor_rank, or there
  ///         are not as many elements as `shape` says
  template <TensorElement T>
  void add(std::string name, const std::vector<Index>& shape, std::span<const T> elements);

  /// The elements of tensor `name`, aligned to a cache line, valid for as long as this object lives.
  /// @throws FileError where the tensor is missing or its type or shape is not the expected one
  template <TensorElement T>
  std::span<const T> tensor(std::string_view name, const std::vector<Index>& expected_shape) const&;
  template <TensorElement T>
  std::span<const T> tensor(std::string_view name, const std::vector<Index>& expected_shape) const&& = delete;

  /// Tensor `name`, whatever its type and shape. @throws FileError where it is missing
  const TensorEntry& entry(std::string_view name) const;
  bool contains(std::string_view name) const { return tensors_.contains(name); }
  /// Names of all tensors, sorted by their bytes.
  std::vector<std::string> names() const;

  /// @throws ArgumentError where key or text is not UTF-8
  void set_metadata(std::string key, std::string text);
  /// @throws FileError where the key is missing
  const std::string& metadata(std::string_view key) const;
  const std::map<std::string, std::string, std::less<>>& metadata() const { return metadata_; }

  /// Reads and checks a file of at most `limit` bytes.
  /// @throws FileError with the byte offset for any file that breaks the format. Stricter than the reference
  ///         implementation: doubled keys, unknown fields and types other than DType's are refused.
  static TensorFile read(const std::filesystem::path& path, std::uint64_t limit = default_limit);
  /// Writes whole or not at all, see write_file_atomically. Equal contents give equal bytes: tensors by descending
  /// DType, then by name, as the reference implementation orders them, so that each is aligned in the file; metadata by
  /// key. @throws FileError
  void write(const std::filesystem::path& path) const;

  /// Equal tensors and metadata, wherever they come from.
  friend bool operator==(const TensorFile& a, const TensorFile& b) {
    return a.metadata_ == b.metadata_ && a.tensors_ == b.tensors_;
  }

 private:
  std::filesystem::path source_ = "(tensors in memory)";
  std::map<std::string, TensorEntry, std::less<>> tensors_;
  std::map<std::string, std::string, std::less<>> metadata_;
};

template <TensorElement T>
void TensorFile::add(std::string name, const std::vector<Index>& shape, std::span<const T> elements) {
  namespace format = detail::safetensors;
  format::json_string(name, "name of a tensor");
  if (name == format::metadata_key || contains(name)) {
    throw ArgumentError("name of a tensor", "one that is neither taken nor reserved", format::in_quotes(name));
  }
  if (shape.size() > max_tensor_rank) {
    throw ArgumentError("shape of tensor " + format::in_quotes(name),
                        "at most " + std::to_string(max_tensor_rank) + " extents", std::to_string(shape.size()));
  }
  const std::span<const std::byte> bytes = std::as_bytes(elements);
  if (format::byte_count(dtype_of<T>, shape) != std::ssize(bytes)) {
    throw ArgumentError("elements of tensor " + format::in_quotes(name),
                        "as many as its shape " + format::bracketed(shape), std::to_string(elements.size()));
  }
  tensors_.emplace(std::move(name), TensorEntry{dtype_of<T>, shape, {bytes.begin(), bytes.end()}});
}

template <TensorElement T>
std::span<const T> TensorFile::tensor(std::string_view name, const std::vector<Index>& expected_shape) const& {
  namespace format = detail::safetensors;
  const TensorEntry& found = entry(name);
  if (found.type != dtype_of<T> || found.shape != expected_shape) {
    throw FileError(source_, "tensor " + format::in_quotes(name) + ": expected " +
                                 format::describe(dtype_of<T>, expected_shape) + ", found " +
                                 format::describe(found.type, found.shape));
  }
  return {reinterpret_cast<const T*>(found.bytes.data()), found.bytes.size() / sizeof(T)};
}

inline const TensorEntry& TensorFile::entry(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    throw FileError(source_, "tensor " + detail::safetensors::in_quotes(name) +
                                 " is missing; tensors: " + detail::safetensors::some_keys(tensors_));
  }
  return found->second;
}

inline std::vector<std::string> TensorFile::names() const {
  std::vector<std::string> names;
  names.reserve(tensors_.size());
  for (const auto& [name, tensor] : tensors_) {
    names.push_back(name);
  }
  return names;
}

inline void TensorFile::set_metadata(std::string key, std::string text) {
  detail::safetensors::json_string(key, "key of metadata");
  detail::safetensors::json_string(text, "metadata " + detail::safetensors::in_quotes(key));
  metadata_.insert_or_assign(std::move(key), std::move(text));
}

inline const std::string& TensorFile::metadata(std::string_view key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) {
    throw FileError(source_, "metadata " + detail::safetensors::in_quotes(key) +
                                 " is missing; keys: " + detail::safetensors::some_keys(metadata_));
  }
  return found->second;
}

inline TensorFile TensorFile::read(const std::filesystem::path& path, std::uint64_t limit) {
  namespace format = detail::safetensors;
  format::Input input(path, limit);
  const std::string text = format::read_header(path, input);
  format::HeaderReader header(path, text);
  header.read();
  TensorFile file;
  file.source_ = path;
  file.metadata_ = std::move(header.metadata);
  for (const format::Described* tensor :
       format::layout(path, header.tensors, format::length_bytes + text.size(), input.size())) {
    const format::Description& found = tensor->second;
    TensorEntry entry{*found.type, *found.shape,
                      AlignedVector<std::byte>(static_cast<std::size_t>(found.end() - found.begin()))};
    input.read(entry.bytes);
    file.tensors_.emplace(tensor->first, std::move(entry));
  }
  return file;
}

inline void TensorFile::write(const std::filesystem::path& path) const {
  namespace format = detail::safetensors;
  std::vector<const format::Named*> ordered;
  ordered.reserve(tensors_.size());
  for (const format::Named& tensor : tensors_) {
    ordered.push_back(&tensor);
  }
  std::ranges::stable_sort(ordered, std::ranges::greater{},
                           [](const format::Named* tensor) { return tensor->second.type; });
  const std::string header = format::header_text(ordered, metadata_);
  if (header.size() > max_tensor_header) {
    throw FileError(path, "is not written: its header of " + std::to_string(header.size()) +
                              " bytes is longer than the format allows, " + std::to_string(max_tensor_header));
  }
  write_file_atomically(path, [&](std::ostream& stream) {
    const auto length = std::bit_cast<std::array<char, format::length_bytes>>(std::uint64_t{header.size()});
    stream.write(length.data(), std::ssize(length));
    stream << header;
    for (const format::Named* tensor : ordered) {
      if (const auto& bytes = tensor->second.bytes; !bytes.empty()) {
        stream.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
      }
    }
  });
}

}  // namespace qnn
