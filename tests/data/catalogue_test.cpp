// SPDX-License-Identifier: MIT
#include "qnn/data/catalogue.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <set>

namespace catalogue_test {

using namespace qnn;
using test::contains;
using test::message_of;

TEST_CASE("the catalogue holds what its users rely on") {
  for (const std::string_view name : dataset_names()) {
    const CatalogueEntry& entry = catalogue_entry(name);
    CHECK(entry.place.name == name);
    CHECK(contains(std::string(entry.place.how_to_get), std::string(name)));
    CHECK(entry.extents.rank() == 3);
    CHECK(std::set<std::string_view>(entry.class_names.begin(), entry.class_names.end()).size() ==
          entry.class_names.size());
    for (const Part which : {Part::train, Part::test}) {
      const CataloguePart& part = entry.part(which);
      CHECK(part.examples > 0);
      CHECK(part.of_class_zero > 0);
      CHECK(part.of_class_zero < part.examples);
      if (entry.format == DataFormat::idx) {
        CHECK(part.files.size() == 2);
      } else {
        CHECK(part.examples % static_cast<Index>(part.files.size()) == 0);
      }
    }
  }
}

TEST_CASE("data sets of equal files and extents can be told apart") {
  for (const std::string_view one : dataset_names()) {
    for (const std::string_view other : dataset_names()) {
      const CatalogueEntry &a = catalogue_entry(one), &b = catalogue_entry(other);
      if (one != other && a.train.files.front() == b.train.files.front()) {
        CHECK((a.extents != b.extents || a.train.of_class_zero != b.train.of_class_zero));
        CHECK((a.extents != b.extents || a.test.of_class_zero != b.test.of_class_zero));
      }
    }
  }
}

TEST_CASE("class names are in the order of the labels") {
  CHECK(class_names("mnist")[7] == "7");
  CHECK(class_names("fashion-mnist")[0] == "T-shirt/top");
  CHECK(class_names("fashion-mnist")[9] == "Ankle boot");
  CHECK(class_names("cifar10")[3] == "cat");
  CHECK(class_names("emnist-letters").size() == 26);
  CHECK(class_names("emnist-letters")[25] == "Z");
}

TEST_CASE("an unknown name is refused with the known ones") {
  const std::string message = message_of<ArgumentError>([] { class_names("minst"); });
  CHECK(contains(message, "\"minst\""));
  for (const std::string_view name : dataset_names()) {
    CHECK(contains(message, std::string(name)));
  }
}

}  // namespace catalogue_test
