// SPDX-License-Identifier: MIT
#include "qnn/data/find.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <array>

namespace find_test {

using namespace qnn;
using test::contains;
using test::message_of;

namespace {

constexpr std::array<std::string_view, 2> names{"images", "labels"};

struct Fixture {
  test::TemporaryFolder argument, environment, system;
  test::ScopedEnvironment variable{"QNN_DATA_DIR", environment.path().string()};
  std::string system_folder = system.path().string();
  DataPlace place{.name = "set", .system_folder = system_folder, .how_to_get = "Ask the librarian."};

  std::filesystem::path images() const { return find_data_files(place, names, argument.path()).at(0); }
  static void put(const test::TemporaryFolder& folder, const std::filesystem::path& under, const char* suffix = "") {
    for (const std::string_view name : names) {
      folder.write(under / (std::string(name) + suffix), {1});
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "places are tried in one order") {
  // Filled from the last place to the first: each new one wins.
  put(system, "");
  CHECK(images() == system.path() / "images");
  put(environment, "");
  CHECK(images() == environment.path() / "images");
  put(environment, "set");
  CHECK(images() == environment.path() / "set" / "images");
  put(argument, "");
  CHECK(images() == argument.path() / "images");
  put(argument, "set", ".xz");
  CHECK(images() == argument.path() / "set" / "images.xz");
  put(argument, "set", ".gz");
  CHECK(images() == argument.path() / "set" / "images.gz");
  put(argument, "set");
  CHECK(images() == argument.path() / "set" / "images");
}

TEST_CASE_FIXTURE(Fixture, "without a folder the environment is first, without the environment the system") {
  put(system, "");
  put(environment, "set");
  put(argument, "set");
  CHECK(find_data_files(place, names).at(0) == environment.path() / "set" / "images");
  const test::ScopedEnvironment none("QNN_DATA_DIR", "");
  CHECK(find_data_files(place, names).at(0) == system.path() / "images");
}

TEST_CASE_FIXTURE(Fixture, "all files come from one folder") {
  argument.write("set/images", {1});  // its labels are missing
  put(environment, "set", ".gz");
  const auto files = find_data_files(place, names, argument.path());
  REQUIRE(files.size() == 2);
  CHECK(files[0] == environment.path() / "set" / "images.gz");
  CHECK(files[1] == environment.path() / "set" / "labels.gz");
}

TEST_CASE_FIXTURE(Fixture, "the files of one folder may be packed differently") {
  environment.write("images.gz", {1});
  environment.write("labels", {1});
  const auto files = find_data_files(place, names);
  CHECK(files[0].filename() == "images.gz");
  CHECK(files[1].filename() == "labels");
}

TEST_CASE_FIXTURE(Fixture, "a folder of the name of a file is no file") {
  std::filesystem::create_directories(argument.path() / "images");
  put(system, "");
  CHECK(images() == system.path() / "images");
}

TEST_CASE_FIXTURE(Fixture, "the error tells every place, what is missing there and what to do") {
  argument.write("set/images", {1});
  const std::string message = message_of<FileError>([&] { images(); });
  CHECK(contains(message, "set: data set not found"));
  CHECK(contains(message, (argument.path() / "set" / "labels").string() + "[.gz|.xz]"));
  CHECK(contains(message, (argument.path() / "images").string()));
  CHECK(contains(message, (environment.path() / "set" / "images").string()));
  CHECK(contains(message, (environment.path() / "images").string()));
  CHECK(contains(message, (system.path() / "images").string()));
  CHECK(contains(message, "Ask the librarian."));
}

TEST_CASE_FIXTURE(Fixture, "the error says so where there is no place to look at") {
  const test::ScopedEnvironment none("QNN_DATA_DIR", "");
  place.system_folder = "";
  CHECK(contains(message_of<FileError>([&] { find_data_files(place, names); }), "QNN_DATA_DIR is not set"));
}

}  // namespace find_test
