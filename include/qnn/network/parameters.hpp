// SPDX-License-Identifier: MIT
/// @file
/// Where the parameters of a float network lie in its flat vector.
#pragma once

#include "qnn/network/sequential.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace qnn {

/// One parameter tensor of a network.
struct ParameterSlot {
  Index layer = 0;              ///< position of its layer; 0 is the Input
  std::string_view layer_name;  ///< "Dense"
  ParameterInfo info;
  Index offset = 0;  ///< of its first element in the flat vector

  /// "3.Dense.weight": unique in the network, the same at every precision.
  std::string name() const {
    return std::to_string(layer) + "." + std::string(layer_name) + "." + std::string(info.name);
  }
  /// The tensor's part of a vector of all parameters, or of all gradients.
  template <class T>
  constexpr std::span<T> in(std::span<T> all) const {
    return all.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(info.extents.size()));
  }
};

/// All parameter tensors of an architecture, in the order of its layers.
template <class Architecture>
struct ParameterLayout {
 private:
  using trace = Trace<Architecture>;
  template <Index I>
  using machine = typename trace::template machine<Float32, I>;

  static constexpr std::size_t count = [] {
    std::size_t sum = 0;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) { sum += machine<I>::parameters.size(); });
    return sum;
  }();

 public:
  /// Offset of the first parameter of layer I.
  template <Index I>
  static constexpr Index offset = [] {
    Index sum = 0;
    trace::for_each_layer(
        [&]<Index J>(IndexConstant<J>) { sum += J < I ? parameter_count(machine<J>::parameters) : 0; });
    return sum;
  }();
  /// Number of floats.
  static constexpr Index size = offset<trace::layer_count>;

  static constexpr std::array<ParameterSlot, count> slots = [] {
    std::array<ParameterSlot, count> result{};
    std::size_t next = 0;
    Index position = 0;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      for (const ParameterInfo& info : machine<I>::parameters) {
        result[next++] = {I, trace::template layer<I>::name, info, position};
        position += info.extents.size();
      }
    });
    return result;
  }();
};

}  // namespace qnn
