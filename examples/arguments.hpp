// SPDX-License-Identifier: MIT
/// @file
/// Positional arguments of the short examples, each with a default.
#pragma once

#include "qnn/core/error.hpp"

#include <charconv>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace examples {

/// What stands on the command line. `--help`, at any place, prints the usage and ends the program.
class Arguments {
 public:
  /// @throws qnn::ArgumentError for more than `most` arguments
  Arguments(int count, char** values, std::size_t most, const char* usage)
      : values_(values + (count > 0 ? 1 : 0), values + count) {
    for (const char* const value : values_) {
      if (std::string_view(value) == "--help" || std::string_view(value) == "-h") {
        std::puts(usage);
        std::exit(EXIT_SUCCESS);
      }
    }
    if (values_.size() > most) {
      throw qnn::ArgumentError("command line", usage, "argument \"" + std::string(values_[most]) + "\"");
    }
  }

  std::string text(std::size_t place, const char* otherwise) const {
    return place < values_.size() ? values_[place] : otherwise;
  }
  /// A whole number. @throws qnn::ArgumentError where there is none, or one below `lowest`
  template <class Number>
  Number number(std::size_t place, const char* name, Number lowest, Number otherwise) const {
    if (place >= values_.size()) {
      return otherwise;
    }
    const std::string_view text = values_[place];
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < lowest) {
      throw qnn::ArgumentError(name, "a whole number from " + std::to_string(lowest), "\"" + std::string(text) + "\"");
    }
    return number;
  }

 private:
  std::vector<char*> values_;
};

}  // namespace examples
