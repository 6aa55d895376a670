// SPDX-License-Identifier: MIT
/// @file
/// Public data sets in one call: found, read, unpacked, checked. Needs zlib and liblzma.
///
/// What is loaded is read as byte / 255, without further normalization. The errors of every function here:
/// @throws FileError where the data set is not found (the message lists where it was looked for and how to get it), or
///                   a file is truncated, corrupt, or of another data set
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/data/catalogue.hpp"
#include "qnn/data/cifar10.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/data/file.hpp"
#include "qnn/data/find.hpp"
#include "qnn/data/idx.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn {

/// Where to look for a data set.
struct LoadOptions {
  /// Tried before all other places: the folder of the data set or the one above it. Empty: see `find_data_files`.
  std::filesystem::path folder = {};
};

/// The two parts that a data set is published in.
struct Split {
  Dataset train, test;
};

namespace detail {

/// MNIST, Fashion-MNIST and USPS share their file names, the first two even all sizes. Labels of the wrong one would
/// train a network to nonsense in silence, so a complete part must have its own number of zeros.
QNN_COLD inline void check_identity(const CatalogueEntry& entry, const CataloguePart& part,
                                    const std::filesystem::path& file, const std::vector<std::int32_t>& labels) {
  const auto zeros = static_cast<Index>(std::ranges::count(labels, 0));
  if (static_cast<Index>(labels.size()) == part.examples && zeros != part.of_class_zero) {
    throw FileError(file, "is not of the data set " + std::string(entry.place.name) + ": expected " +
                              std::to_string(part.of_class_zero) + " examples of class 0, found " +
                              std::to_string(zeros) + "; is this the folder of another data set?");
  }
}

QNN_COLD inline Dataset load_idx(const CatalogueEntry& entry, const CataloguePart& part,
                                 const std::vector<std::filesystem::path>& files) {
  const std::filesystem::path &images_file = files[0], &labels_file = files[1];
  const auto examples = static_cast<std::size_t>(part.examples);
  const auto classes = static_cast<int>(entry.class_names.size());
  IdxImages images =
      parse_idx_images(read_file(images_file, 16 + examples * static_cast<std::size_t>(entry.extents.size())),
                       images_file, {.transposed = entry.transposed});
  if (const Extents found{images.height, images.width, 1}; found != entry.extents) {
    throw FileError(images_file, 8, "extents of an image", to_string(entry.extents), to_string(found));
  }
  std::vector<std::int32_t> labels = parse_idx_labels(read_file(labels_file, 8 + examples), labels_file,
                                                      {.classes = classes, .first = entry.first_label});
  if (static_cast<Index>(labels.size()) != images.count) {
    throw FileError(labels_file, 4, "number of labels",
                    std::to_string(images.count) + ", the number of images in " + images_file.filename().string(),
                    std::to_string(labels.size()));
  }
  check_identity(entry, part, labels_file, labels);
  return Dataset(std::move(images.pixels), entry.extents, std::move(labels), classes);
}

QNN_COLD inline Dataset load_cifar10_records(const CatalogueEntry& entry, const CataloguePart& part,
                                             const std::vector<std::filesystem::path>& files) {
  const auto record = static_cast<std::size_t>(entry.extents.size()) + 1;
  Cifar10Records records;
  for (const std::filesystem::path& file : files) {
    const std::size_t most = static_cast<std::size_t>(part.examples) / files.size() * record;
    append_cifar10(read_file(file, most), file, records);
  }
  check_identity(entry, part, files.front(), records.labels);
  return Dataset(std::move(records.pixels), entry.extents, std::move(records.labels), cifar10_classes);
}

}  // namespace detail

/// One part of a data set, where only that part is wanted or installed.
/// @throws ArgumentError where no data set has that name
QNN_COLD inline Dataset load_part(std::string_view name, Part which, const LoadOptions& options = {}) {
  const CatalogueEntry& entry = catalogue_entry(name);
  const CataloguePart& part = entry.part(which);
  const std::vector<std::filesystem::path> files = find_data_files(entry.place, part.files, options.folder);
  return entry.format == DataFormat::idx ? detail::load_idx(entry, part, files)
                                         : detail::load_cifar10_records(entry, part, files);
}

/// Both parts of the data set of that name, one of `dataset_names()`.
/// @throws ArgumentError where no data set has that name
QNN_COLD inline Split load_dataset(std::string_view name, const LoadOptions& options = {}) {
  return {.train = load_part(name, Part::train, options), .test = load_part(name, Part::test, options)};
}

/// Handwritten digits: 60,000 + 10,000 of 28x28x1.
inline Split load_mnist(const LoadOptions& options = {}) { return load_dataset("mnist", options); }
/// Articles of clothing: 60,000 + 10,000 of 28x28x1.
inline Split load_fashion_mnist(const LoadOptions& options = {}) { return load_dataset("fashion-mnist", options); }
/// Handwritten digits of EMNIST, upright: 240,000 + 40,000 of 28x28x1.
inline Split load_emnist_digits(const LoadOptions& options = {}) { return load_dataset("emnist-digits", options); }
/// Handwritten letters of EMNIST, upright, both cases in one class: 124,800 + 20,800 of 28x28x1, 26 classes.
inline Split load_emnist_letters(const LoadOptions& options = {}) { return load_dataset("emnist-letters", options); }
/// Handwritten digits of envelopes: 7,291 + 2,007 of 16x16x1. `centred` (resize.hpp) makes them look like MNIST's.
inline Split load_usps(const LoadOptions& options = {}) { return load_dataset("usps", options); }
/// Colour photographs: 50,000 + 10,000 of 32x32x3.
inline Split load_cifar10(const LoadOptions& options = {}) { return load_dataset("cifar10", options); }

}  // namespace qnn
