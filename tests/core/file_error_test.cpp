// SPDX-License-Identifier: MIT
/// @file
/// Messages about files: which, at which byte, what, expected and found.
#include "qnn/core/file_error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <type_traits>

namespace file_error_test {
namespace {

using namespace qnn;

static_assert(std::is_base_of_v<Error, FileError>);

TEST_CASE("messages about files") {
  CHECK(std::string(FileError("a/b.bin", "cannot be opened").what()) == "a/b.bin: cannot be opened");
  CHECK(std::string(FileError("b.bin", 17, "is cut short").what()) == "b.bin: byte 17: is cut short");
  CHECK(std::string(FileError("b.bin", 0, "magic", "QNN1", "PK").what()) ==
        "b.bin: byte 0: magic: expected QNN1, found PK");
}

}  // namespace

}  // namespace file_error_test
