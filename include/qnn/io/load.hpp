// SPDX-License-Identifier: MIT
/// @file
/// A network from a safetensors file. Opt-in: uses nlohmann_json. What the file holds is described in qnn/io/save.hpp.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/file_error.hpp"
#include "qnn/io/network_tensors.hpp"
#include "qnn/io/number_text.hpp"
#include "qnn/io/strict_reader.hpp"
#include "qnn/layers/join.hpp"
#include "qnn/network/dynamic_network.hpp"
#include "qnn/network/network.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <span>
#include <string>

namespace qnn {

namespace detail {

QNN_COLD inline std::string text_of(CodeRange codes) {
  return std::to_string(codes.lowest) + ".." + std::to_string(codes.highest);
}

/// Scale and zero point from numbers that a file gave, at metadata `name`. A symmetric scheme has zero point 0 only.
template <AffineParameters Parameters>
Parameters checked_parameters(const StrictReader& reader, const std::string& name, float scale, std::int32_t zero_point,
                              CodeRange codes, ScaleGrid grid) {
  if (!(scale >= smallest_scale && scale <= largest_scale)) {
    reader.refuse(StrictReader::name_of_key(name + ".scale"), "scales from 2^-40 to 2^40", number_text(scale));
  }
  if (grid == ScaleGrid::powers_of_two && power_of_two_above(scale) != scale) {
    reader.refuse(StrictReader::name_of_key(name + ".scale"), "powers of two, which this precision shifts by",
                  number_text(scale));
  }
  constexpr bool has_zero_point = requires(Parameters parameters) { parameters.zero_point = 0; };
  const CodeRange allowed = has_zero_point ? codes : CodeRange{0, 0};
  if (allowed.clamp(zero_point) != zero_point) {
    reader.refuse(StrictReader::name_of_key(name + ".zero_point"), "codes in " + text_of(allowed),
                  number_text(zero_point));
  }
  Parameters parameters;
  parameters.scale = scale;
  if constexpr (has_zero_point) {
    parameters.zero_point = zero_point;
  }
  return parameters;
}

template <AffineParameters Parameters>
void get_parameters(const StrictReader& reader, const std::string& name, Parameters& parameters, CodeRange codes,
                    ScaleGrid grid) {
  parameters = checked_parameters<Parameters>(reader, name, reader.number<float>(name + ".scale"),
                                              reader.number<std::int32_t>(name + ".zero_point"), codes, grid);
}
template <AffineParameters Parameters>
void get_parameters(const StrictReader& reader, const std::string& name, std::span<Parameters> channels,
                    CodeRange codes, ScaleGrid grid) {
  const auto scales = reader.list<float>(name + ".scale", channels.size());
  const auto zero_points = reader.list<std::int32_t>(name + ".zero_point", channels.size());
  for (std::size_t i = 0; i < channels.size(); ++i) {
    channels[i] = checked_parameters<Parameters>(reader, name, scales[i], zero_points[i], codes, grid);
  }
}

/// The bytes in the file that hold numbers of `bits` bits each, valid as long as the reader.
QNN_COLD inline std::span<const std::uint8_t> packed_bytes(StrictReader& reader, const std::string& name,
                                                           const std::string& type, const Extents& extents,
                                                           Index bits) {
  reader.check_text(name + ".dtype", type);
  reader.check_text(name + ".shape", shape_text(extents));
  const Index size = extents.size() * bits;
  const auto bytes = reader.tensor<std::uint8_t>(name, {(size + 7) / 8});
  const auto used = static_cast<int>(size % 8);
  if (const int spare = used == 0 ? 0 : bytes.back() >> used; spare != 0) {
    reader.refuse(StrictReader::name_of_tensor(name) + ", spare bits of the last byte", "0", std::to_string(spare));
  }
  return bytes;
}

/// The codes of a QuantTensor in the file, valid as long as the reader.
template <class Tensor>
auto stored_codes(StrictReader& reader, const std::string& name, const Tensor& tensor) {
  using Code = typename Tensor::code;
  if constexpr (is_packed<Tensor>) {
    const auto bytes = packed_bytes(reader, name, code_name<Code>(), tensor.extents(), code_bits<Code>);
    return typename Tensor::ConstCodes(bytes.data(), static_cast<std::size_t>(tensor.size()));
  } else {
    return reader.tensor<Code>(name, tensor.extents());
  }
}

/// Copies `stored` to `target`. @throws FileError where a number is out of `range`, naming its place
template <class Stored, class Target>
void get_codes(const StrictReader& reader, const std::string& name, const Stored& stored, const Target& target,
               CodeRange range) {
  const auto outside = std::find_if(stored.begin(), stored.end(), [&](auto code) { return range.clamp(code) != code; });
  if (outside != stored.end()) {
    reader.refuse(StrictReader::name_of_tensor(name) + ", element " + std::to_string(outside - stored.begin()),
                  "codes in " + text_of(range), std::to_string(*outside));
  }
  std::copy(stored.begin(), stored.end(), target.begin());
}

/// The multipliers of the groups of a QuantTensor: none is 0.
template <class Tensor>
void get_multipliers(StrictReader& reader, const std::string& tensor_name, Tensor& tensor) {
  const std::string name = multipliers_name(tensor_name);
  const auto bytes = packed_bytes(reader, name, multiplier_type, multiplier_extents(tensor), GroupMultiplier::bits);
  const auto multipliers = tensor.multipliers();
  get_codes(reader, name, ConstMultiplierSpan(bytes.data(), multipliers.size()), multipliers,
            {1, Tensor::granularity::largest_multiplier});
}

template <class Tensor>
QNN_COLD void get_tensor(StrictReader& reader, const std::string& name, Tensor& tensor, CodeRange codes,
                         ScaleGrid grid) {
  if constexpr (has_parameters<Tensor>) {
    get_codes(reader, name, stored_codes(reader, name, tensor), tensor.codes(), codes);
    if constexpr (is_grouped<typename Tensor::granularity>) {
      get_multipliers(reader, name, tensor);
    }
    if constexpr (std::same_as<typename Tensor::granularity, PerTensor>) {
      get_parameters(reader, name, tensor.parameters()[0], codes, grid);
    } else {
      get_parameters(reader, name, tensor.parameters(), codes, grid);
    }
  } else {
    const auto stored = reader.tensor<typename Tensor::value_type>(name, {static_cast<Index>(tensor.size())});
    std::copy(stored.begin(), stored.end(), tensor.begin());
  }
}

/// Layers that keep codes, and those whose values are known (Softmax), leave no choice for the parameters of their
/// output. A file that says otherwise would give wrong numbers in silence.
template <Index I, class Architecture, IntegerPrecision P>
QNN_COLD void check_output_parameters(const StrictReader& reader, const Network<Architecture, P>& network) {
  if constexpr (!takes_range<MachineOf<Architecture, P, I>>) {
    const auto expected = network.template layer<I>().output_parameters(network.template received<I>(), Range{});
    if (const auto& found = network.template activation<I>(); found != expected) {
      const auto text = [](const auto& parameters) {
        return "scale " + number_text(parameters.scale) + ", zero point " + number_text(parameters.zero_point);
      };
      reader.refuse(StrictReader::name_of_key(activation_name(I) + ".scale") + " and zero point",
                    text(expected) + ", which layer " + std::to_string(I) + " derives from its input", text(found));
    }
  }
}

/// Whether the scales of a linear layer fit together: the multiplier sx sw / sy of each of its channels.
template <Index I, class Architecture, IntegerPrecision P, class Tensor>
void check_multipliers(const StrictReader& reader, const std::string& name, const Network<Architecture, P>& network,
                       const Tensor& weight) {
  for (const auto& parameters : weight.parameters()) {
    const double multiplier = static_cast<double>(network.template received<I>().scale) *
                              static_cast<double>(parameters.scale) /
                              static_cast<double>(network.template activation<I>().scale);
    if (!(multiplier > 0.0 && multiplier < multiplier_limit)) {
      reader.refuse(StrictReader::name_of_key(name + ".scale") + " * scale of input / scale of output",
                    "a number between 0 and 2^31", number_text(multiplier));
    }
  }
}

/// Whether layer I, where it joins branches, can bring the codes of each to the scale of its output.
template <Index I, class Architecture, IntegerPrecision P>
QNN_COLD void check_branches(const StrictReader& reader, const Network<Architecture, P>& network) {
  constexpr auto sources = Trace<Architecture>::template sources<I>;
  if constexpr (sources.size() > 1) {
    using Sum = kernels::CodeSum<typename LayerPrecisions<Architecture, P>::template at<I>::activation, 1>;
    const auto inputs = network.template received<I>();
    for (std::size_t k = 0; k < sources.size(); ++k) {
      const float from = inputs[k].scale, to = network.template activation<I>().scale;
      if (!can_be_rescaled<Sum>(from, to)) {
        reader.refuse(StrictReader::name_of_key(activation_name(sources[k]) + ".scale") + " / that of layer " +
                          std::to_string(I) + " (" + Trace<Architecture>::template layer<I>::name + ")",
                      "at most " + number_text(Sum::largest_factor),
                      number_text(static_cast<double>(from) / static_cast<double>(to)));
      }
    }
  }
}

/// Scales and zero points of all activations, each in the format of its layer.
template <class Architecture, IntegerPrecision P>
QNN_COLD void get_activations(const StrictReader& reader, Network<Architecture, P>& network) {
  const auto get = [&]<Index I>(IndexConstant<I>, const std::string& name, auto& parameters) {
    using Own = typename LayerPrecisions<Architecture, P>::template at<I>;
    // A Softmax sets its own scale, which is a power of two in every scheme: the grid holds for all activations.
    get_parameters(reader, name, parameters, Own::activation_codes, Own::requantization::scale_grid);
  };
  get(IndexConstant<0>{}, activation_name(0), network.template activation<0>());
  Trace<Architecture>::for_each_layer(
      [&]<Index I>(IndexConstant<I> layer) { get(layer, activation_name(I), network.template activation<I>()); });
  auto& activations = network.activations();
  activations.visit_received(activations, [&](auto reader_layer, Index source, auto& parameters) {
    get(reader_layer, received_name(reader_layer, source), parameters);
  });
}

template <class Architecture, IntegerPrecision P>
QNN_COLD void get_network(StrictReader& reader, Network<Architecture, P>& network) {
  using trace = Trace<Architecture>;
  get_activations(reader, network);
  visit_tensors(network, [&]<Index I, class Tensor>(IndexConstant<I>, const std::string& name, Tensor& tensor) {
    using Own = typename LayerPrecisions<Architecture, P>::template at<I>;
    get_tensor(reader, name, tensor, Own::weight_codes, Own::requantization::scale_grid);
    if constexpr (is_linear<typename trace::template layer<I>> && has_parameters<Tensor>) {
      check_multipliers<I>(reader, name, network, tensor);
    }
  });
  trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
    check_output_parameters<I>(reader, network);
    check_branches<I>(reader, network);
    if constexpr (requires { network.template layer<I>().biases_within_proof(); }) {
      if (!network.template layer<I>().biases_within_proof()) {
        reader.refuse("biases of layer " + std::to_string(I) + " (" + trace::template layer<I>::name + ")",
                      "codes that keep to the proof that no accumulator overflows", "one beyond it");
      }
    }
  });
}

