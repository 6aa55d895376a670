// SPDX-License-Identifier: MIT
/// @file
/// Whole files in memory, unpacked on the way where they are packed with gzip or xz. Needs zlib and liblzma.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <lzma.h>
#include <zlib.h>

namespace qnn {

/// What `read_file` returns at most unless it is told otherwise: 1 GiB.
inline constexpr std::size_t max_file_bytes = std::size_t{1} << 30;

namespace detail {

/// Grows as a decoder fills it, up to `limit` bytes and no further: a few packed bytes can promise any amount.
class BoundedOutput {
 public:
  BoundedOutput(const std::filesystem::path& file, std::size_t limit) : file_(file), limit_(limit) {}

  /// Room for at least one byte more. One byte beyond the limit is granted, so that a decoder that has written exactly
  /// `limit` bytes still gets to see the end of its stream.
  std::span<std::uint8_t> room() {
    if (used_ == bytes_.size()) {
      const std::size_t most = limit_ == std::numeric_limits<std::size_t>::max() ? limit_ : limit_ + 1;
      const std::size_t doubled = bytes_.size() <= most / 2 ? bytes_.size() * 2 : most;
      bytes_.resize(std::min(most, std::max(doubled, std::size_t{1} << 16)));
    }
    return std::span<std::uint8_t>(bytes_).subspan(used_);
  }

  QNN_COLD void commit(std::size_t written) {
    used_ += written;
    if (used_ > limit_) {
      throw FileError(file_, "unpacks to more than the " + std::to_string(limit_) + " bytes expected at most");
    }
  }

  std::vector<std::uint8_t> take() {
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  const std::filesystem::path& file_;
  std::size_t limit_, used_ = 0;
  std::vector<std::uint8_t> bytes_;
};

inline constexpr std::array<std::uint8_t, 2> gzip_magic{0x1F, 0x8B};
inline constexpr std::array<std::uint8_t, 6> xz_magic{0xFD, '7', 'z', 'X', 'Z', 0};

inline bool starts_with(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> magic) {
  return bytes.size() >= magic.size() && std::ranges::equal(bytes.first(magic.size()), magic);
}

/// zlib's state for one gzip stream.
class Inflater {
 public:
  Inflater() {
    constexpr int largest_window = 15, gzip_only = 16;
    if (inflateInit2(&stream_, largest_window + gzip_only) != Z_OK) {
      throw Error("qnn: zlib cannot be initialized");
    }
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }
  z_stream& operator*() { return stream_; }

