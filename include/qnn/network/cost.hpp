// SPDX-License-Identifier: MIT
/// @file
/// What an architecture costs, as constants of its type: the numbers by which publications compare networks.
#pragma once

#include "qnn/network/parameters.hpp"

#include <array>

namespace qnn {

/// Multiply-accumulate operations of each layer for one example, by position. Each weight of a linear layer is used
/// once for every position of its output channel; padding counts, as in the literature; other layers have none.
template <class Architecture>
inline constexpr auto layer_multiply_accumulates = [] {
  using trace = Trace<Architecture>;
  std::array<Index, static_cast<std::size_t>(trace::layer_count)> counts{};
  trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
    if constexpr (detail::is_linear<typename trace::template layer<I>>) {
      const Extents weight = trace::template machine<Float32, I>::parameters[0].extents;
      counts[I] = weight.size() * (trace::template shape<I>::size / weight[0]);
    }
  });
  return counts;
}();

/// Multiply-accumulate operations of the whole network for one example. Each is two floating-point operations.
template <class Architecture>
inline constexpr Index multiply_accumulates = [] {
  Index sum = 0;
  for (const Index count : layer_multiply_accumulates<Architecture>) {
    sum += count;
  }
  return sum;
}();

/// Parameters that an optimizer trains: those of ParameterLayout<Architecture>::size without the statistics of
/// normalizations, which are observed.
template <class Architecture>
inline constexpr Index trained_parameters = [] {
  Index sum = 0;
  for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
    sum += slot.info.is_statistic ? 0 : slot.info.extents.size();
  }
  return sum;
}();

}  // namespace qnn
