// SPDX-License-Identifier: MIT
#include "qnn/data/load.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <optional>

namespace load_test {

using namespace qnn;
using test::Bytes;
using test::contains;
using test::gzip;
using test::idx;
using test::message_of;
using test::ramp;
using test::xz;

namespace {

/// Data sets made here must not be replaced by real ones that happen to be installed.
struct Fixture {
  test::TemporaryFolder folder;
  test::ScopedEnvironment no_roots{"QNN_DATA_DIR", ""};
  LoadOptions options{.folder = folder.path()};

  void put_mnist(const std::string& part, const Bytes& images, const Bytes& labels) const {
    folder.write("mnist/" + part + "-images-idx3-ubyte", images);
    folder.write("mnist/" + part + "-labels-idx1-ubyte", labels);
  }
  std::string error_of(std::string_view name, Part part) const {
    return message_of<FileError>([&] { load_part(name, part, options); });
  }
};

/// The part of a real data set, or nothing, said aloud, where it is not installed.
std::optional<Dataset> real(std::string_view name, Part part) {
  const CatalogueEntry& entry = catalogue_entry(name);
  try {
    find_data_files(entry.place, entry.part(part).files);
  } catch (const FileError& error) {
    MESSAGE("skipped: ", std::string(error.what()));
    return std::nullopt;
  }
  return load_part(name, part);
}

/// Mean image of one class and the moments of its ink.
struct Moments {
  double row = 0, column = 0, row_variance = 0, column_variance = 0, upper = 0, lower = 0;
};

Moments moments_of_class(const Dataset& data, std::int32_t label) {
  const Index height = data.extents()[0], width = data.extents()[1];
  std::vector<double> image(static_cast<std::size_t>(height * width));
  double mass = 0;
  for (Index i = 0; i < data.size(); ++i) {
    if (data.label(i) == label) {
      for (std::size_t k = 0; k < image.size(); ++k) {
        image[k] += data.raw(i)[k];
        mass += data.raw(i)[k];
      }
    }
  }
  const auto at = [&](Index row, Index column) { return image[static_cast<std::size_t>(row * width + column)] / mass; };
  Moments moments;
  for (Index row = 0; row < height; ++row) {
    for (Index column = 0; column < width; ++column) {
      moments.row += at(row, column) * static_cast<double>(row);
      moments.column += at(row, column) * static_cast<double>(column);
      moments.upper += row < height / 3 ? at(row, column) : 0;
      moments.lower += row >= height - height / 3 ? at(row, column) : 0;
    }
  }
  for (Index row = 0; row < height; ++row) {
    for (Index column = 0; column < width; ++column) {
      moments.row_variance += at(row, column) * std::pow(static_cast<double>(row) - moments.row, 2);
      moments.column_variance += at(row, column) * std::pow(static_cast<double>(column) - moments.column, 2);
    }
  }
  return moments;
}

void check_statistics(const Dataset& data, const std::vector<double>& mean, const std::vector<double>& deviation,
                      double tolerance) {
  const ChannelStatistics found = data.channel_statistics();
  REQUIRE(found.mean.size() == mean.size());
  for (std::size_t channel = 0; channel < mean.size(); ++channel) {
    CHECK(std::abs(found.mean[channel] - mean[channel]) < tolerance);
    CHECK(std::abs(found.deviation[channel] - deviation[channel]) < tolerance);
  }
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a data set is found, unpacked and put together") {
  put_mnist("train", gzip(idx({2051, 3, 28, 28}, ramp(3 * 784))), idx({2049, 3}, {5, 0, 9}));
  put_mnist("t10k", idx({2051, 2, 28, 28}, ramp(2 * 784)), xz(idx({2049, 2}, {1, 2})));
  for (const Split& split : {load_mnist(options), load_dataset("mnist", {.folder = folder.path() / "mnist"})}) {
    CHECK(split.train.size() == 3);
    CHECK(split.train.extents() == Extents{28, 28, 1});
    CHECK(split.train.classes() == 10);
    CHECK(split.train.label(2) == 9);
    const Bytes stored = ramp(3 * 784);
    CHECK(std::ranges::equal(split.train.raw(2), std::span(stored).subspan(2 * 784)));
    CHECK(split.test.size() == 2);
    CHECK(split.test.normalization().is_identity());
  }
}

TEST_CASE_FIXTURE(Fixture, "one part may be all there is, and EMNIST comes out upright with labels from 0") {
  Bytes image(784);
  image[5] = 200;  // stored in row 0, column 5: upright it stands in row 5, column 0
  folder.write("emnist-letters/emnist-letters-test-images-idx3-ubyte.gz", gzip(idx({2051, 1, 28, 28}, image)));
  folder.write("emnist-letters/emnist-letters-test-labels-idx1-ubyte.gz", gzip(idx({2049, 1}, {26})));
  const Dataset letters = load_part("emnist-letters", Part::test, options);
  CHECK(letters.classes() == 26);
  CHECK(letters.label(0) == 25);
  CHECK(letters.raw(0)[5 * 28] == 200);
  CHECK(letters.raw(0)[5] == 0);
  CHECK(contains(message_of<FileError>([&] { load_emnist_letters(options); }), "emnist-letters-train-images"));
}

TEST_CASE_FIXTURE(Fixture, "CIFAR-10 batches are joined in order") {
  for (int batch = 1; batch <= 5; ++batch) {
    Bytes record(3073, static_cast<std::uint8_t>(batch));
    folder.write("cifar10/data_batch_" + std::to_string(batch) + ".bin.xz", xz(record));
  }
  folder.write("cifar10/test_batch.bin", Bytes(2 * 3073, 9));
  const auto [train, test] = load_cifar10(options);
  CHECK(train.size() == 5);
  CHECK(train.label(3) == 4);
  CHECK(train.raw(3)[100] == 4);
  CHECK(test.size() == 2);
  CHECK(test.extents() == Extents{32, 32, 3});
}

TEST_CASE_FIXTURE(Fixture, "images and labels that do not belong together are refused") {
  put_mnist("train", idx({2051, 3, 28, 28}, ramp(3 * 784)), idx({2049, 2}, {5, 0}));
  CHECK(
      contains(error_of("mnist", Part::train), "expected 3, the number of images in train-images-idx3-ubyte, found 2"));
}

TEST_CASE_FIXTURE(Fixture, "images of other extents are refused") {
  put_mnist("train", idx({2051, 3, 16, 16}, ramp(3 * 256)), idx({2049, 3}, {5, 0, 1}));
  CHECK(contains(error_of("mnist", Part::train), "expected 28x28x1, found 16x16x1"));
}

TEST_CASE_FIXTURE(Fixture, "a complete data set of the right extents but other classes is refused") {
  Bytes labels(10000);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = static_cast<std::uint8_t>(i % 10);  // balanced, as Fashion-MNIST is and MNIST is not
  }
  put_mnist("t10k", gzip(idx({2051, 10000, 28, 28}, Bytes(10000 * 784))), idx({2049, 10000}, labels));
  CHECK(contains(error_of("mnist", Part::test), "expected 980 examples of class 0, found 1000"));
  CHECK(load_part("fashion-mnist", Part::test, {.folder = folder.path() / "mnist"}).size() == 10000);
}

TEST_CASE_FIXTURE(Fixture, "bad files are refused by name") {
  const Bytes images = idx({2051, 3, 28, 28}, ramp(3 * 784)), labels = idx({2049, 3}, {5, 0, 1});
  const Bytes flood = gzip(idx({2051, 60000, 28, 28}, Bytes(std::size_t{60000} * 784 + 1)));
  put_mnist("train", flood, labels);
  CHECK(contains(error_of("mnist", Part::train), "unpacks to more than the 47040016 bytes expected at most"));
  Bytes truncated = gzip(images);
  truncated.resize(truncated.size() / 2);
  put_mnist("train", truncated, labels);
  CHECK(contains(error_of("mnist", Part::train), "truncated"));
  put_mnist("train", images, images);
  CHECK(contains(error_of("mnist", Part::train), "train-labels-idx1-ubyte: byte 0: magic number"));
  put_mnist("train", images, idx({2049, 3}, {5, 10, 1}));
  CHECK(contains(error_of("mnist", Part::train), "byte 9: label"));
  CHECK(contains(error_of("mnist", Part::test), "data set not found"));
  CHECK(contains(error_of("usps", Part::test), "data set not found"));
}

TEST_CASE_FIXTURE(Fixture, "a data set that is nowhere: the error says how to get it") {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    CHECK(contains(error_of("fashion-mnist", Part::train), "apt-get install dataset-fashion-mnist"));
  }
  CHECK(contains(error_of("cifar10", Part::train), (folder.path() / "cifar10" / "data_batch_1.bin").string()));
  CHECK(contains(message_of<ArgumentError>([&] { load_dataset("imagenet", options); }), "fashion-mnist"));
}

