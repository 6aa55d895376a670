// SPDX-License-Identifier: MIT
/// @file
/// Tensor files: round trips, agreement with the reference implementation, files that are none or are damaged. What a
/// header can have wrong: safetensors_header_test.cpp.
#include "qnn/io/safetensors.hpp"

#include "fixtures.hpp"
#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace safetensors_test {

namespace fs = std::filesystem;
using qnn::Index;
using qnn::TensorFile;
using namespace fixtures;

namespace {

template <class T>
std::vector<T> counted(Index size, int first) {
  std::vector<T> values;
  for (Index i = 0; i < size; ++i) {
    values.push_back(static_cast<T>(first + i));
  }
  return values;
}

TensorFile sample() {
  TensorFile file;
  file.add<float>("conv/weight", {2, 3}, std::vector<float>{0.5f, -1, 3.25f, 1e-30f, -0.0f, 65504});
  file.add<std::int8_t>("codes", {3}, std::vector<std::int8_t>{-128, 0, 127});
  file.add<std::uint8_t>("pixels", {1, 3, 1}, std::vector<std::uint8_t>{0, 128, 255});
  file.add<std::int16_t>("wide", {3}, std::vector<std::int16_t>{-32768, 1, 32767});
  file.add<std::int32_t>("bias", {2}, std::vector<std::int32_t>{-2147483647 - 1, 2147483647});
  file.add<std::int64_t>("step", {}, std::vector<std::int64_t>{-(std::int64_t{1} << 62)});
  file.add<float>("z\u00e9\n\"\\\x7f", {0, 7}, {});
  file.set_metadata("architecture", "Dense<10>; \u20ac \"quoted\"\n");
  return file;
}

template <class T>
bool equals(std::span<const T> found, const std::vector<T>& expected) {
  return std::ranges::equal(found, expected);
}

}  // namespace

TEST_CASE("safetensors: what is written is read back") {
  const Folder folder;
  const TensorFile written = sample();
  written.write(folder / "x");
  const TensorFile read = TensorFile::read(folder / "x");
  CHECK(read == written);
  CHECK(read.names() ==
        std::vector<std::string>{"bias", "codes", "conv/weight", "pixels", "step", "wide", "z\u00e9\n\"\\\x7f"});
  CHECK(equals(read.tensor<float>("conv/weight", {2, 3}), {0.5f, -1, 3.25f, 1e-30f, -0.0f, 65504}));
  CHECK(std::signbit(read.tensor<float>("conv/weight", {2, 3})[4]));
  CHECK(equals(read.tensor<std::int8_t>("codes", {3}), {-128, 0, 127}));
  CHECK(equals(read.tensor<std::uint8_t>("pixels", {1, 3, 1}), {0, 128, 255}));
  CHECK(equals(read.tensor<std::int16_t>("wide", {3}), {-32768, 1, 32767}));
  CHECK(equals(read.tensor<std::int32_t>("bias", {2}), {-2147483647 - 1, 2147483647}));
  CHECK(equals(read.tensor<std::int64_t>("step", {}), {-(std::int64_t{1} << 62)}));
  CHECK(read.tensor<float>("z\u00e9\n\"\\\x7f", {0, 7}).empty());
  CHECK(read.metadata("architecture") == "Dense<10>; \u20ac \"quoted\"\n");
  CHECK(read.contains("bias"));
  CHECK_FALSE(read.contains("Bias"));
}

TEST_CASE("safetensors: the bytes of a file, as the format has them") {
  const Folder folder;
  TensorFile file;
  file.add<std::int8_t>("a", {3}, counted<std::int8_t>(3, 1));
  file.add<float>("b", {1}, std::vector<float>{1.0f});
  file.add<std::uint8_t>("0", {1}, counted<std::uint8_t>(1, 9));
  file.set_metadata("k", "v");
  file.write(folder / "x");
  const std::string header =
      R"({"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
      R"("a":{"dtype":"I8","shape":[3],"data_offsets":[4,7]},"0":{"dtype":"U8","shape":[1],"data_offsets":[7,8]}})";
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  using namespace std::string_literals;
  CHECK(contents(folder / "x") == with_length(header + padding, "\0\0\x80\x3f\1\2\3\x09"s));
}

