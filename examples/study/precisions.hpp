// SPDX-License-Identifier: MIT
/// @file
/// The integer precisions that can be compared, by name. Their types are in integers.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace study {

struct PrecisionName {
  std::string_view key;   ///< on the command line
  std::string_view name;  ///< in tables and charts
  std::string_view meaning;
  bool is_default = false;  ///< compared where the user names none
};

/// In the order in which they are compared.
inline constexpr std::array<PrecisionName, 9> precision_names{{
    {"int16", "int16 symmetric per-channel", "weights and activations of 16 bits", true},
    {"int8", "int8 symmetric per-channel", "8 bits, a scale for each output channel", true},
    {"int8-per-tensor", "int8 symmetric per-tensor", "8 bits, one scale for a layer's weights", true},
    {"int8-asymmetric", "int8 asymmetric per-channel", "activations with a zero point", true},
    {"int8-asymmetric-per-tensor", "int8 asymmetric per-tensor", "both of these", true},
    {"w8a16", "W8A16", "weights of 8 bits, activations of 16"},
    {"w4a8", "W4A8", "weights of 4 bits, activations of 8"},
    {"w4a4", "W4A4", "weights and activations of 4 bits"},
    {"w2a8", "W2A8", "ternary weights, activations of 8 bits"},
}};

/// What the command line asks for where it does not say.
inline std::vector<std::string> default_precisions() {
  std::vector<std::string> keys;
  for (const PrecisionName& precision : precision_names) {
    if (precision.is_default) {
      keys.emplace_back(precision.key);
    }
  }
  return keys;
}

}  // namespace study
