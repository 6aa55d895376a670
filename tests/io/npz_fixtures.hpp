// SPDX-License-Identifier: MIT
/// @file
/// Arrays and archives as NumPy writes them, made on the spot, with whatever is wrong in them.
#pragma once

#include "fixtures.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <zlib.h>

namespace fixtures {

/// `size` bytes of a number, little-endian.
inline std::string number(std::uint64_t value, int size) {
  return length_field(value).substr(0, static_cast<std::size_t>(size));
}

/// The elements of an array.
template <class T>
std::string elements(const std::vector<T>& values) {
  std::string bytes;
  for (const T value : values) {
    if constexpr (sizeof(T) == 4) {
      bytes += number(std::bit_cast<std::uint32_t>(value), 4);
    } else {
      bytes += number(std::bit_cast<std::uint64_t>(value), 8);
    }
  }
  return bytes;
}

/// A .npy file with this header.
inline std::string npy(std::string header, const std::string& data, int version = 1) {
  const int width = version == 1 ? 2 : 4;
  const std::size_t used = 8 + static_cast<std::size_t>(width) + header.size() + 1;
  header += std::string((64 - used % 64) % 64, ' ') + "\n";
  return std::string("\x93NUMPY") + static_cast<char>(version) + '\0' + number(header.size(), width) + header + data;
}

inline std::string npy_header(const std::string& descr, const std::string& shape,
                              const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
}

/// A float32 array, as np.save writes it.
inline std::string npy_floats(const std::string& shape, const std::vector<float>& values) {
  return npy(npy_header("<f4", shape), elements(values));
}

inline std::string deflated(const std::string& contents) {
  z_stream stream{};
  if (deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string input = contents, packed(deflateBound(&stream, static_cast<uLong>(contents.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) {
    throw std::runtime_error("deflate");
  }
  return packed;
}

/// A member of an archive; what the directory says of it may be changed before it is put together.
struct Member {
  std::string name, packed;
  std::uint64_t method = 0, size = 0, crc = 0, flags = 0;
  std::int64_t shift = 0;       ///< added to the offset that the directory gives
  std::string local_name = {};  ///< where it differs
  std::string extra = std::string("\x01\x00\x10\x00", 4) + std::string(16, '\0');  ///< np.savez reserves ZIP64 sizes
  std::uint64_t promised_packed = 0;
};

inline Member member(const std::string& name, const std::string& contents, bool packs = false) {
  const auto crc =
      crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(contents.data()), static_cast<uInt>(contents.size()));
  Member result{.name = name + ".npy",
                .packed = packs ? deflated(contents) : contents,
                .method = packs ? std::uint64_t{8} : std::uint64_t{0},
                .size = contents.size(),
                .crc = crc};
  result.promised_packed = result.packed.size();
  return result;
}

/// The bytes of an archive.
inline std::string zip(const std::vector<Member>& members, const std::string& comment = {}, int more_entries = 0) {
  std::string bytes, directory;
  for (const Member& m : members) {
    const std::string& local_name = m.local_name.empty() ? m.name : m.local_name;
    const std::uint64_t offset = bytes.size() + static_cast<std::uint64_t>(m.shift);
    bytes += "PK\3\4" + number(45, 2) + number(m.flags, 2) + number(m.method, 2) + number(0, 4) + number(m.crc, 4) +
             number(0xFFFFFFFF, 4) + number(0xFFFFFFFF, 4) + number(local_name.size(), 2) + number(m.extra.size(), 2) +
             local_name + m.extra + m.packed;
    directory += "PK\1\2" + number(45, 2) + number(45, 2) + number(m.flags, 2) + number(m.method, 2) + number(0, 4) +
                 number(m.crc, 4) + number(m.promised_packed, 4) + number(m.size, 4) + number(m.name.size(), 2) +
                 number(0, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(offset, 4) + m.name;
  }
  const auto count = static_cast<std::uint64_t>(static_cast<int>(members.size()) + more_entries);
  return bytes + directory + "PK\5\6" + number(0, 4) + number(count, 2) + number(count, 2) +
         number(directory.size(), 4) + number(bytes.size(), 4) + number(comment.size(), 2) + comment;
}

}  // namespace fixtures
