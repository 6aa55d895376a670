// SPDX-License-Identifier: MIT
/// @file
/// An architecture in words and numbers: a table of its layers, and a fingerprint that two equal architectures share.
#pragma once

#include "qnn/config.hpp"
#include "qnn/network/cost.hpp"
#include "qnn/network/parameters.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn {

/// One line of the table.
struct LayerDescription {
  Index layer = 0;           ///< position; 0 is the Input
  std::string name = {};     ///< "Conv2d"
  std::string details = {};  ///< "kernel 3x3, stride 1x1, ..."; empty for most layers
  Extents output = {};
  std::vector<Index> sources = {};  ///< the layers that it reads from
  Index parameters = 0;             ///< weights and biases
  Index multiplications = 0;        ///< multiply-accumulate operations for one example
};

namespace detail {

QNN_COLD inline void describe_layer(std::vector<LayerDescription>& lines, std::string_view name, std::string details,
                                    const Extents& output, std::span<const Index> sources,
                                    std::span<const ParameterInfo> parameters, Index multiplications) {
  LayerDescription& line = lines.emplace_back();
  line.layer = static_cast<Index>(lines.size()) - 1;
  line.name = name;
  line.details = std::move(details);
  line.output = output;
  line.sources.assign(sources.begin(), sources.end());
  line.parameters = parameter_count(parameters);
  line.multiplications = multiplications;
}

}  // namespace detail

/// Every layer of the architecture, in order.
template <class Architecture>
QNN_COLD std::vector<LayerDescription> describe() {
  using trace = Trace<Architecture>;
  std::vector<LayerDescription> lines;
  detail::describe_layer(lines, "Input", {}, trace::input::extents, {}, {}, 0);
  trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
    using layer = typename trace::template layer<I>;
    using In = typename trace::template received<I>;
    using machine = typename trace::template machine<Float32, I>;
    static constexpr auto sources = trace::template sources<I>;
    std::string details;
    if constexpr (requires { layer::template details<In>(); }) {
      details = layer::template details<In>();
    }
    detail::describe_layer(lines, layer::name, std::move(details), trace::template shape<I>::extents, sources,
                           machine::parameters, layer_multiply_accumulates<Architecture>[I]);
  });
  return lines;
}

/// 16 hexadecimal digits, equal for equal architectures and, as far as 64 bits go, for no others: the FNV-1a hash of
/// the description. Files carry it, so that weights of one network are never loaded into another.
template <class Architecture>
QNN_COLD std::string fingerprint() {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const LayerDescription& line : describe<Architecture>()) {
    std::string text =
        line.name + "(" + line.details + ")" + to_string(line.output) + ":" + std::to_string(line.parameters);
    if (line.sources != std::vector<Index>{line.layer - 1}) {  // where it does not simply follow the layer before it
      for (const Index source : line.sources) {
        text += "@" + std::to_string(source);
      }
    }
    text += ";";
    for (const char c : text) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    }
  }
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) {
    digits += "0123456789abcdef"[(hash >> shift) & 15];
  }
  return digits;
}

}  // namespace qnn
