// SPDX-License-Identifier: MIT
/// @file
/// The stages of a network, by name, and which of them read which: layers that one integer operation stands for.
#pragma once

#include "qnn/network/stage.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace study {

using qnn::Index;

/// What stages are made of. The input is layer 0 and reads nothing.
struct LayerOfStage {
  std::string name;
  bool is_fused = false;  ///< into the stage of a layer before it
  bool begins = false;    ///< a stage into which others may be fused
  std::vector<std::size_t> sources = {};
};

template <class Architecture>
std::vector<LayerOfStage> layers_of_stages() {
  using trace = qnn::Trace<Architecture>;
  using stages = qnn::Stages<Architecture>;
  std::vector<LayerOfStage> layers{{.name = "Input"}};
  trace::for_each_layer([&]<Index I>(qnn::IndexConstant<I>) {
    constexpr auto& sources = trace::template sources<I>;
    layers.push_back({trace::template layer<I>::name, stages::template is_fused<I>, stages::template begins<I>,
                      std::vector<std::size_t>(sources.begin(), sources.end())});
  });
  return layers;
}

/// Of a fused layer, the one that it is fused to: what lies between them does nothing in inference.
inline std::size_t part_before(const std::vector<LayerOfStage>& layers, std::size_t layer) {
  do {
    layer = layers[layer].sources[0];
  } while (!layers[layer].is_fused && !layers[layer].begins);
  return layer;
}

/// "1 Conv2d + BatchNorm + ReLU", with the position of the first, by the position of the last of them.
inline std::vector<std::string> stage_names(const std::vector<LayerOfStage>& layers) {
  std::vector<std::string> names{layers.front().name};
  for (std::size_t i = 1; i < layers.size(); ++i) {
    names.push_back(layers[i].is_fused ? names[part_before(layers, i)] + " + " + layers[i].name
                                       : std::to_string(i) + " " + layers[i].name);
  }
  return names;
}

/// For each of the stages that end with these layers, in ascending order: which of them it reads, by their places here.
inline std::vector<std::vector<std::size_t>> stages_before(const std::vector<LayerOfStage>& layers,
                                                           const std::vector<std::size_t>& ends) {
  std::vector<std::vector<std::size_t>> before;
  for (std::size_t first : ends) {
    while (layers[first].is_fused) {
      first = part_before(layers, first);
    }
    auto& places = before.emplace_back();
    for (std::size_t source : layers[first].sources) {
      while (!std::ranges::binary_search(ends, source)) {
        source = layers[source].sources[0];
      }
      places.push_back(static_cast<std::size_t>(std::ranges::lower_bound(ends, source) - ends.begin()));
    }
  }
  return before;
}

}  // namespace study
