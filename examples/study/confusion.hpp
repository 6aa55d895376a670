// SPDX-License-Identifier: MIT
/// @file
/// A confusion matrix as a heat table of HTML.
#pragma once

#include "results.hpp"
#include "text.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

namespace study {

/// Rows are true classes, columns predictions. The deeper the colour, the larger the part of the class; the scale of
/// mistakes is stretched, so that a few percent can be seen.
inline void write_confusion(std::ostream& stream, const std::vector<std::vector<Index>>& confusion,
                            const std::vector<std::string>& classes) {
  const bool is_long = std::ranges::any_of(classes, [](const std::string& name) { return name.size() > 3; });
  stream << "<table class=\"confusion" << (is_long ? " words" : "") << "\"><thead><tr><th class=\"truth\"></th>";
  for (const std::string& name : classes) {
    stream << "<th><span>" << html(name) << "</span></th>";
  }
  stream << "</tr></thead>\n<tbody>\n";
  for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
    Index images = 0;
    for (const Index count : confusion[truth]) {
      images += count;
    }
    stream << "<tr><th class=\"truth\">" << html(classes[truth]) << "</th>";
    for (std::size_t prediction = 0; prediction < classes.size(); ++prediction) {
      const Index count = confusion[truth][prediction];
      const double part = images == 0 ? 0 : static_cast<double>(count) / static_cast<double>(images);
      const bool is_hit = truth == prediction;
      const double share = is_hit ? 0.75 * part : std::min(0.9, 5 * part);
      stream << "<td class=\""
             << (count == 0 ? "none"
                 : is_hit   ? "hit"
                            : "miss")
             << "\" style=\"--share:" << fixed(share, 2) << "\">" << count << "</td>";
    }
    stream << "</tr>\n";
  }
  stream << "</tbody></table>\n";
}

}  // namespace study
