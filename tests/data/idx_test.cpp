// SPDX-License-Identifier: MIT
#include "qnn/data/idx.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

namespace idx_test {

using namespace qnn;
using test::Bytes;
using test::contains;
using test::idx;
using test::message_of;
using test::ramp;

namespace {

std::string image_error(const Bytes& bytes) {
  return message_of<FileError>([&] { parse_idx_images(bytes, "some.idx"); });
}

std::string label_error(const Bytes& bytes, IdxLabelOptions options = {}) {
  return message_of<FileError>([&] { parse_idx_labels(bytes, "some.idx", options); });
}

}  // namespace

TEST_CASE("IDX images are read row by row") {
  const IdxImages images = parse_idx_images(idx({2051, 2, 3, 4}, ramp(24)), "some.idx");
  CHECK(images.count == 2);
  CHECK(images.height == 3);
  CHECK(images.width == 4);
  CHECK(images.pixels == ramp(24));
}

TEST_CASE("transposed IDX images come out upright") {
  // Stored: two images of 2 rows and 3 columns, 0 1 2 / 3 4 5 and 6 7 8 / 9 10 11.
  const Bytes file = idx({2051, 2, 2, 3}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const IdxImages images = parse_idx_images(file, "some.idx", {.transposed = true});
  CHECK(images.height == 3);
  CHECK(images.width == 2);
  CHECK(images.pixels == Bytes{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11});
}

TEST_CASE("IDX labels become classes") {
  CHECK(parse_idx_labels(idx({2049, 3}, {9, 0, 4}), "some.idx") == std::vector<std::int32_t>{9, 0, 4});
  CHECK(parse_idx_labels(idx({2049, 3}, {1, 26, 2}), "some.idx", {.classes = 26, .first = 1}) ==
        std::vector<std::int32_t>{0, 25, 1});
  CHECK(parse_idx_labels(idx({2049, 0}, {}), "some.idx").empty());
}

TEST_CASE("labels out of range are refused with the byte where they stand") {
  CHECK(label_error(idx({2049, 3}, {9, 10, 4})) == "some.idx: byte 9: label: expected 0 to 9, found 10");
  CHECK(contains(label_error(idx({2049, 1}, {0}), {.classes = 26, .first = 1}), "expected 1 to 26, found 0"));
  CHECK(contains(label_error(idx({2049, 1}, {27}), {.classes = 26, .first = 1}), "found 27"));
}

TEST_CASE("a wrong magic number is refused") {
  CHECK(image_error(idx({2049, 2, 3, 4}, ramp(24))) ==
        "some.idx: byte 0: magic number: expected 2051 (IDX images), found 2049");
  CHECK(contains(label_error(idx({2051, 2, 3, 4}, ramp(24))), "expected 2049 (IDX labels), found 2051"));
  CHECK(contains(image_error(Bytes(100, 0x1F)), "magic number"));
}

TEST_CASE("every truncation of a file is refused") {
  const Bytes images = idx({2051, 2, 3, 4}, ramp(24)), labels = idx({2049, 5}, {1, 2, 3, 4, 5});
  for (std::size_t length = 0; length < images.size(); ++length) {
    CHECK_FALSE(image_error({images.begin(), images.begin() + static_cast<std::ptrdiff_t>(length)}).empty());
  }
  for (std::size_t length = 0; length < labels.size(); ++length) {
    CHECK_FALSE(label_error({labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(length)}).empty());
  }
  CHECK(contains(image_error({0, 0, 8}), "byte 3: end of file in the IDX header: expected 16 bytes, found 3"));
}

TEST_CASE("bytes left over are refused") {
  CHECK(contains(image_error(idx({2051, 2, 3, 4}, ramp(25))), "found 25 bytes"));
  CHECK(contains(image_error(idx({2051, 2, 3, 4}, ramp(36))), "expected 2 x 3 x 4 bytes"));
  CHECK(contains(label_error(idx({2049, 2}, {1, 2, 3})), "found 3 bytes"));
}

TEST_CASE("a header that promises more than any memory is refused by what the file holds") {
  CHECK(image_error(idx({2051, 0x80000000u, 28, 28}, ramp(784))) ==
        "some.idx: byte 16: pixels: expected 2147483648 x 28 x 28 bytes, as the header says, found 784 bytes up to the "
        "end of the file");
  // Products that wrap around 64 bits to 0 and to the length of the file.
  CHECK_FALSE(image_error(idx({2051, 0x80000000u, 0x80000000u, 4}, {})).empty());
  CHECK_FALSE(image_error(idx({2051, 0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu}, ramp(24))).empty());
  CHECK_FALSE(label_error(idx({2049, 0xFFFFFFFFu}, {1})).empty());
}

TEST_CASE("images without rows or columns are refused, however many there are") {
  CHECK(image_error(idx({2051, 7, 0, 28}, {})) == "some.idx: byte 8: extent of an image: expected at least 1, found 0");
  CHECK(contains(image_error(idx({2051, 0x80000000u, 28, 0}, {})), "byte 12"));
  CHECK(parse_idx_images(idx({2051, 0, 28, 28}, {}), "some.idx").pixels.empty());
}

}  // namespace idx_test
