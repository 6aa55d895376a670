// SPDX-License-Identifier: MIT
/// @file
/// How well a network does in given formats: what searches for formats ask, many times.
#pragma once

#include "qnn/config.hpp"
#include "qnn/evaluation/compare_calibrators.hpp"
#include "qnn/evaluation/evaluate.hpp"
#include "qnn/evaluation/predict.hpp"
#include "qnn/network/head.hpp"
#include "qnn/network/layer_precisions.hpp"
#include "qnn/quantization/simulate.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace qnn {

/// What a simulated network gives.
struct FormatScore {
  double accuracy = 0;  ///< part of the examples whose largest output is their label
  double loss = 0;      ///< mean cross-entropy
  double decibels = 0;  ///< SQNR of the outputs against the float network's

  /// Noise over signal of the outputs, 10^(-decibels / 10): adds up where errors are independent.
  double noise() const { return std::isnan(decibels) ? 0.0 : std::pow(10.0, -decibels / 10.0); }
};

/// What one of the QuantizingStages consists of.
struct StageSize {
  Index layer = 0;                 ///< the one that it begins with
  Index channels = 0, fan_in = 0;  ///< of its weights; none of a join
  Index outputs = 0;               ///< activations that it writes for one example

  constexpr Index parameter_bytes(const StageFormat& format) const {
    return channels == 0 ? 0 : format.parameter_bytes(channels, fan_in);
  }
  constexpr Index activation_bytes(const StageFormat& format) const { return outputs * format.activation_bytes(); }
};

/// Those of an architecture.
template <class Architecture>
inline constexpr auto stage_sizes = [] {
  using trace = Trace<Architecture>;
  using stages = QuantizingStages<Architecture>;
  std::array<StageSize, stages::count> sizes{};
  trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
    StageSize& stage = sizes[stages::of_layer[I]];
    if (stages::first_layer[stages::of_layer[I]] == I) {
      stage.layer = I;
      stage.outputs = trace::template shape<I>::size;
      if constexpr (Stages<Architecture>::template is_linear<I>) {
        const Extents weight = trace::template machine<Float32, I>::parameters[0].extents;
        stage.channels = weight[0];
        stage.fan_in = weight.size() / weight[0];
      }
    }
  });
  return sizes;
}();

namespace detail {

/// The score of formats, one for each stage. A std::function, so that searches are compiled once for all networks.
using ScoresFormats = std::function<FormatScore(std::span<const StageFormat>)>;

/// @throws ArgumentError, NumericError as simulate() and evaluate(); the function, too
template <class Architecture, ExampleSource S>
QNN_COLD ScoresFormats scores_of(const Network<Architecture, Float32>& network, const Ranges<Architecture>& ranges,
                                 const S& examples, QuantizationOptions options) {
  check_examples<typename Trace<Architecture>::input>(examples, Trace<Architecture>::output::size);
  struct Trial {
    Network<Architecture, Simulated> simulated;
    std::vector<float> expected;
    std::vector<std::int32_t> labels;
  };
  const std::vector<StageFormat> any(QuantizingStages<Architecture>::count);
  const auto trial = std::make_shared<Trial>(Trial{{network, ranges, any, options}, predict(network, examples), {}});
  for (Index i = 0; i < examples.size(); ++i) {
    trial->labels.push_back(examples.label(i));
  }
  return [trial, &examples](std::span<const StageFormat> formats) {
    trial->simulated.assign(formats);
    const std::vector<float> outputs = predict(trial->simulated, examples);
    const Evaluation judged = judge(outputs, trial->labels, examples.classes(), 1, ends_in_softmax<Architecture>);
    return FormatScore{judged.accuracy, judged.loss, decibels_of(outputs, trial->expected)};
  };
}

}  // namespace detail

}  // namespace qnn