TEST_CASE("safetensors: the same bytes in whatever order tensors are added") {
  const Folder folder;
  TensorFile forward, backward;
  for (int i = 0; i < 20; ++i) {
    forward.add<float>(std::to_string(i), {i}, counted<float>(i, i));
    backward.add<float>(std::to_string(19 - i), {19 - i}, counted<float>(19 - i, 19 - i));
  }
  forward.set_metadata("a", "1");
  forward.set_metadata("b", "2");
  backward.set_metadata("b", "0");
  backward.set_metadata("b", "2");
  backward.set_metadata("a", "1");
  forward.write(folder / "forward");
  backward.write(folder / "backward");
  CHECK(contents(folder / "forward") == contents(folder / "backward"));
}

TEST_CASE("safetensors: random tensors of odd shapes, empty and many, come back bit for bit") {
  const Folder folder;
  qnn::Random random(11);
  for (int round = 0; round < 30; ++round) {
    TensorFile file;
    for (Index i = random.below(12); i > 0; --i) {
      std::vector<Index> shape;
      for (Index rank = random.below(7); rank > 0; --rank) {
        shape.push_back(random.below(4));
      }
      const Index size = std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>());
      std::vector<std::int8_t> codes(static_cast<std::size_t>(size));
      std::vector<float> reals(codes.size());
      for (std::size_t k = 0; k < codes.size(); ++k) {
        codes[k] = static_cast<std::int8_t>(random.below(256) - 128);
        reals[k] = std::bit_cast<float>(static_cast<std::uint32_t>(random()));  // any bits, NaN with payload too
      }
      file.add<std::int8_t>("codes" + std::to_string(i), shape, codes);
      file.add<float>("reals" + std::to_string(i), shape, reals);
    }
    file.write(folder / "x");
    CHECK(TensorFile::read(folder / "x") == file);
  }
}

TEST_CASE("safetensors: values are not looked at") {
  const Folder folder;
  TensorFile file;
  file.add<float>("x", {2}, std::vector<float>{std::nanf(""), std::numeric_limits<float>::infinity()});
  file.write(folder / "x");
  const TensorFile read = TensorFile::read(folder / "x");
  CHECK(std::isnan(read.tensor<float>("x", {2})[0]));
  CHECK(std::isinf(read.tensor<float>("x", {2})[1]));
}

TEST_CASE("safetensors: elements are aligned in memory even where they are not in the file") {
  const Folder folder;
  const std::string header =
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"I64","shape":[1],"data_offsets":[1,9]}})";
  put(folder / "x", with_length(header, "\x05" + length_field(0x0102030405060708)));
  const TensorFile file = TensorFile::read(folder / "x");
  const auto values = file.tensor<std::int64_t>("b", {1});
  CHECK(values[0] == 0x0102030405060708);
  CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % qnn::alignment == 0);
  CHECK(file.tensor<std::uint8_t>("a", {1})[0] == 5);
}

template <class File>
concept lends_elements = requires(File file) {
  std::forward<File>(file).template tensor<float>("x", {1});
};
static_assert(lends_elements<const TensorFile&>);
static_assert(!lends_elements<TensorFile>, "elements must not outlive a temporary file");

TEST_CASE("safetensors: asking for what a file does not have") {
  const Folder folder;
  sample().write(folder / "net.safetensors");
  const TensorFile file = TensorFile::read(folder / "net.safetensors");
  const std::string where = (folder / "net.safetensors").string() + ": ";
  CHECK_THROWS_WITH_AS(file.tensor<std::int8_t>("conv/weight", {3, 2}),
                       (where + "tensor \"conv/weight\": expected I8 [3, 2], found F32 [2, 3]").c_str(),
                       qnn::FileError);
  CHECK_THROWS_AS(file.tensor<float>("conv/weight", {3, 2}), qnn::FileError);
  CHECK_THROWS_AS(file.tensor<float>("conv/weight", {6}), qnn::FileError);
  CHECK_THROWS_AS(file.tensor<std::int32_t>("conv/weight", {2, 3}), qnn::FileError);
  CHECK_THROWS_WITH_AS(file.tensor<float>("weight", {1}),
                       (where + "tensor \"weight\" is missing; tensors: \"bias\", \"codes\", \"conv/weight\", "
                                "\"pixels\", \"step\", \"wide\", \"z\\u00e9\\n\\\"\\\\\\u007f\"")
                           .c_str(),
                       qnn::FileError);
  CHECK_THROWS_WITH_AS(file.metadata("epoch"),
                       (where + "metadata \"epoch\" is missing; keys: \"architecture\"").c_str(), qnn::FileError);
  CHECK_THROWS_WITH_AS(TensorFile{}.metadata("epoch"), "(tensors in memory): metadata \"epoch\" is missing; keys: none",
                       qnn::FileError);
  CHECK(file.entry("bias").type == qnn::DType::i32);
  CHECK(file.entry("bias").shape == std::vector<Index>{2});
  CHECK_THROWS_AS(file.entry("nothing"), qnn::FileError);
}

