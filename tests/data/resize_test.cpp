// SPDX-License-Identifier: MIT
#include "qnn/data/resize.hpp"

#include "qnn/data/load.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace resize_test {

using namespace qnn;
using test::Bytes;
using test::contains;
using test::message_of;
using test::ramp;

namespace {

Bytes pixels(const Dataset& data, Index i = 0) { return {data.raw(i).begin(), data.raw(i).end()}; }

Dataset one_image(const Bytes& elements, Extents extents) { return Dataset(elements, extents, {0}, 1); }

/// Rows and columns with ink, and its centre of mass.
struct Ink {
  Index top = -1, bottom = -1, left = std::numeric_limits<Index>::max(), right = -1;
  double row = 0, column = 0, mass = 0;
};

Ink ink_of(const Dataset& data, Index i) {
  Ink ink;
  const Index width = data.extents()[1];
  for (Index k = 0; k < data.extents()[0] * width; ++k) {
    const double byte = data.raw(i)[static_cast<std::size_t>(k)];
    if (byte > 0) {
      ink.top = ink.top < 0 ? k / width : ink.top;
      ink.bottom = k / width;
      ink.left = std::min(ink.left, k % width);
      ink.right = std::max(ink.right, k % width);
      ink.row += byte * static_cast<double>(k / width);
      ink.column += byte * static_cast<double>(k % width);
      ink.mass += byte;
    }
  }
  ink.row /= ink.mass;
  ink.column /= ink.mass;
  return ink;
}

}  // namespace

TEST_CASE("resized: known values of half-pixel bilinear interpolation") {
  // 2 -> 4: sample points -0.25 (held at 0), 0.25, 0.75, 1.25 (held at 1).
  CHECK(pixels(resized(one_image({0, 100}, {1, 2, 1}), 1, 4)) == Bytes{0, 25, 75, 100});
  CHECK(pixels(resized(one_image({0, 100}, {2, 1, 1}), 4, 1)) == Bytes{0, 25, 75, 100});
  CHECK(pixels(resized(one_image({0, 100, 200, 60}, {2, 2, 1}), 4, 4)) ==
        Bytes{0, 25, 75, 100, 50, 60, 80, 90, 150, 130, 90, 70, 200, 165, 95, 60});
  // 3 -> 2: sample points 0.25 and 1.75.
  CHECK(pixels(resized(one_image({0, 100, 200}, {1, 3, 1}), 1, 2)) == Bytes{25, 175});
  // Halving takes the mean of 2 x 2 pixels, halves rounded up: (1 + 2 + 3 + 4) / 4 = 2.5.
  CHECK(pixels(resized(one_image({1, 2, 3, 4}, {2, 2, 1}), 1, 1)) == Bytes{3});
}

TEST_CASE("resized: floats are not rounded") {
  const FloatDataset image({0.0f, 1.0f}, {1, 2, 1}, {0}, 1);
  const FloatDataset wide = resized(image, 1, 4);
  CHECK(std::vector<float>(wide.raw(0).begin(), wide.raw(0).end()) == std::vector<float>{0.0f, 0.25f, 0.75f, 1.0f});
}

TEST_CASE("resized: the same extents change nothing, channels do not mix, labels and normalization stay") {
  const Dataset images = Dataset(ramp(3 * 5 * 7 * 3), {5, 7, 3}, {2, 0, 1}, 3).normalized({0.1, 0.2, 0.3}, {1, 2, 3});
  const Dataset same = resized(images, 5, 7);
  const Dataset larger = resized(images, 11, 9);
  CHECK(larger.extents() == Extents{11, 9, 3});
  for (Index i = 0; i < 3; ++i) {
    CHECK(pixels(same, i) == pixels(images, i));
    CHECK(larger.label(i) == images.label(i));
    const auto channel = [&](std::size_t wanted) {
      Bytes plane;
      for (std::size_t k = wanted; k < images.raw(i).size(); k += 3) {
        plane.push_back(images.raw(i)[k]);
      }
      return resized(one_image(plane, {5, 7, 1}), 11, 9);
    };
    for (std::size_t wanted = 0; wanted < 3; ++wanted) {
      const Dataset plane = channel(wanted);
      for (std::size_t k = 0; k < 11 * 9; ++k) {
        REQUIRE(larger.raw(i)[k * 3 + wanted] == plane.raw(0)[k]);
      }
    }
  }
  CHECK(std::ranges::equal(larger.normalization().mean(), images.normalization().mean()));
  CHECK(std::ranges::equal(larger.normalization().deviation(), images.normalization().deviation()));
}

