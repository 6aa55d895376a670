// SPDX-License-Identifier: MIT
/// @file
/// What qnn knows about the public data sets that it can load: files, extents, classes, and how to get them.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/data/cifar10.hpp"
#include "qnn/data/find.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace qnn {

/// The parts that public data sets are published in.
enum class Part { train, test };
/// How the files of a data set are laid out: data/idx.hpp, data/cifar10.hpp.
enum class DataFormat { idx, cifar10 };

/// One part of a data set as it was published.
struct CataloguePart {
  /// IDX: the file of images, then the file of labels. CIFAR-10: the files of records, in order.
  std::span<const std::string_view> files;
  Index examples;
  /// How many of the examples belong to class 0: data sets of equal extents and file names are told apart by it.
  Index of_class_zero;
};

/// A public data set: where it is, what its files hold, and what its classes mean.
struct CatalogueEntry {
  DataPlace place;
  DataFormat format;
  Extents extents;
  std::span<const std::string_view> class_names;
  /// The label that the files give to class 0.
  int first_label;
  /// The files hold columns where rows are meant.
  bool transposed;
  CataloguePart train, test;

  const CataloguePart& part(Part which) const { return which == Part::train ? train : test; }
};

namespace detail {

using Name = std::string_view;
inline constexpr std::array<Name, 10> digit_names{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
inline constexpr std::array<Name, 26> letter_names{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M",
                                                   "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z"};
inline constexpr std::array<Name, 10> fashion_names{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
inline constexpr std::array<Name, 10> cifar10_names{"airplane", "automobile", "bird",  "cat",  "deer",
                                                    "dog",      "frog",       "horse", "ship", "truck"};

inline constexpr std::array<Name, 2> mnist_train{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
inline constexpr std::array<Name, 2> mnist_test{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
inline constexpr std::array<Name, 2> emnist_digits_train{"emnist-digits-train-images-idx3-ubyte",
                                                         "emnist-digits-train-labels-idx1-ubyte"};
inline constexpr std::array<Name, 2> emnist_digits_test{"emnist-digits-test-images-idx3-ubyte",
                                                        "emnist-digits-test-labels-idx1-ubyte"};
inline constexpr std::array<Name, 2> emnist_letters_train{"emnist-letters-train-images-idx3-ubyte",
                                                          "emnist-letters-train-labels-idx1-ubyte"};
inline constexpr std::array<Name, 2> emnist_letters_test{"emnist-letters-test-images-idx3-ubyte",
                                                         "emnist-letters-test-labels-idx1-ubyte"};
inline constexpr std::array<Name, 5> cifar10_train{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                                   "data_batch_4.bin", "data_batch_5.bin"};
inline constexpr std::array<Name, 1> cifar10_test{"test_batch.bin"};

inline constexpr std::array<CatalogueEntry, 6> catalogue{{
    {.place = {.name = "mnist",
               .system_folder = "",
               .how_to_get = "Download the four files of MNIST (*-ubyte.gz), put them into a folder mnist and name the "
                             "folder above it in QNN_DATA_DIR."},
     .format = DataFormat::idx,
     .extents = {28, 28, 1},
     .class_names = digit_names,
     .first_label = 0,
     .transposed = false,
     .train = {.files = mnist_train, .examples = 60000, .of_class_zero = 5923},
     .test = {.files = mnist_test, .examples = 10000, .of_class_zero = 980}},
    {.place = {.name = "fashion-mnist",
               .system_folder = "/usr/share/datasets/fashion-mnist",
               .how_to_get = "On Debian and Ubuntu: apt-get install dataset-fashion-mnist. Elsewhere: download the "
                             "four files of Fashion-MNIST (*-ubyte.gz), put them into a folder fashion-mnist and name "
                             "the folder above it in QNN_DATA_DIR."},
     .format = DataFormat::idx,
     .extents = {28, 28, 1},
     .class_names = fashion_names,
     .first_label = 0,
     .transposed = false,
     .train = {.files = mnist_train, .examples = 60000, .of_class_zero = 6000},
     .test = {.files = mnist_test, .examples = 10000, .of_class_zero = 1000}},
    {.place = {.name = "emnist-digits",
               .system_folder = "",
               .how_to_get = "Download EMNIST from NIST, unpack its emnist-digits-*-ubyte.gz into a folder "
                             "emnist-digits and name the folder above it in QNN_DATA_DIR."},
     .format = DataFormat::idx,
     .extents = {28, 28, 1},
     .class_names = digit_names,
     .first_label = 0,
     .transposed = true,
     .train = {.files = emnist_digits_train, .examples = 240000, .of_class_zero = 24000},
     .test = {.files = emnist_digits_test, .examples = 40000, .of_class_zero = 4000}},
    {.place = {.name = "emnist-letters",
               .system_folder = "",
               .how_to_get = "Download EMNIST from NIST, unpack its emnist-letters-*-ubyte.gz into a folder "
                             "emnist-letters and name the folder above it in QNN_DATA_DIR."},
     .format = DataFormat::idx,
     .extents = {28, 28, 1},
     .class_names = letter_names,
     .first_label = 1,
     .transposed = true,
     .train = {.files = emnist_letters_train, .examples = 124800, .of_class_zero = 4800},
     .test = {.files = emnist_letters_test, .examples = 20800, .of_class_zero = 800}},
    {.place = {.name = "usps",
               .system_folder = "",
               .how_to_get = "Get USPS's digits as four IDX files named like MNIST's, put them into a folder usps and "
                             "name the folder above it in QNN_DATA_DIR."},
     .format = DataFormat::idx,
     .extents = {16, 16, 1},
     .class_names = digit_names,
     .first_label = 0,
     .transposed = false,
     .train = {.files = mnist_train, .examples = 7291, .of_class_zero = 1194},
     .test = {.files = mnist_test, .examples = 2007, .of_class_zero = 359}},
    {.place = {.name = "cifar10",
               .system_folder = "",
               .how_to_get = "Download the binary version of CIFAR-10 from its authors' page, unpack its *.bin files "
                             "into a folder cifar10 and name the folder above it in QNN_DATA_DIR."},
     .format = DataFormat::cifar10,
     .extents = cifar10_extents,
     .class_names = cifar10_names,
     .first_label = 0,
     .transposed = false,
     .train = {.files = cifar10_train, .examples = 50000, .of_class_zero = 5000},
     .test = {.files = cifar10_test, .examples = 10000, .of_class_zero = 1000}},
}};

template <std::size_t... I>
constexpr std::array<std::string_view, sizeof...(I)> names_of_catalogue(std::index_sequence<I...>) {
  return {catalogue[I].place.name...};
}

}  // namespace detail

/// Names that `load_dataset`, `catalogue_entry` and `class_names` take.
constexpr std::array<std::string_view, detail::catalogue.size()> dataset_names() {
  return detail::names_of_catalogue(std::make_index_sequence<detail::catalogue.size()>{});
}

/// @throws ArgumentError that lists the known names where `name` is none of them
QNN_COLD inline const CatalogueEntry& catalogue_entry(std::string_view name) {
  std::string known;
  for (const CatalogueEntry& entry : detail::catalogue) {
    if (entry.place.name == name) {
      return entry;
    }
    known += (known.empty() ? "" : ", ") + std::string(entry.place.name);
  }
  throw ArgumentError("name of a data set", "one of " + known, "\"" + std::string(name) + "\"");
}

/// What the classes mean, in the order of the labels. @throws ArgumentError as `catalogue_entry`
inline std::span<const std::string_view> class_names(std::string_view name) {
  return catalogue_entry(name).class_names;
}

}  // namespace qnn