TEST_CASE("safetensors: what cannot be added") {
  TensorFile file = sample();
  const std::vector<float> two{1, 2};
  CHECK_THROWS_AS(file.add<float>("bias", {2}, two), qnn::ArgumentError);
  CHECK_THROWS_AS(file.add<float>("__metadata__", {2}, two), qnn::ArgumentError);
  CHECK_THROWS_AS(file.add<float>("\xff", {2}, two), qnn::ArgumentError);
  CHECK_THROWS_AS(file.add<float>("x", {3}, two), qnn::ArgumentError);
  CHECK_THROWS_AS(file.add<float>("x", {-1, -2}, two), qnn::ArgumentError);
  CHECK_THROWS_AS(file.add<float>("x", std::vector<Index>(65, 1), std::vector<float>{1}), qnn::ArgumentError);
  CHECK_THROWS_AS(file.add<float>("x", {std::numeric_limits<Index>::max(), 4}, two), qnn::ArgumentError);
  CHECK_THROWS_AS(file.set_metadata("\x80", "v"), qnn::ArgumentError);
  CHECK_THROWS_AS(file.set_metadata("k", "\xc3"), qnn::ArgumentError);
  CHECK(file == sample());
}

TEST_CASE("safetensors: files that are none") {
  const Folder folder;
  CHECK_THROWS_WITH_AS(TensorFile::read(folder / "absent"), doctest::Contains("does not exist"), qnn::FileError);
  CHECK_THROWS_WITH_AS(TensorFile::read(folder.path), doctest::Contains("not a regular file"), qnn::FileError);
  CHECK(has(refusal(""), "byte 0: too short for a safetensors file: expected at least 8 bytes, found 0"));
  CHECK(has(refusal("1234567"), "expected at least 8 bytes, found 7"));
  CHECK(has(refusal(length_field(0)), "byte 8: header: expected '{', found nothing"));
  CHECK(
      has(refusal(length_field(3) + "{}"), "byte 0: header length of a safetensors file: expected at most 2, found 3"));
  CHECK(has(refusal(length_field(~std::uint64_t{0}) + "{}"), "expected at most 2, found 18446744073709551615"));
  CHECK(has(refusal(with_length("[]")), "byte 8: header: expected '{', found \"[\""));
  CHECK(has(refusal(with_length(" {}")), "expected '{'"));
  CHECK(has(refusal(with_length("\xef\xbb\xbf{}")), "expected '{'"));
  CHECK(has(refusal(with_length("null")), "expected '{'"));
  sample().write(folder / "x");
  const std::uint64_t size = fs::file_size(folder / "x");
  CHECK_NOTHROW(TensorFile::read(folder / "x", size));
  CHECK_THROWS_WITH_AS(TensorFile::read(folder / "x", size - 1), doctest::Contains("is too large"), qnn::FileError);
}

TEST_CASE("safetensors: a write that fails leaves the old file and nothing else") {
  const Folder folder;
  sample().write(folder / "x");
  const std::string before = contents(folder / "x");
  TensorFile excessive;
  excessive.set_metadata("k", std::string(qnn::max_tensor_header, 'x'));
  CHECK_THROWS_WITH_AS(excessive.write(folder / "x"), doctest::Contains("longer than the format allows"),
                       qnn::FileError);
  CHECK(contents(folder / "x") == before);
  CHECK_THROWS_AS(sample().write(folder / "missing" / "x"), qnn::FileError);
  CHECK(folder.entries() == 1);
}

