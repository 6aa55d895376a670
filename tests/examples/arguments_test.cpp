// SPDX-License-Identifier: MIT
/// @file
/// Positional arguments of the short examples.
#include "../../examples/arguments.hpp"

#include "qnn/core/error.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace arguments_test {

/// Owns the words that the command line points to.
class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> words) : words_(std::move(words)) {
    pointers_.push_back(program_.data());
    for (std::string& word : words_) {
      pointers_.push_back(word.data());
    }
  }
  examples::Arguments read() {
    return {static_cast<int>(pointers_.size()), pointers_.data(), 3, "program [name] [count] [seed]"};
  }
  std::string text(std::size_t place) { return read().text(place, "mnist"); }
  int count() { return read().number(1, "count", 1, 12); }
  std::uint64_t seed() { return read().number<std::uint64_t>(2, "seed", 0, 1); }

 private:
  std::string program_ = "program";
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

TEST_CASE("arguments left out have their defaults") {
  CHECK(CommandLine({}).text(0) == "mnist");
  CHECK(CommandLine({"emnist"}).text(0) == "emnist");
  CHECK(CommandLine({"emnist"}).count() == 12);
  CHECK(CommandLine({"emnist", "3"}).count() == 3);
  CHECK(CommandLine({"emnist", "3", "18446744073709551615"}).seed() == UINT64_MAX);
}

TEST_CASE("what is no number, too small or too large, or too much is refused") {
  for (const char* const wrong : {"", "three", "3x", "0", "-1", "99999999999", "1.5", " 3"}) {
    CHECK_THROWS_AS(CommandLine({"mnist", wrong}).count(), qnn::ArgumentError);
  }
  CHECK_THROWS_AS(CommandLine({"mnist", "1", "-1"}).seed(), qnn::ArgumentError);
  CHECK_THROWS_AS(CommandLine({"mnist", "1", "2", "3"}).read(), qnn::ArgumentError);
  CHECK_THROWS_WITH_AS(CommandLine({"mnist", "many"}).count(), doctest::Contains("count"), qnn::ArgumentError);
  CHECK_THROWS_WITH_AS(CommandLine({"mnist", "many"}).count(), doctest::Contains("\"many\""), qnn::ArgumentError);
}

}  // namespace arguments_test
