// SPDX-License-Identifier: MIT
/// @file
/// A network into a safetensors file, at any precision. Opt-in: uses nlohmann_json. The way back is qnn/io/load.hpp.
///
/// Tensors are named by place: "3.Dense.weight" and "3.Dense.bias" (F32) of a float network; "3.Dense.weight" (codes)
/// and "3.Dense.folded_bias" (I32 or I64, see layers/linear.hpp) of an integer network; "3.Dense.weight" (codes) and
/// "3.Dense.bias" (F32) of one with dynamic ranges, which has no activations in its metadata. Layouts are those of
/// core/shape.hpp.
///
/// | metadata                                | text                                                               |
/// |-----------------------------------------|--------------------------------------------------------------------|
/// | qnn.format                              | "1": version of this format; a reader refuses any other           |
/// | qnn.version                             | version of the library that wrote the file                         |
/// | qnn.architecture                        | its layers, for people                                             |
/// | qnn.fingerprint                         | fingerprint<Architecture>()                                        |
/// | qnn.precision                           | P::name()                                                          |
/// | 3.Dense.weight.dtype, .shape            | of codes narrower than a byte: "int4", "[10, 64]"; see below       |
/// | 3.Dense.weight.scale, .zero_point       | a number, or with PerChannel a list: "[0.01, 0.02]", "[0, 0]"      |
/// | 3.Dense.weight.multipliers.dtype, .shape | with PerGroup: "uint4", "[10, 4]" (channels, groups); see below   |
/// | activation.3.scale, .zero_point         | of the output of layer 3; 0 is the network's input                 |
/// | activation.3.read_by.5.scale, .zero_point | of the same as layer 5 reads it, where a mixed network converts it |
///
/// Narrow codes stand packed in a U8 tensor of rank 1: row-major, the first of each byte in its lowest bits, each in
/// two's complement; spare bits of the last byte are 0. With PerGroup the multipliers of the groups stand the same way,
/// but unsigned, in a tensor of their own, "3.Dense.weight.multipliers", and real = scale * multiplier * code. Numbers
/// are the shortest decimals that read back as the same float: real = scale * (code - zero_point).
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/io/architecture_signature.hpp"
#include "qnn/io/network_tensors.hpp"
#include "qnn/io/number_text.hpp"
#include "qnn/io/safetensors.hpp"
#include "qnn/network/dynamic_network.hpp"
#include "qnn/network/network.hpp"

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace qnn {

namespace detail {

template <AffineParameters Parameters>
QNN_COLD void put_parameters(TensorFile& file, const std::string& name, const Parameters& parameters) {
  file.set_metadata(name + ".scale", number_text(parameters.scale));
  file.set_metadata(name + ".zero_point", number_text(parameters.zero_point));
}
template <AffineParameters Parameters>
QNN_COLD void put_parameters(TensorFile& file, const std::string& name, std::span<const Parameters> channels) {
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;
  for (const Parameters& parameters : channels) {
    scales.push_back(parameters.scale);
    zero_points.push_back(parameters.zero_point);
  }
  file.set_metadata(name + ".scale", list_text<float>(scales));
  file.set_metadata(name + ".zero_point", list_text<std::int32_t>(zero_points));
}

/// Numbers narrower than a byte, in the bytes that hold them.
QNN_COLD inline void put_packed(TensorFile& file, const std::string& name, std::span<const std::uint8_t> bytes,
                                const std::string& type, const Extents& extents) {
  file.add<std::uint8_t>(name, {std::ssize(bytes)}, bytes);
  file.set_metadata(name + ".dtype", type);
  file.set_metadata(name + ".shape", shape_text(extents));
}

template <class Tensor>
QNN_COLD void put_tensor(TensorFile& file, const std::string& name, const Tensor& tensor) {
  if constexpr (has_parameters<Tensor>) {
    const Extents extents = tensor.extents();
    if constexpr (is_packed<Tensor>) {
      put_packed(file, name, tensor.stored(), code_name<typename Tensor::code>(), extents);
    } else {
      file.add<typename Tensor::code>(name, {extents.begin(), extents.end()}, tensor.codes());
    }
    if constexpr (is_grouped<typename Tensor::granularity>) {
      put_packed(file, multipliers_name(name), tensor.stored_multipliers(), multiplier_type,
                 multiplier_extents(tensor));
    }
    if constexpr (std::same_as<typename Tensor::granularity, PerTensor>) {
      put_parameters(file, name, tensor.parameters()[0]);
    } else {
      put_parameters(file, name, tensor.parameters());
    }
  } else {
    file.add<typename Tensor::value_type>(name, {static_cast<Index>(tensor.size())}, tensor);
  }
}

template <class Architecture>
QNN_COLD void put_network(TensorFile& file, const Network<Architecture, Float32>& network) {
  for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
    const std::span<const float> values = slot.in(network.parameters());
    if (!range_of(values).finite()) {
      throw NumericError("qnn: save: " + slot.name() + " holds NaN or infinity; no network could be loaded from that");
    }
    file.add<float>(slot.name(), {slot.info.extents.begin(), slot.info.extents.end()}, values);
  }
}

template <class Architecture, IntegerPrecision P>
QNN_COLD void put_network(TensorFile& file, const Network<Architecture, P>& network) {
  visit_tensors(network, [&](auto, const std::string& name, const auto& tensor) { put_tensor(file, name, tensor); });
  for (Index layer = 0; layer < Trace<Architecture>::layer_count; ++layer) {
    put_parameters(file, activation_name(layer), network.activation(layer));
  }
  const auto& activations = network.activations();
  activations.visit_received(activations, [&](Index reader, Index source, const auto& parameters) {
    put_parameters(file, received_name(reader, source), parameters);
  });
}

template <class Architecture, class P>
QNN_COLD void put_network(TensorFile& file, const Network<Architecture, Dynamic<P>>& network) {
  visit_tensors(network, [&](auto, const std::string& name, const auto& tensor) { put_tensor(file, name, tensor); });
}

}  // namespace detail

/// Writes the network to `path`, whole or not at all. Equal networks give equal bytes.
/// @throws FileError where the file cannot be written
/// @throws NumericError where a parameter of a float network is NaN or infinite
template <class Architecture, Precision P>
QNN_COLD void save(const std::filesystem::path& path, const Network<Architecture, P>& network) {
  TensorFile file;
  detail::sign<Architecture>(file);
  file.set_metadata(std::string(detail::precision_key), P::name());
  detail::put_network(file, network);
  file.write(path);
}

}  // namespace qnn
