// SPDX-License-Identifier: MIT
/// @file
/// What a check found wrong, in words.
#pragma once

#include "qnn/core/shape.hpp"

#include <cmath>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn::testing {

/// Failures of a check, one line each; empty where everything is right.
class Report {
 public:
  /// Failures that are written out, in all and of the same kind; more help nobody.
  static constexpr std::size_t most_lines = 20, most_of_a_kind = 4;

  bool passed() const { return failures_ == 0; }
  std::size_t failures() const { return failures_; }
  /// What is being checked; stands in front of every failure from here on.
  void set_subject(std::string subject) {
    subject_ = std::move(subject);
    kind_.clear();
  }

  void fail(std::string_view kind, std::string_view message) {
    ++failures_;
    of_this_kind_ = kind == kind_ ? of_this_kind_ + 1 : 1;
    kind_ = kind;
    if (of_this_kind_ <= most_of_a_kind && lines_.size() < most_lines) {
      lines_.push_back(subject_ + ": " + std::string(message));
    }
  }
  /// Fails unless |found - expected| <= tolerance; a NaN never passes. `what[place]` is named.
  void expect_near(std::string_view what, Index place, double expected, double found, double tolerance) {
    if (!(std::abs(found - expected) <= tolerance)) {
      std::ostringstream message;
      message.precision(9);
      message << what << "[" << place << "]: expected " << expected << " +- " << tolerance << ", found " << found;
      fail(what, message.str());
    }
  }
  template <class Range>
  void expect_near(std::string_view what, const Range& expected, const Range& found, double tolerance) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expect_near(what, static_cast<Index>(i), static_cast<double>(expected[i]), static_cast<double>(found[i]),
                  tolerance);
    }
  }
  void expect(bool condition, std::string_view message) {
    if (!condition) {
      fail(message, message);
    }
  }

  /// Appends what another check found.
  Report& operator+=(const Report& other) {
    for (const std::string& line : other.lines_) {
      if (lines_.size() < most_lines) {
        lines_.push_back(line);
      }
    }
    failures_ += other.failures_;
    return *this;
  }

  /// All failures, one a line.
  std::string text() const {
    std::string all;
    for (const std::string& line : lines_) {
      all += line + "\n";
    }
    if (failures_ > lines_.size()) {
      all += "and " + std::to_string(failures_ - lines_.size()) + " more\n";
    }
    return all;
  }

 private:
  std::string subject_, kind_;
  std::size_t of_this_kind_ = 0;
  std::vector<std::string> lines_;
  std::size_t failures_ = 0;
};

}  // namespace qnn::testing
