// SPDX-License-Identifier: MIT
/// @file
/// What the charts share: colours, axes and bars, as pieces of scripts for gnuplot.
#pragma once

#include "charts.hpp"
#include "gnuplot.hpp"
#include "results.hpp"
#include "text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

namespace study {

inline constexpr const char* grey = "#8b8f98";
inline constexpr const char* teal = range_colours[0];
inline constexpr const char* blue = range_colours[1];
inline constexpr const char* orange = range_colours[2];

/// Readable on white and on black. Point types are filled where weights have a scale for each channel, and open where
/// they have one for each tensor.
struct Look {
  std::string_view precision;
  const char* colour;
  int point;
};
inline constexpr std::array<Look, 10> looks{{{"float32", grey, 13},
                                             {"int16 symmetric per-channel", teal, 9},
                                             {"int8 symmetric per-channel", blue, 7},
                                             {"int8 symmetric per-tensor", blue, 6},
                                             {"int8 asymmetric per-channel", orange, 5},
                                             {"int8 asymmetric per-tensor", orange, 4},
                                             {"W8A16", teal, 11},
                                             {"W4A8", "#a855f7", 9},
                                             {"W4A4", "#a855f7", 11},
                                             {"W2A8", "#e0457b", 7}}};

inline const Look& look_of(const PrecisionResult& result) {
  const auto found = std::ranges::find(looks, std::string_view(result.name), &Look::precision);
  return found == looks.end() ? looks.front() : *found;
}

/// Thin frame on two sides and a light grid.
inline std::string chart_style() {
  return "set border 3 linewidth 0.8\nset tics nomirror scale 0.5\nset grid ytics linetype 1 linewidth 0.4 linecolor "
         "rgb \"#9aa0aa\" dashtype 3\nset style fill solid 0.55 noborder\n";
}

/// For charts whose values go from left to right.
inline std::string across() {
  return "unset grid\nset grid xtics linetype 1 linewidth 0.4 linecolor rgb \"#9aa0aa\" dashtype 3\n";
}

inline std::string colour(const char* name) { return " linecolor rgb \"" + std::string(name) + "\""; }

inline std::string chart_title(const std::string& text) { return " title " + gnuplot_string(text); }

/// The range from `lowest` to `highest` with some room around, never empty.
inline std::string padded_range(double lowest, double highest, double part) {
  const double room = std::max(part * (highest - lowest), 1e-9 + 1e-3 * std::abs(highest));
  return "[" + exact(lowest - room) + ":" + exact(highest + room) + "]";
}

inline std::string line_of(double x, double y) { return exact(x) + " " + exact(y) + "\n"; }

/// The points of a look, larger or smaller.
inline std::string points_of(const PrecisionResult& result) {
  return " pointtype " + std::to_string(look_of(result).point) + colour(look_of(result).colour);
}

/// Rows of text on the y axis, the first on top.
class RowAxis {
 public:
  explicit RowAxis(std::size_t rows) : rows_(static_cast<double>(rows)) {}
  /// Names the next row; where it lies.
  double add(const std::string& name) {
    const double y = rows_ - 1 - next_++;
    tics_ += (tics_.empty() ? "" : ", ") + gnuplot_string(name) + " " + exact(y);
    return y;
  }
  std::string script() const {
    return "set ytics (" + tics_ + ") scale 0\nset yrange [-0.6:" + exact(rows_ - 0.4) + "]\n";
  }

 private:
  double rows_, next_ = 0;
  std::string tics_;
};

/// Bars from 0 to the right (or left) with the rows "y value" of a data block, each with its number; "%+" shows the
/// sign.
inline std::string bars_of(const std::string& data, const char* bar_colour, const std::string& text,
                           const std::string& format) {
  return data + " using (0.5*$2):1:(0):2:($1-0.17):($1+0.17) with boxxyerror" + colour(bar_colour) + chart_title(text) +
         ", " + data + " using ($2 > 0 ? $2 : 0):1:($2 == 0 ? \"0\" : sprintf(\"" + format +
         "\", $2)) with labels left offset 0.6, 0 notitle";
}

}  // namespace study
