// SPDX-License-Identifier: MIT
#include "qnn/data/cifar10.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

namespace cifar10_test {

using namespace qnn;
using test::Bytes;
using test::contains;
using test::message_of;

namespace {

/// A record whose pixel p has red p % 251, green (p + 1) % 251 and blue (p + 2) % 251.
Bytes record(std::uint8_t label) {
  Bytes bytes{label};
  for (int channel = 0; channel < 3; ++channel) {
    for (int pixel = 0; pixel < 1024; ++pixel) {
      bytes.push_back(static_cast<std::uint8_t>((pixel + channel) % 251));
    }
  }
  return bytes;
}

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::string error_of(const Bytes& bytes) {
  return message_of<FileError>([&] { parse_cifar10(bytes, "batch.bin"); });
}

}  // namespace

TEST_CASE("CIFAR-10 records become images with channels last") {
  const Cifar10Records records = parse_cifar10(joined(record(9), record(0)), "batch.bin");
  CHECK(records.labels == std::vector<std::int32_t>{9, 0});
  REQUIRE(records.pixels.size() == 2 * 3072);
  for (std::size_t image = 0; image < 2; ++image) {
    for (std::size_t pixel = 0; pixel < 1024; ++pixel) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        REQUIRE(records.pixels[image * 3072 + pixel * 3 + channel] == (pixel + channel) % 251);
      }
    }
  }
}

TEST_CASE("CIFAR-10 files are appended in order") {
  Cifar10Records records;
  append_cifar10(record(3), "one.bin", records);
  append_cifar10(joined(record(4), record(5)), "two.bin", records);
  CHECK(records.labels == std::vector<std::int32_t>{3, 4, 5});
  CHECK(records.pixels.size() == 3 * 3072);
}

TEST_CASE("CIFAR-10 files that are not whole records are refused") {
  Bytes bytes = joined(record(1), record(2));
  bytes.pop_back();
  CHECK(contains(error_of(bytes), "batch.bin: byte 3073"));
  CHECK(contains(error_of(bytes), "found 3072 bytes"));
  bytes.push_back(0);
  bytes.push_back(0);
  CHECK(contains(error_of(bytes), "byte 6146"));
  CHECK_FALSE(error_of({}).empty());
}

TEST_CASE("CIFAR-10 labels out of range are refused, and nothing is appended") {
  CHECK(contains(error_of(joined(record(1), record(10))), "byte 3073: label: expected 0 to 9, found 10"));
  Cifar10Records records = parse_cifar10(record(3), "one.bin");
  CHECK_THROWS_AS(append_cifar10(joined(record(1), record(255)), "two.bin", records), FileError);
  CHECK(records.labels.size() == 1);
  CHECK(records.pixels.size() == 3072);
}

}  // namespace cifar10_test
