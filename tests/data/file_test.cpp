// SPDX-License-Identifier: MIT
#include "qnn/data/file.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

namespace file_test {

using namespace qnn;
using test::Bytes;
using test::contains;
using test::gzip;
using test::message_of;
using test::ramp;
using test::xz;

namespace {

/// Bytes that no packer makes smaller.
Bytes noise(std::size_t count) {
  std::mt19937 source(1);
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(source() >> 24);
  }
  return bytes;
}

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

struct Fixture {
  test::TemporaryFolder folder;

  Bytes read(const Bytes& contents, std::size_t max_bytes = max_file_bytes) const {
    return read_file(folder.write("file", contents), max_bytes);
  }
  std::string error_of(const Bytes& contents, std::size_t max_bytes = max_file_bytes) const {
    return message_of<FileError>([&] { read(contents, max_bytes); });
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a file is read as it is, or unpacked as its first bytes say, whatever its name") {
  for (const std::size_t size : {0u, 1u, 5u, 6u, 65535u, 65536u, 65537u, 300000u}) {
    for (const Bytes& contents : {ramp(size), noise(size), Bytes(size, 0)}) {
      CHECK(read(contents) == contents);
      CHECK(read(gzip(contents)) == contents);
      CHECK(read(xz(contents)) == contents);
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "several packed streams, one behind the other, are one file") {
  const Bytes first = ramp(1000), second = noise(70000);
  CHECK(read(joined(gzip(first), gzip(second))) == joined(first, second));
  CHECK(read(joined(xz(first), xz(second))) == joined(first, second));
}

TEST_CASE_FIXTURE(Fixture, "a file of exactly the bytes expected is read, one byte more is refused") {
  const Bytes contents = noise(70000);
  for (const Bytes& file : {contents, gzip(contents), xz(contents)}) {
    CHECK(read(file, 70000) == contents);
    CHECK(contains(error_of(file, 69999), "69999"));
    CHECK_FALSE(error_of(file, 0).empty());
  }
  CHECK(read(gzip({}), 0).empty());
  CHECK(read(xz({}), 0).empty());
}

TEST_CASE_FIXTURE(Fixture, "a few packed bytes that unpack to a flood are refused") {
  const Bytes flood(std::size_t{32} << 20, 0);
  const Bytes gzip_bomb = gzip(flood), xz_bomb = xz(flood);
  REQUIRE(gzip_bomb.size() < 40000);
  REQUIRE(xz_bomb.size() < 40000);
  for (const Bytes& bomb : {gzip_bomb, xz_bomb}) {
    CHECK(contains(error_of(bomb, 1 << 20), "unpacks to more than the 1048576 bytes expected at most"));
  }
  // Many small members are no way around the limit.
  Bytes many;
  for (int i = 0; i < 100; ++i) {
    many = joined(many, gzip(Bytes(1000, 0)));
  }
  CHECK(read(many, 100000).size() == 100000);
  CHECK(contains(error_of(many, 99999), "unpacks to more"));
}

TEST_CASE_FIXTURE(Fixture, "a packed file that is itself too large is refused before it is read") {
  CHECK(contains(error_of(gzip(noise(100000)), 1000), "expected at most"));
  CHECK(contains(error_of(joined(gzip({}), Bytes(100000, 7)), 1000), "expected at most"));
}

TEST_CASE_FIXTURE(Fixture, "every truncation of a packed file is refused") {
  for (const Bytes& whole : {gzip(ramp(3000)), xz(ramp(3000)), gzip(Bytes(200000, 0))}) {
    for (std::size_t length = 6; length < whole.size(); ++length) {
      const std::string message = error_of({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
      CHECK_MESSAGE(contains(message, "truncated"), length, ": ", message);
      CHECK(contains(message, "byte "));
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "no single byte of a packed file can change and yield other contents") {
  const Bytes contents = ramp(500);
  for (const Bytes& whole : {gzip(contents), xz(contents)}) {
    int refused = 0;
    for (std::size_t position = 0; position < whole.size(); ++position) {
      Bytes damaged = whole;
      damaged[position] = static_cast<std::uint8_t>(damaged[position] ^ 0x55);
      const bool still_packed = detail::is_compressed(damaged);
      try {
        const Bytes found = read(damaged);
        // Only a changed magic number (read as it is) or a field without meaning (date, system) may pass.
        CHECK((!still_packed || found == contents));
      } catch (const FileError&) {
        ++refused;
      }
    }
    CHECK(refused > static_cast<int>(whole.size()) - 16);
  }
}

TEST_CASE_FIXTURE(Fixture, "bytes behind a packed stream are refused") {
  CHECK(contains(error_of(joined(gzip(ramp(100)), {1, 2, 3})), "left over"));
  CHECK(contains(error_of(joined(xz(ramp(100)), Bytes(16, 1))), "corrupt"));
  CHECK(contains(error_of(joined(xz(ramp(100)), {1, 2, 3, 4})), "truncated"));  // too short to tell
}

TEST_CASE_FIXTURE(Fixture, "files that cannot be read are named") {
  const std::filesystem::path missing = folder.path() / "missing";
  CHECK(contains(message_of<FileError>([&] { read_file(missing); }), missing.string()));
  CHECK(contains(message_of<FileError>([&] { read_file(folder.path()); }), folder.path().string()));
}

}  // namespace file_test
