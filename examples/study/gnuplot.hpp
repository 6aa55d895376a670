// SPDX-License-Identifier: MIT
/// @file
/// Charts drawn by the program gnuplot, as SVG that goes into an HTML page.
#pragma once

#include <filesystem>
#include <string>

namespace study {

/// A chart as gnuplot commands and data, without terminal and output.
struct Chart {
  std::string title;
  std::string script;
  int width = 720, height = 320;  ///< in CSS pixels
};

/// Runs gnuplot on scripts in a folder of its own under the system's temporary folder, which is removed in the end.
class Gnuplot {
 public:
  Gnuplot();
  ~Gnuplot();
  Gnuplot(const Gnuplot&) = delete;
  Gnuplot& operator=(const Gnuplot&) = delete;

  /// Whether there is a gnuplot that draws SVG.
  bool available() const { return available_; }

  /// An `<svg>` element that takes its text colour and font from the page: black parts become currentColor. Symbols of
  /// points are not part of it; they are the same in all charts: see symbols().
  /// @throws std::runtime_error with what gnuplot said where it refuses the script
  std::string draw(const Chart& chart);

  /// The `<defs>` that all charts drawn so far refer to; once in a page.
  const std::string& symbols() const { return symbols_; }

 private:
  std::filesystem::path folder_;
  bool available_ = false;
  std::string symbols_;
};

/// Text as a double-quoted string of gnuplot.
std::string gnuplot_string(const std::string& text);

}  // namespace study
