// SPDX-License-Identifier: MIT
/// @file
/// What a simulated network knows of each layer, as values: compiled once for all architectures.
#pragma once

#include "qnn/config.hpp"
#include "qnn/layers/weight_scale_rule.hpp"
#include "qnn/network/layer_precisions.hpp"
#include "qnn/network/stage.hpp"
#include "qnn/numeric/rounding.hpp"
#include "qnn/quantization/stage_format.hpp"
#include "qnn/quantization/stage_parameters.hpp"
#include "qnn/scheme/clipping.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace qnn::detail {

/// The levels of a tensor: reals scale * (code - zero_point).
struct Levels {
  Asymmetric::Parameters parameters;
  CodeRange codes;

  /// Each value to its nearest level, as quantize_value() rounds. A NaN stays one.
  QNN_NOINLINE void round(std::span<float> values) const {
    const auto lowest = static_cast<float>(codes.lowest - parameters.zero_point);
    const auto highest = static_cast<float>(codes.highest - parameters.zero_point);
    const float scale = parameters.scale;
    for (float& value : values) {
      value = scale * round_half_even(std::clamp(value / scale, lowest, highest));
    }
  }
};

/// Where the levels of a layer's output come from: its range, its input, or its formula.
enum class LevelSource { range, input, fixed };

/// What does not depend on formats.
struct SimulatedLayer {
  LevelSource source = LevelSource::range;
  Range values{};            ///< those of a layer whose levels are fixed
  std::size_t stage = 0;     ///< of the QuantizingStages
  std::size_t end = 0;       ///< last layer of the stage that the layer starts
  std::size_t reads = 0;     ///< the layer that it reads, the first one
  std::size_t observed = 0;  ///< the layer whose range is that of its output: layers that do nothing have none
  Index size = 0;            ///< elements of its output
  bool rounds = false;       ///< whether its output is rounded: that of the last layer of a stage is
};

/// From one layer to another.
struct Connection {
  std::size_t from = 0, to = 0;
};

/// The facts of all layers, by position, and their connections.
template <class Architecture>
struct SimulationPlan {
  using trace = Trace<Architecture>;
  static constexpr auto layers = static_cast<std::size_t>(trace::layer_count);

 private:
  /// Asked where a layer takes its levels from; any precision gives the same answer.
  using Probe = Int8<Asymmetric, PerTensor>;
  using Parameters = Asymmetric::Parameters;
  static constexpr Range any_range{-1.0f, 1.0f};
  template <class Machine>
  static constexpr LevelSource level_source() {
    constexpr Parameters input{2.0f, 5};
    return takes_range<Machine> ? LevelSource::range
           : Machine::output_parameters({}, any_range) == Machine::output_parameters({input}, any_range)
               ? LevelSource::fixed
               : LevelSource::input;
  }
  /// From the lowest level to one step above the highest: what parameters_covering() was given.
  static constexpr Range covered_by(Parameters fixed) {
    const auto lowest = static_cast<float>(Probe::activation_codes.lowest - fixed.zero_point);
    const auto beyond = static_cast<float>(Probe::activation_codes.highest + 1 - fixed.zero_point);
    return {fixed.scale * lowest, fixed.scale * beyond};
  }

 public:
  static constexpr std::array<SimulatedLayer, layers> of_layer = [] {
    using stages = Stages<Architecture>;
    std::array<SimulatedLayer, layers> all{};
    all[0].size = trace::input::size;
    all[0].rounds = true;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      SimulatedLayer& layer = all[I];
      using Machine = typename trace::template machine<Probe, I>;
      layer.source = level_source<Machine>();
      layer.values = covered_by(Machine::output_parameters({}, any_range));
      layer.stage = QuantizingStages<Architecture>::of_layer[I];
      layer.end = static_cast<std::size_t>(stages::template end<I>);
      layer.reads = static_cast<std::size_t>(trace::template source<I>);
      layer.size = trace::template shape<I>::size;
      layer.observed = static_cast<std::size_t>(trace::producer[I]);
      if constexpr (trace::producer[I] == I && !stages::template is_fused<I>) {
        all[layer.end].rounds = true;
      }
    });
    return all;
  }();

  static constexpr std::size_t connection_count = [] {
    std::size_t count = 0;
    trace::for_each_connection([&](Index, Index) { ++count; });
    return count;
  }();
  static constexpr std::array<Connection, connection_count> connections = [] {
    std::array<Connection, connection_count> all{};
    std::size_t next = 0;
    trace::for_each_connection([&](Index from, Index to) {
      all[next++] = {static_cast<std::size_t>(from), static_cast<std::size_t>(to)};
    });
    return all;
  }();
  /// The connection by which layer I reads its first source; those of others follow.
  template <Index I>
  static constexpr std::size_t first_connection = static_cast<std::size_t>(
      std::ranges::find(connections, static_cast<std::size_t>(I), &Connection::to) - connections.begin());
};

