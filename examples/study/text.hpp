// SPDX-License-Identifier: MIT
/// @file
/// Numbers and words as text: for the terminal, for CSV files and for HTML. Independent of the locale.
#pragma once

#include "qnn/core/shape.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

namespace study {

using qnn::Index;

/// `value` with so many decimals; empty for a NaN, which stands for what was not measured.
inline std::string fixed(double value, int decimals) {
  if (std::isnan(value)) {
    return {};
  }
  if (std::isinf(value)) {
    return value > 0 ? "inf" : "-inf";
  }
  std::array<char, 400> text;  // the largest double has 309 digits before the point
  const char* end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals).ptr;
  std::string result(text.data(), static_cast<std::size_t>(end - text.data()));
  const bool is_zero = result.find_first_not_of("-0.") == std::string::npos;
  return is_zero && result.front() == '-' ? result.substr(1) : result;  // "-0.00" says nothing that "0.00" does not
}

/// As fixed(), with a sign in any case but zero: "+0.12", "-0.05", "0.00".
inline std::string with_sign(double value, int decimals) {
  const std::string text = fixed(value, decimals);
  const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
  return is_zero || text.front() == '-' ? text : "+" + text;
}

/// A part of 1 as a percentage without its sign: 0.8851 -> "88.51".
inline std::string percent(double part, int decimals = 2) { return fixed(100 * part, decimals); }

/// The shortest text that reads back as the same double; empty for a NaN.
inline std::string exact(double value) {
  if (std::isnan(value)) {
    return {};
  }
  std::array<char, 32> text;
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), static_cast<std::size_t>(end - text.data())};
}

/// 1234567 -> "1,234,567".
inline std::string grouped(Index number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<Index>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

/// "1 image", "2 images".
inline std::string counted(Index number, std::string_view noun) {
  return grouped(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

/// One field of a line of comma-separated values, in quotes where it needs them (RFC 4180).
inline std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

/// Text for any place in an HTML page, attributes included.
inline std::string html(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace study