TEST_CASE("MNIST, as it was published") {
  const auto train = real("mnist", Part::train), test = real("mnist", Part::test);
  if (train) {
    CHECK(train->size() == 60000);
    CHECK(train->class_counts() == std::vector<Index>{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949});
    check_statistics(*train, {0.1306604762738429}, {0.30810780385646264}, 1e-12);
  }
  if (test) {
    CHECK(test->class_counts() == std::vector<Index>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
  }
}

TEST_CASE("Fashion-MNIST, as it was published") {
  const auto train = real("fashion-mnist", Part::train), test = real("fashion-mnist", Part::test);
  if (train) {
    CHECK(train->class_counts() == std::vector<Index>(10, 6000));
    check_statistics(*train, {0.2860405969887955}, {0.35302424451492254}, 1e-12);
    // Trousers (1) are taller than wide, sneakers (7) wider than tall.
    const Dataset some = train->first(5000);
    CHECK(moments_of_class(some, 1).row_variance > 2 * moments_of_class(some, 1).column_variance);
    CHECK(moments_of_class(some, 7).column_variance > 2 * moments_of_class(some, 7).row_variance);
  }
  if (test) {
    CHECK(test->class_counts() == std::vector<Index>(10, 1000));
  }
}

TEST_CASE("USPS, as it was published") {
  const auto train = real("usps", Part::train), test = real("usps", Part::test);
  if (train) {
    CHECK(train->class_counts() == std::vector<Index>{1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644});
    CHECK(train->extents() == Extents{16, 16, 1});
    check_statistics(*train, {0.2544796679730046}, {0.3846204256563212}, 1e-12);
  }
  if (test) {
    CHECK(test->class_counts() == std::vector<Index>{359, 264, 198, 166, 200, 160, 170, 147, 166, 177});
  }
}

TEST_CASE("EMNIST letters, as they were published, stand upright") {
  if (const auto test = real("emnist-letters", Part::test)) {
    CHECK(test->class_counts() == std::vector<Index>(26, 800));
    const Moments tall = moments_of_class(*test, 'I' - 'A'), wide = moments_of_class(*test, 'M' - 'A');
    CHECK(tall.row_variance > 2 * tall.column_variance);
    CHECK(wide.column_variance > 2 * wide.row_variance);
    const Moments heavy_below = moments_of_class(*test, 'L' - 'A'), heavy_above = moments_of_class(*test, 'T' - 'A');
    CHECK(heavy_below.lower > 1.3 * heavy_below.upper);
    CHECK(heavy_below.column < 13.5);  // the foot of an L points right, its stem stands left
    CHECK(heavy_above.upper > 1.3 * heavy_above.lower);
  }
}

TEST_CASE("EMNIST digits, as they were published") {
  if (const auto test = real("emnist-digits", Part::test)) {
    CHECK(test->class_counts() == std::vector<Index>(10, 4000));
    const Moments one = moments_of_class(*test, 1);
    CHECK(one.row_variance > 2 * one.column_variance);
  }
}

TEST_CASE("CIFAR-10, as it was published") {
  const auto train = real("cifar10", Part::train), test = real("cifar10", Part::test);
  if (train) {
    CHECK(train->class_counts() == std::vector<Index>(10, 5000));
    check_statistics(*train, {0.49139968, 0.48215841, 0.44653091}, {0.24703223, 0.24348513, 0.26158784}, 5e-9);
    // What the first images show.
    CHECK(class_names("cifar10")[static_cast<std::size_t>(train->label(0))] == "frog");
  }
  if (test) {
    CHECK(test->class_counts() == std::vector<Index>(10, 1000));
    CHECK(class_names("cifar10")[static_cast<std::size_t>(test->label(0))] == "cat");
  }
}

}  // namespace load_test
