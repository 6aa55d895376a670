// SPDX-License-Identifier: MIT
/// @file
/// Numbers as text in the metadata of a file: `0.1` or `[0.1, 0.2]`, the shortest decimals that read back as the same
/// bits, whatever the locale.
#pragma once

#include "qnn/config.hpp"

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace qnn::detail {

template <class T>
concept Number = std::floating_point<T> || std::integral<T>;

/// "0.1", "-7", "1e-05"; NaN and infinity are "nan" and "inf".
template <Number T>
std::string number_text(T number) {
  std::array<char, 32> text;  // the longest double, "-2.2250738585072014e-308", has 24 characters
  const char* const end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), static_cast<std::size_t>(end - text.data())};
}

/// "[0.1, 0.2]", which is JSON where every number is finite.
template <Number T>
QNN_COLD std::string list_text(std::span<const T> numbers) {
  std::string text;
  for (const T number : numbers) {
    text += (text.empty() ? "" : ", ") + number_text(number);
  }
  return "[" + text + "]";
}

/// Nothing unless all of `text` is one number that `T` can hold.
template <Number T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && behind == end ? std::optional(number) : std::nullopt;
}

/// The numbers of "[0.1, 0.2]", with or without the spaces; nothing for any other text. O(text).
template <Number T>
std::optional<std::vector<T>> parse_list(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']') || text.size() < 2) {
    return std::nullopt;
  }
  text = text.substr(1, text.size() - 2);
  std::vector<T> numbers;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    const bool is_last = item.size() == text.size();
    const std::optional<T> number = parse_number<T>(item.substr(item.starts_with(' ') ? 1 : 0));
    if (!number || (!is_last && item.size() + 1 == text.size())) {
      return std::nullopt;
    }
    numbers.push_back(*number);
    text.remove_prefix(is_last ? item.size() : item.size() + 1);
  }
  return numbers;
}

}  // namespace qnn::detail