 private:
  z_stream stream_{};
};

/// Unpacks gzip: one member or several, one behind the other. Checksums and lengths are verified by zlib.
QNN_COLD inline std::vector<std::uint8_t> unpack_gzip(std::span<const std::uint8_t> packed,
                                                      const std::filesystem::path& file, std::size_t max_bytes) {
  constexpr std::size_t most_at_once = std::size_t{1} << 30;  // zlib counts in 32 bits
  BoundedOutput output(file, max_bytes);
  Inflater inflater;
  z_stream& stream = *inflater;
  for (std::size_t position = 0;;) {
    const std::span<std::uint8_t> room = output.room();
    const auto given = static_cast<uInt>(std::min(most_at_once, packed.size() - position));
    const auto free = static_cast<uInt>(std::min(most_at_once, room.size()));
    stream.next_in = const_cast<Bytef*>(packed.data() + position);  // only read; zlib's C interface predates const
    stream.avail_in = given;
    stream.next_out = room.data();
    stream.avail_out = free;
    const int status = inflate(&stream, Z_NO_FLUSH);
    position += given - stream.avail_in;
    output.commit(free - stream.avail_out);
    if (status == Z_STREAM_END) {
      if (position == packed.size()) {
        return output.take();
      }
      if (!starts_with(packed.subspan(position), gzip_magic)) {
        throw FileError(file, position, "bytes left over behind the gzip stream");
      }
      inflateReset(&stream);
    } else if (status == Z_BUF_ERROR) {  // no progress although there is room: the input is used up
      throw FileError(file, position, "the file ends inside its gzip stream: it is truncated");
    } else if (status != Z_OK) {
      throw FileError(file, position,
                      stream.msg ? std::string("the gzip stream is corrupt: ") + stream.msg
                                 : std::string("the gzip stream cannot be unpacked"));
    }
  }
}

/// liblzma's state for one file.
class XzDecoder {
 public:
  XzDecoder() {
    constexpr std::uint64_t most_memory = std::uint64_t{256} << 20;  // xz -9 needs 65 MiB
    if (lzma_stream_decoder(&stream_, most_memory, LZMA_CONCATENATED) != LZMA_OK) {
      throw Error("qnn: liblzma cannot be initialized");
    }
  }
  XzDecoder(const XzDecoder&) = delete;
  XzDecoder& operator=(const XzDecoder&) = delete;
  ~XzDecoder() { lzma_end(&stream_); }
  lzma_stream& operator*() { return stream_; }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

inline std::string_view describe_lzma(lzma_ret status) {
  switch (status) {
    case LZMA_BUF_ERROR:
      return "the file ends inside its xz stream: it is truncated";
    case LZMA_MEMLIMIT_ERROR:
      return "the xz stream needs more than 256 MiB of memory to unpack";
    case LZMA_OPTIONS_ERROR:
      return "the xz stream uses a filter that liblzma does not support";
    case LZMA_MEM_ERROR:
      return "not enough memory to unpack the xz stream";
    default:
      return "the xz stream is corrupt";
  }
}

/// Unpacks xz: one stream or several, one behind the other. Checksums and lengths are verified by liblzma.
QNN_COLD inline std::vector<std::uint8_t> unpack_xz(std::span<const std::uint8_t> packed,
                                                    const std::filesystem::path& file, std::size_t max_bytes) {
  BoundedOutput output(file, max_bytes);
  XzDecoder decoder;
  lzma_stream& stream = *decoder;
  stream.next_in = packed.data();
  stream.avail_in = packed.size();
  lzma_ret status = LZMA_OK;
  while (status != LZMA_STREAM_END) {
    const std::span<std::uint8_t> room = output.room();
    stream.next_out = room.data();
    stream.avail_out = room.size();
    status = lzma_code(&stream, LZMA_FINISH);
    output.commit(room.size() - stream.avail_out);
    if (status != LZMA_OK && status != LZMA_STREAM_END) {
      throw FileError(file, stream.total_in, describe_lzma(status));
    }
  }
  return output.take();
}

inline bool is_compressed(std::span<const std::uint8_t> bytes) {
  return starts_with(bytes, gzip_magic) || starts_with(bytes, xz_magic);
}

/// The bytes of a file as they are.
/// @param max_bytes  what they may be at most once they are unpacked
QNN_COLD inline std::vector<std::uint8_t> read_packed(const std::filesystem::path& file, std::size_t max_bytes) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(file, failure);
  if (failure) {
    throw FileError(file, "cannot be read: " + failure.message());
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw FileError(file, "cannot be opened: check that it may be read");
  }
  std::array<std::uint8_t, 6> head{};
  stream.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  stream.clear();
  stream.seekg(0);
  // Packing can make random contents a little larger: headers, checksums and the length of each stored block.
  const std::uintmax_t overhead = is_compressed(head) ? max_bytes / 64 + 4096 : 0;
  if (size > max_bytes && size - max_bytes > overhead) {
    throw FileError(file, "has " + std::to_string(size) + " bytes, more than the " + std::to_string(max_bytes) +
                              " expected at most");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(stream.gcount()) != size || stream.peek() != std::ifstream::traits_type::eof()) {
    throw FileError(file, "changed while it was read");
  }
  return bytes;
}

}  // namespace detail

/// Contents of a file, unpacked where its first bytes say that it is gzip or xz; the name plays no part.
/// @param max_bytes  what the contents may be at most: state what you expect. A few packed bytes can unpack to any
///                   amount, so this, not the size of the file, bounds the memory used.
/// @throws FileError where the file is missing, unreadable, truncated, corrupt or larger than `max_bytes`
QNN_COLD inline std::vector<std::uint8_t> read_file(const std::filesystem::path& file,
                                                    std::size_t max_bytes = max_file_bytes) {
  std::vector<std::uint8_t> bytes = detail::read_packed(file, max_bytes);
  if (detail::starts_with(bytes, detail::gzip_magic)) {
    return detail::unpack_gzip(bytes, file, max_bytes);
  }
  if (detail::starts_with(bytes, detail::xz_magic)) {
    return detail::unpack_xz(bytes, file, max_bytes);
  }
  return bytes;
}

}  // namespace qnn