TEST_CASE("resized: a flat image stays flat, a symmetric one symmetric, and values stay in range") {
  Random random(3);
  for (int trial = 0; trial < 60; ++trial) {
    const Index height = 1 + random.below(9), width = 1 + random.below(9);
    const Index to_height = 1 + random.below(20), to_width = 1 + random.below(20);
    const auto size = static_cast<std::size_t>(height * width);
    const auto flat_value = static_cast<std::uint8_t>(random.below(256));
    const Bytes flat = pixels(resized(one_image(Bytes(size, flat_value), {height, width, 1}), to_height, to_width));
    CHECK(std::ranges::all_of(flat, [&](std::uint8_t byte) { return byte == flat_value; }));

    std::vector<float> image(size), mirrored(size);
    for (float& pixel : image) {
      pixel = random.uniform();
    }
    for (std::size_t k = 0; k < size; ++k) {
      mirrored[size - 1 - k] = image[k];
    }
    const FloatDataset both_ways[2] = {
        resized(FloatDataset(image, {height, width, 1}, {0}, 1), to_height, to_width),
        resized(FloatDataset(mirrored, {height, width, 1}, {0}, 1), to_height, to_width)};
    const auto forward = both_ways[0].raw(0), backward = both_ways[1].raw(0);
    for (std::size_t k = 0; k < forward.size(); ++k) {
      CHECK(std::abs(forward[k] - backward[forward.size() - 1 - k]) < 1e-6f);
      CHECK(forward[k] <= *std::ranges::max_element(image));
      CHECK(forward[k] >= *std::ranges::min_element(image));
    }
  }
}

TEST_CASE("centred: a bar is enlarged to the box and its mass put in the middle") {
  Bytes image(8 * 8);
  for (std::size_t row = 2; row < 6; ++row) {  // 4 rows of 2 columns
    image[row * 8 + 6] = 255;
    image[row * 8 + 7] = 255;
  }
  const Dataset centre = centred(one_image(image, {8, 8, 1}), 28, 28, 20);
  const Ink ink = ink_of(centre, 0);
  CHECK(ink.bottom - ink.top + 1 == 20);
  CHECK(ink.right - ink.left + 1 == 10);
  CHECK(std::abs(ink.row - 14.0) <= 0.5);
  CHECK(std::abs(ink.column - 14.0) <= 0.5);
  CHECK(ink.mass == 255 * 20 * 10);
}

TEST_CASE("centred: a single pixel becomes a square, a black image stays black") {
  Bytes image(5 * 5);
  image[3] = 9;
  const Dataset dot = centred(one_image(image, {5, 5, 1}), 9, 9, 3);
  CHECK(ink_of(dot, 0).mass == 81);
  CHECK(ink_of(dot, 0).top == 3);
  CHECK(ink_of(dot, 0).right == 5);
  CHECK(pixels(centred(one_image(Bytes(25), {5, 5, 1}), 9, 9, 3)) == Bytes(81));
}

TEST_CASE("centred: nothing is pushed over the border, however lopsided the ink") {
  Bytes image(16 * 16, 1);
  image[0] = 255;
  image[1] = 255;
  image[16] = 255;
  const Dataset tight = centred(one_image(image, {16, 16, 1}), 16, 16, 16);
  CHECK(pixels(tight) == image);  // there is no room to move
  const Dataset loose = centred(one_image(image, {16, 16, 1}), 20, 20, 16);
  CHECK(ink_of(loose, 0).mass == ink_of(tight, 0).mass);
}

TEST_CASE("centred: random ink keeps inside the box and, where there is room, in the middle") {
  Random random(11);
  for (int trial = 0; trial < 200; ++trial) {
    const Index height = 1 + random.below(20), width = 1 + random.below(20), channels = 1 + random.below(3);
    Bytes image(static_cast<std::size_t>(height * width * channels));
    for (std::uint8_t& byte : image) {
      byte = random.below(4) == 0 ? static_cast<std::uint8_t>(random.below(256)) : std::uint8_t{0};
    }
    const Dataset from = one_image(image, {height, width, channels});
    CHECK(centred(from, 40, 41, 20).extents() == Extents{40, 41, channels});
    if (channels == 1 && std::ranges::any_of(image, [](std::uint8_t byte) { return byte > 0; })) {
      const Ink ink = ink_of(centred(from, 60, 61, 20), 0);
      CHECK(ink.bottom - ink.top + 1 <= 20);
      CHECK(ink.right - ink.left + 1 <= 20);
      CHECK(std::abs(ink.row - 30.0) <= 0.5 + 1e-9);
      CHECK(std::abs(ink.column - 30.0) <= 0.5 + 1e-9);
    }
  }
}

