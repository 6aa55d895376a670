// SPDX-License-Identifier: MIT
/// @file
/// The members of a zip archive in memory, stored or deflated. Opt-in: needs zlib.
///
/// An archive ends in a record that says where its central directory is: one entry for each member, with name, method,
/// CRC-32, sizes, and where the member's local header stands, which the data follow. The directory is what is believed;
/// local headers must agree with it. Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 6.3.
///
/// The reader treats an archive as hostile: members lie before the directory and do not overlap, and none is unpacked
/// whose size is not what the reader was told to expect at most.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/io/little_endian.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <zlib.h>

namespace qnn::detail {

/// One entry of the central directory.
struct ZipMember {
  std::string name;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed_size = 0, size = 0;
  std::uint64_t header = 0;  ///< offset of its local header
  std::uint64_t data = 0;    ///< offset of its data
};

/// zlib's state for one stream of deflated bytes without a header.
class RawInflater {
 public:
  RawInflater() {
    constexpr int raw_with_largest_window = -15;
    if (inflateInit2(&stream_, raw_with_largest_window) != Z_OK) {
      throw Error("qnn: zlib cannot be initialized");
    }
  }
  RawInflater(const RawInflater&) = delete;
  RawInflater& operator=(const RawInflater&) = delete;
  ~RawInflater() { inflateEnd(&stream_); }
  z_stream& operator*() { return stream_; }

 private:
  z_stream stream_{};
};

/// An archive of less than 4 GiB. Every function throws FileError, naming file, byte or member, expected and found.
class ZipArchive {
 public:
  /// @param bytes of the whole file, which live as long as this object
  ZipArchive(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) : bytes_(bytes), file_(file) {
    constexpr std::uint64_t largest = 0xFFFFFFFF;
    if (bytes.size() >= largest) {
      refuse("size", "less than 4 GiB", std::to_string(bytes.size()) + " bytes");
    }
    read_directory();
    read_local_headers();
  }

  /// In the order of the directory.
  const std::vector<ZipMember>& members() const { return members_; }

  /// The unpacked contents of a member: memory for `member.size` bytes, which the caller has found acceptable.
  QNN_COLD std::vector<std::uint8_t> unpack(const ZipMember& member) const {
    const auto packed = bytes_.subspan(member.data, member.packed_size);
    std::vector<std::uint8_t> contents;
    if (member.method == stored) {
      contents.assign(packed.begin(), packed.end());
    } else {
      contents = inflated(member, packed);
    }
    const auto found =
        static_cast<std::uint32_t>(crc32(crc32(0, nullptr, 0), contents.data(), static_cast<uInt>(contents.size())));
    if (found != member.crc) {
      refuse("member \"" + member.name + "\": CRC-32", std::to_string(member.crc),
             std::to_string(found) + ": it is corrupt");
    }
    return contents;
  }

 private:
  static constexpr std::uint16_t stored = 0, deflated = 8, encrypted = 1;
  static constexpr std::size_t end_size = 22, entry_size = 46, local_size = 30;

  [[noreturn]] QNN_COLD void refuse(const std::string& what, const std::string& expected,
                                    const std::string& found) const {
    throw FileError(file_, what + ": expected " + expected + ", found " + found);
  }
  std::uint64_t u16(std::size_t at) const { return little_endian<std::uint16_t>(bytes_, at); }
  std::uint64_t u32(std::size_t at) const { return little_endian<std::uint32_t>(bytes_, at); }
  bool is_signed(std::size_t at, std::string_view signature) const {
    return std::equal(signature.begin(), signature.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  }
  std::string text(std::size_t at, std::size_t size) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
  }

  /// Offset of the last record: the last place whose comment ends with the file.
  std::size_t find_end() const {
    constexpr std::size_t longest_comment = 0xFFFF;
    const std::size_t size = bytes_.size();
    for (std::size_t back = end_size; back <= std::min(size, end_size + longest_comment); ++back) {
      if (is_signed(size - back, "PK\5\6") && u16(size - 2 - (back - end_size)) == back - end_size) {
        return size - back;
      }
    }
    refuse("end of the central directory", "the bytes 50 4B 05 06 near the end of the file",
           "none: it is no zip archive, or truncated");
  }

  void read_directory() {
    const std::size_t end = find_end();
    const std::uint64_t count = u16(end + 10), size = u32(end + 12), begin = u32(end + 16);
    if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != count) {
      refuse("archive", "all of it in one file", "a part of several");
    }
    if (begin > end || size != end - begin) {
      refuse("central directory", "one that ends where its end is recorded, at byte " + std::to_string(end),
             std::to_string(size) + " bytes at byte " + std::to_string(begin) +
                 (begin == 0xFFFFFFFF ? ", which is of a ZIP64 archive" : ""));
    }
    std::size_t at = begin;
    std::set<std::string, std::less<>> names;
    for (std::uint64_t i = 0; i < count; ++i) {
      at = read_entry(at, end);
      if (!names.insert(members_.back().name).second) {
        refuse("member \"" + members_.back().name + "\"", "each name once", "a second one");
      }
    }
    if (at != end) {
      refuse("central directory", std::to_string(count) + " members, as its end says",
             std::to_string(end - at) + " bytes more");
    }
  }