template <class Architecture, class P>
QNN_COLD void get_network(StrictReader& reader, Network<Architecture, Dynamic<P>>& network) {
  visit_tensors(network, [&]<class Tensor>(auto, const std::string& name, Tensor& tensor) {
    get_tensor(reader, name, tensor, P::weight_codes, P::requantization::scale_grid);
    if constexpr (!has_parameters<Tensor>) {
      check_finite(reader, name, tensor);
    }
  });
}

template <class Architecture>
QNN_COLD void get_network(StrictReader& reader, Network<Architecture, Float32>& network) {
  for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
    const auto values = reader.tensor<float>(slot.name(), slot.info.extents);
    check_finite(reader, slot.name(), values);
    if (const float smallest = *std::ranges::min_element(values); smallest < slot.info.lowest) {
      reader.refuse(slot.name(), "numbers of at least " + number_text(slot.info.lowest), number_text(smallest));
    }
    std::copy(values.begin(), values.end(), slot.in(network.parameters()).begin());
  }
}

}  // namespace detail

/// Fills the network with what `save` wrote from one of the same type: the same parameters, bit for bit, and so the
/// same results. Takes nothing from a file that does not fit: where it throws, the network is as it was.
///
/// @code
///   auto int8 = std::make_unique<qnn::Network<LeNet, qnn::Int8<>>>();
///   qnn::load("lenet.safetensors", *int8);
/// @endcode
/// @throws FileError, naming the file, the tensor or key, what was expected and what was found, for a file that cannot
///         be read or is larger than any of this architecture; another format, architecture or precision; tensors
///         missing, too many or of another shape; weights that are NaN or infinite; scales, zero points or codes out of
///         range; biases beyond the overflow proof
template <class Architecture, Precision P>
QNN_COLD void load(const std::filesystem::path& path, Network<Architecture, P>& network) {
  // A weight takes 4 bytes at most, and a folded bias, which sums over at least one weight, 8.
  detail::StrictReader reader(path, detail::largest_file(16, ParameterLayout<Architecture>::size));
  reader.check_architecture<Architecture>();
  reader.check_text(detail::precision_key, P::name());
  const auto loaded = std::make_unique<Network<Architecture, P>>();  // on the heap: it may be too large for the stack
  detail::get_network(reader, *loaded);
  reader.check_complete();
  if constexpr (requires { loaded->prepare(); }) {
    loaded->prepare();
  }
  network = *loaded;  // a copy: who holds a span of the parameters goes on seeing them
}

}  // namespace qnn