/// The levels of the outputs of all layers, and of what is converted on the way, by connection.
struct SimulatedLevels {
  std::vector<Levels> output;
  std::vector<std::optional<Levels>> converted;

  /// The levels that connection `c` ends in.
  const Levels& read(std::size_t c, const Connection& connection) const {
    return converted[c] ? *converted[c] : output[connection.from];
  }
};

/// As quantize_to() chooses parameters for a mixed network.
/// @param failing  the layer at work, for the message of an error
/// @throws NumericError where a range is empty or not finite
QNN_COLD inline SimulatedLevels choose_levels(std::span<const SimulatedLayer> layers,
                                              std::span<const Connection> connections,
                                              std::span<const StageFormat> formats, std::span<const Range> ranges,
                                              std::size_t& failing) {
  SimulatedLevels levels{std::vector<Levels>(layers.size()), std::vector<std::optional<Levels>>(connections.size())};
  const auto levels_of = [&](std::size_t layer, Range range) {
    const LevelRule rule = formats[layers[layer].stage].activations();
    return Levels{rule.parameters_for(range), rule.codes};
  };
  levels.output[0] = levels_of(0, ranges[0]);
  std::size_t c = 0;
  for (std::size_t i = 1; i < layers.size(); ++i) {
    const SimulatedLayer& layer = layers[i];
    const LevelRule rule = formats[layer.stage].activations();
    failing = i;
    for (; c < connections.size() && connections[c].to == i; ++c) {
      const std::size_t from = connections[c].from;
      if (!formats[layer.stage].reads(formats[layers[from].stage])) {
        levels.converted[c] = levels_of(i, ranges[layers[from].observed]);
      }
    }
    levels.output[i] = layer.source == LevelSource::input   ? levels.output[layer.reads]
                       : layer.source == LevelSource::fixed ? Levels{rule.parameters_covering(layer.values), rule.codes}
                                                            : levels_of(i, ranges[layer.end]);
  }
  return levels;
}

/// Those that share a scale, to the levels of their format.
QNN_COLD inline void round_weights(std::span<float> weights, Asymmetric::Parameters parameters,
                                   const StageFormat& format, WeightRange by) {
  const CodeRange codes = format.weights().codes;
  if (format.weight_group == 0) {
    return Levels{parameters, codes}.round(weights);
  }
  for_each_group(weights, format.weight_group, [&](std::span<float> group) {
    const std::int32_t multiplier = choose_multiplier(by, group, parameters.scale, codes);
    Levels{{parameters.scale * static_cast<float>(multiplier), 0}, codes}.round(group);
  });
}

/// Rounds weights and what is added last to what the codes of an integer layer stand for: as LinearQuantizer.
/// @pre a BatchNorm behind the layer is folded
QNN_COLD inline void round_stage(const StageParameters<float>& stage, const StageFormat& format, float input_scale,
                                 WeightRange by) {
  const WeightScaleRule rule{format.weight_integers(), format.bias_limit(static_cast<Index>(stage.fan_in())),
                             input_scale};
  const std::size_t groups = format.per_channel ? stage.channels : 1, size = stage.weights.size() / groups;
  const std::span<float> addend = stage.addend();
  const std::size_t addends = addend.size() / groups;
  for (std::size_t group = 0; group < groups; ++group) {
    const auto weights = stage.weights.subspan(group * size, size), biases = addend.subspan(group * addends, addends);
    const Range range = format.weight_group > 0
                            ? choose_range_of_groups(by, weights, format.weight_group, format.weights().codes)
                            : choose_range(by, weights, rule.levels);
    const auto parameters = rule.parameters_for(range, range_of(biases), biases.empty());
    round_weights(weights, parameters, format, by);
    const double step = static_cast<double>(input_scale) * static_cast<double>(parameters.scale);
    for (float& bias : biases) {
      bias = static_cast<float>(round_half_even(static_cast<double>(bias) / step) * step);
    }
  }
}

}  // namespace qnn::detail