TEST_CASE("resizing what is no image, or to no image, is refused") {
  const FloatDataset row({1, 2, 3}, {3}, {0}, 1);
  CHECK(contains(message_of<ArgumentError>([&] { resized(row, 2, 2); }), "height, width, channels"));
  const Dataset image = one_image({1, 2, 3, 4}, {2, 2, 1});
  CHECK_THROWS_AS(resized(image, 0, 2), ArgumentError);
  CHECK_THROWS_AS(resized(image, 2, -1), ArgumentError);
  CHECK(contains(message_of<ArgumentError>([&] { centred(image, 28, 20, 21); }), "expected 1 to 20"));
  CHECK_THROWS_AS(centred(image, 28, 28, 0), ArgumentError);
  CHECK_THROWS_AS(centred(image, 0, 0, 1), ArgumentError);
  CHECK_THROWS_AS(centred(Dataset({1, 2}, {2}, {0}, 1), 28, 28, 20), ArgumentError);
}

TEST_CASE("CIFAR-10's shape can be resized") {
  const Dataset photographs(ramp(2 * 32 * 32 * 3), {32, 32, 3}, {0, 1}, 10);
  CHECK(resized(photographs, 28, 28).extents() == Extents{28, 28, 3});
  CHECK(centred(photographs, 36, 36, 32).extents() == Extents{36, 36, 3});
}

TEST_CASE("USPS digits, centred, lie as MNIST's and look more like them") {
  const auto load = [](std::string_view name, Part part) -> std::vector<Dataset> {
    const CatalogueEntry& entry = catalogue_entry(name);
    try {
      find_data_files(entry.place, entry.part(part).files);
    } catch (const FileError& error) {
      MESSAGE("skipped: ", std::string(error.what()));
      return {};
    }
    return {load_part(name, part)};
  };
  const auto mnist = load("mnist", Part::test), usps = load("usps", Part::test);
  if (mnist.empty() || usps.empty()) {
    return;
  }
  const Dataset like_mnist = centred(usps[0], 28, 28, 20), stretched = resized(usps[0], 28, 28);

  double row = 0, column = 0;
  for (Index i = 0; i < like_mnist.size(); ++i) {
    const Ink ink = ink_of(like_mnist, i);
    CHECK(std::max(ink.bottom - ink.top, ink.right - ink.left) + 1 <= 20);
    row += ink.row / static_cast<double>(like_mnist.size());
    column += ink.column / static_cast<double>(like_mnist.size());
  }
  CHECK(std::abs(row - 14.0) < 0.05);
  CHECK(std::abs(column - 14.0) < 0.05);

  // The mean images of MNIST's classes classify USPS: better when its digits lie where MNIST's do.
  std::vector<std::vector<double>> means(10, std::vector<double>(784));
  const std::vector<Index> counts = mnist[0].class_counts();
  for (Index i = 0; i < mnist[0].size(); ++i) {
    const auto label = static_cast<std::size_t>(mnist[0].label(i));
    for (std::size_t k = 0; k < 784; ++k) {
      means[label][k] += static_cast<double>(mnist[0].raw(i)[k]) / static_cast<double>(counts[label]);
    }
  }
  const auto accuracy = [&](const Dataset& data) {
    Index right = 0;
    for (Index i = 0; i < data.size(); ++i) {
      std::vector<double> distance(10);
      for (std::size_t label = 0; label < 10; ++label) {
        for (std::size_t k = 0; k < 784; ++k) {
          distance[label] += std::pow(static_cast<double>(data.raw(i)[k]) - means[label][k], 2);
        }
      }
      right += std::ranges::min_element(distance) - distance.begin() == data.label(i) ? 1 : 0;
    }
    return static_cast<double>(right) / static_cast<double>(data.size());
  };
  const double centred_accuracy = accuracy(like_mnist), stretched_accuracy = accuracy(stretched);
  MESSAGE("nearest mean of MNIST on USPS: centred ", centred_accuracy, ", stretched ", stretched_accuracy);
  CHECK(centred_accuracy > stretched_accuracy + 0.1);
}

}  // namespace resize_test
