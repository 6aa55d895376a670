// SPDX-License-Identifier: MIT
/// @file
/// The stored tensors of an integer network, by name: one walk for saving and for loading.
#pragma once

#include "qnn/config.hpp"
#include "qnn/io/number_text.hpp"
#include "qnn/network/network.hpp"
#include "qnn/scheme/grouped_codes.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace qnn::detail {

/// "3.Dense.weight"
QNN_COLD inline std::string tensor_name(Index position, std::string_view layer, std::string_view name) {
  return std::to_string(position) + "." + std::string(layer) + "." + std::string(name);
}

/// Calls visitor(IndexConstant<layer>, "3.Dense.weight", tensor) for every tensor of every layer, in order. A tensor is
/// a QuantTensor, or an array of integers without a scale of its own.
template <class IntegerNetwork, class Visitor>
void visit_tensors(IntegerNetwork& network, Visitor&& visitor) {
  using trace = typename std::remove_const_t<IntegerNetwork>::trace;
  trace::for_each_layer([&]<Index I>(IndexConstant<I> position) {
    auto& layer = network.template layer<I>();
    const auto visit = [&](std::string_view name, auto& tensor) {
      visitor(position, tensor_name(I, trace::template layer<I>::name, name), tensor);
    };
    if constexpr (requires { layer.visit_tensors(layer, visit); }) {
      layer.visit_tensors(layer, visit);
    }
  });
}

/// Name of the scale and zero point of a layer's output in the metadata: "activation.3".
QNN_COLD inline std::string activation_name(Index layer) { return "activation." + std::to_string(layer); }

/// The same as another layer reads it, converted: "activation.3.read_by.5".
QNN_COLD inline std::string received_name(Index reader, Index source) {
  return activation_name(source) + ".read_by." + std::to_string(reader);
}

/// Whether a tensor has a scale and zero point of its own.
template <class Tensor>
inline constexpr bool has_parameters = requires(const Tensor& tensor) {
  tensor.parameters();
};

/// Whether a QuantTensor holds several codes in a byte. Files know no such type: they hold the bytes.
template <class Tensor>
inline constexpr bool is_packed = code_bits<typename Tensor::code> < 8;
/// The extents of a packed tensor as they stand in the metadata.
QNN_COLD inline std::string shape_text(const Extents& extents) {
  return list_text<Index>(std::vector<Index>(extents.begin(), extents.end()));
}

/// Name of the multipliers of the groups of a QuantTensor, and of their type.
QNN_COLD inline std::string multipliers_name(const std::string& tensor) { return tensor + ".multipliers"; }
inline constexpr const char* multiplier_type = "uint4";
/// Their extents: (channels, groups).
template <class Tensor>
Extents multiplier_extents(const Tensor& tensor) {
  return {tensor.groups(), static_cast<Index>(tensor.multipliers().size()) / tensor.groups()};
}

}  // namespace qnn::detail