TEST_CASE("safetensors: a damaged file is read or refused, never anything else") {
  const Folder folder;
  sample().write(folder / "x");
  const std::string good = contents(folder / "x");
  const std::string alphabet = "{}[]\",:-0123456789eEUIF \\u";
  qnn::Random random(2024);
  int read = 0, refused = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string bad = good;
    for (Index change = 1 + random.below(4); change > 0; --change) {
      const auto at = static_cast<std::size_t>(random.below(std::ssize(bad)));
      switch (random.below(6)) {
        case 0:
          bad[at] = static_cast<char>(bad[at] ^ (1 << random.below(8)));
          break;
        case 1:
          bad[at] = static_cast<char>(random.below(256));
          break;
        case 2:  // likely to stay JSON
          bad[at] = alphabet[static_cast<std::size_t>(random.below(std::ssize(alphabet)))];
          break;
        case 3:
          bad.resize(at + 1);
          break;
        case 4:
          bad.insert(at, bad.substr(at, static_cast<std::size_t>(random.below(40))));
          break;
        default:
          bad[at % 8] = static_cast<char>(random.below(256));  // the length of the header
      }
    }
    put(folder / "bad", bad);
    try {
      const TensorFile file = TensorFile::read(folder / "bad");
      if (++read <= 100) {  // what was accepted is whole: it can be written, and is itself again
        file.write(folder / "again");
        REQUIRE(TensorFile::read(folder / "again") == file);
      }
    } catch (const qnn::Error&) {
      ++refused;
    }
  }
  CHECK(read + refused == 6000);
  CHECK(read > 100);
  CHECK(refused > 1000);
}

TEST_CASE("safetensors: every shorter file is refused") {
  const Folder folder;
  sample().write(folder / "x");
  const std::string good = contents(folder / "x");
  for (std::size_t size = 0; size < good.size(); ++size) {
    put(folder / "bad", good.substr(0, size));
    CHECK_THROWS_AS(TensorFile::read(folder / "bad"), qnn::FileError);
  }
}

TEST_CASE("safetensors: the reference implementation reads and writes the same files") {
  if (std::system("python3 -c 'import numpy, safetensors.numpy' >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: python3 with numpy and safetensors is not installed");
    return;
  }
  const Folder folder;
  sample().write(folder / "ours");
  put(folder / "check.py", R"(
import sys, numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
folder = sys.argv[1]
found = load_file(folder + '/ours')
expected = {
  'conv/weight': np.array([[0.5, -1, 3.25], [1e-30, -0.0, 65504]], np.float32),
  'codes': np.array([-128, 0, 127], np.int8),
  'pixels': np.array([[[0], [128], [255]]], np.uint8),
  'wide': np.array([-32768, 1, 32767], np.int16),
  'bias': np.array([-2**31, 2**31 - 1], np.int32),
  'step': np.array(-2**62, np.int64),
  'z\u00e9\n"\\\x7f': np.zeros((0, 7), np.float32),
}
assert sorted(found) == sorted(expected), sorted(found)
for name, values in expected.items():
  assert found[name].dtype == values.dtype and found[name].shape == values.shape, name
  assert found[name].tobytes() == values.tobytes(), name
metadata = safe_open(folder + '/ours', 'np').metadata()
assert metadata == {'architecture': 'Dense<10>; \u20ac "quoted"\n'}, metadata
save_file(expected, folder + '/theirs', metadata=metadata)
save_file({}, folder + '/nothing')
save_file({'x': np.zeros(3)}, folder + '/double')
)");
  const std::string command = "python3 '" + (folder / "check.py").string() + "' '" + folder.path.string() + "'";
  REQUIRE(std::system(command.c_str()) == 0);
  CHECK(TensorFile::read(folder / "theirs") == sample());
  CHECK(contents(folder / "theirs") == contents(folder / "ours"));
  CHECK(TensorFile::read(folder / "nothing") == TensorFile{});
  TensorFile{}.write(folder / "our nothing");
  CHECK(contents(folder / "nothing") == contents(folder / "our nothing"));
  CHECK_THROWS_WITH_AS(TensorFile::read(folder / "double"), doctest::Contains("found \"F64\""), qnn::FileError);
}

}  // namespace safetensors_test
