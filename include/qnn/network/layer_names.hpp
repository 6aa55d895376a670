// SPDX-License-Identifier: MIT
/// @file
/// The names of an architecture's layers as values.
#pragma once

#include "qnn/network/sequential.hpp"

#include <array>
#include <string_view>

namespace qnn {

/// "Input", "Conv2d", "ReLU", ... by position.
template <class Architecture>
inline constexpr auto layer_names = [] {
  using trace = Trace<Architecture>;
  std::array<std::string_view, static_cast<std::size_t>(trace::layer_count)> names{trace::template layer<0>::name};
  trace::for_each_layer([&]<Index I>(IndexConstant<I>) { names[I] = trace::template layer<I>::name; });
  return names;
}();

}  // namespace qnn
