// SPDX-License-Identifier: MIT
/// @file
/// What the parameters of a network are called elsewhere.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/io/weight_places.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn {

/// What the parameters of a network are called in a file. Give exactly one of `tensors`, `layers` and `slots`; in each
/// an empty name leaves parameters as they are in a new network: biases 0, scales 1.
struct WeightNaming {
  Layout layout = Layout::pytorch;
  /// Of the foreign BatchNorm: PyTorch's is 1e-5 unless the model says otherwise, Keras's 1e-3. The difference to
  /// BatchNorm::epsilon is added to the variances.
  double epsilon = 1e-5;
  /// A name for each parameter tensor, in the order of ParameterLayout<Architecture>::slots.
  std::vector<std::string> tensors = {};
  /// A name for each layer that has parameters, in order; "conv1" stands for "conv1.weight", "conv1.bias" in PyTorch's
  /// layout, for "conv1/kernel", "conv1/bias" in Keras's, "conv1/gamma" and so on where it is a BatchNorm.
  std::vector<std::string> layers = {};
  /// From the names of all slots, such as "1.Conv2d.weight", to those in the file.
  std::map<std::string, std::string> slots = {};
  /// Tensors of the file whose names end in one of these need no place in the network.
  std::vector<std::string> ignored = {};
};

namespace detail {

/// What a framework calls a parameter, behind the name of its layer.
QNN_COLD inline std::string foreign_suffix(std::string_view parameter, bool is_normalization, Layout layout) {
  using Pair = std::pair<std::string_view, std::string_view>;
  static constexpr std::array<Pair, 4> pytorch{
      {{"scale", "weight"}, {"shift", "bias"}, {"running_mean", "running_mean"}, {"running_variance", "running_var"}}};
  static constexpr std::array<Pair, 4> keras{{{"scale", "gamma"},
                                              {"shift", "beta"},
                                              {"running_mean", "moving_mean"},
                                              {"running_variance", "moving_variance"}}};
  std::string_view name = parameter;
  if (is_normalization && layout != Layout::qnn) {
    const auto& names = layout == Layout::pytorch ? pytorch : keras;
    const auto found = std::ranges::find(names, parameter, &Pair::first);
    name = found == names.end() ? parameter : found->second;
  } else if (layout == Layout::keras && parameter == "weight") {
    name = "kernel";
  }
  return (layout == Layout::keras ? "/" : ".") + std::string(name);
}

/// The name in the file of each place, in order. @throws ArgumentError where the naming does not fit the network
QNN_COLD inline std::vector<std::string> foreign_names(std::span<const WeightPlace> places,
                                                       const WeightNaming& naming) {
  const int given = int{!naming.tensors.empty()} + int{!naming.layers.empty()} + int{!naming.slots.empty()};
  if (given != 1) {
    throw ArgumentError("naming of weights", "one of .tensors, .layers, .slots", std::to_string(given) + " of them");
  }
  const auto check_count = [](const char* what, std::size_t expected, std::size_t found) {
    if (expected != found) {
      throw ArgumentError("naming of weights", std::to_string(expected) + what, std::to_string(found));
    }
  };
  std::vector<std::string> names;
  if (!naming.tensors.empty()) {
    check_count(" tensors, as the network has", places.size(), naming.tensors.size());
    return naming.tensors;
  }
  if (!naming.layers.empty()) {
    std::set<Index> layers;
    for (const WeightPlace& place : places) {
      layers.insert(place.slot.layer);
    }
    check_count(" layers, as have parameters in the network", layers.size(), naming.layers.size());
    for (const WeightPlace& place : places) {
      const std::string& layer =
          naming.layers[static_cast<std::size_t>(std::distance(layers.begin(), layers.find(place.slot.layer)))];
      names.push_back(
          layer.empty() ? "" : layer + foreign_suffix(place.slot.info.name, place.is_normalization, naming.layout));
    }
    return names;
  }
  check_count(" slots, as the network has", places.size(), naming.slots.size());
  for (const WeightPlace& place : places) {
    const auto found = naming.slots.find(place.slot.name());
    if (found == naming.slots.end()) {
      throw ArgumentError("naming of weights", "a name for slot \"" + place.slot.name() + "\"", "none");
    }
    names.push_back(found->second);
  }
  return names;
}

}  // namespace detail

}  // namespace qnn