  std::size_t read_entry(std::size_t at, std::size_t end) {
    const std::string place = "byte " + std::to_string(at) + ": entry of the central directory";
    if (end - at < entry_size || !is_signed(at, "PK\1\2")) {
      refuse(place, "the bytes 50 4B 01 02", "other ones");
    }
    const std::uint64_t length = u16(at + 28), others = u16(at + 30) + u16(at + 32);
    if (end - at < entry_size + length + others) {
      refuse(place, std::to_string(entry_size + length + others) + " bytes", std::to_string(end - at));
    }
    ZipMember member{.name = text(at + entry_size, length),
                     .method = static_cast<std::uint16_t>(u16(at + 10)),
                     .crc = static_cast<std::uint32_t>(u32(at + 16)),
                     .packed_size = u32(at + 20),
                     .size = u32(at + 24),
                     .header = u32(at + 42)};
    const std::string named = "member \"" + member.name + "\"";
    if ((u16(at + 8) & encrypted) != 0) {
      refuse(named, "no encryption", "an encrypted one");
    }
    if (member.method != stored && member.method != deflated) {
      refuse(named + ": method", "0, stored, or 8, deflated", std::to_string(member.method));
    }
    if (member.method == stored && member.packed_size != member.size) {
      refuse(named + ": stored size", std::to_string(member.size), std::to_string(member.packed_size));
    }
    members_.push_back(std::move(member));
    directory_ = members_.size() == 1 ? at : directory_;
    return at + entry_size + length + others;
  }

  void read_local_headers() {
    std::vector<ZipMember*> ordered;
    for (ZipMember& member : members_) {
      ordered.push_back(&member);
    }
    std::ranges::sort(ordered, std::ranges::less{}, &ZipMember::header);
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      ZipMember& member = *ordered[i];
      const std::uint64_t end = i + 1 < ordered.size() ? ordered[i + 1]->header : directory_;
      const std::string named = "member \"" + member.name + "\"";
      if (end > directory_ || member.header > end || end - member.header < local_size ||
          !is_signed(member.header, "PK\3\4")) {
        refuse(named + ": local header", "the bytes 50 4B 03 04 at byte " + std::to_string(member.header),
               "other ones, or another member");
      }
      if (const std::uint64_t length = u16(member.header + 26), room = end - member.header - local_size;
          length > room || text(member.header + local_size, length) != member.name) {
        refuse(named + ": name in its local header", "the same", "another");
      }
      if (u16(member.header + 8) != member.method) {
        refuse(named + ": method in its local header", std::to_string(member.method),
               std::to_string(u16(member.header + 8)));
      }
      member.data = member.header + local_size + u16(member.header + 26) + u16(member.header + 28);
      if (member.data > end || member.packed_size > end - member.data) {
        refuse(named, std::to_string(member.packed_size) + " bytes before what follows it",
               (member.data > end ? "none" : std::to_string(end - member.data)) + ": it overlaps, or is truncated");
      }
    }
  }

  std::vector<std::uint8_t> inflated(const ZipMember& member, std::span<const std::uint8_t> packed) const {
    constexpr std::uint64_t best_ratio =
        1032;  // what deflate achieves at most: nothing is allocated for a mere promise
    const std::string named = "member \"" + member.name + "\"";
    if (member.size / best_ratio > packed.size()) {
      refuse(named + ": unpacked size", "at most 1032 times the " + std::to_string(packed.size()) + " packed bytes",
             std::to_string(member.size));
    }
    std::vector<std::uint8_t> contents(member.size + 1);  // one byte more shows whether the stream holds more
    RawInflater inflater;
    z_stream& stream = *inflater;
    stream.next_in = const_cast<Bytef*>(packed.data());  // only read; zlib's C interface predates const
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = contents.data();
    stream.avail_out = static_cast<uInt>(contents.size());
    const int status = inflate(&stream, Z_FINISH);
    const std::size_t written = contents.size() - stream.avail_out;
    if (status != Z_STREAM_END || written != member.size || stream.avail_in != 0) {
      refuse(named + ": deflated data", "a whole stream of " + std::to_string(member.size) + " bytes",
             stream.msg != nullptr ? std::string("a corrupt one: ") + stream.msg
                                   : std::to_string(written) + (written > member.size ? " bytes or more" : " bytes") +
                                         (stream.avail_in != 0 ? ", and data left over" : ""));
    }
    contents.pop_back();
    return contents;
  }

  std::span<const std::uint8_t> bytes_;
  const std::filesystem::path& file_;
  std::vector<ZipMember> members_;
  std::uint64_t directory_ = 0;
};

}  // namespace qnn::detail
