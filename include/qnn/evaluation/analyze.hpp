// SPDX-License-Identifier: MIT
/// @file
/// Analysis: an integer network beside its float twin, stage by stage.
#pragma once

#include "qnn/config.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/evaluation/accumulator_use.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"
#include "qnn/evaluation/tensor_statistics.hpp"
#include "qnn/network/layer_names.hpp"
#include "qnn/network/network.hpp"
#include "qnn/quantization/simulated_layers.hpp"
#include "qnn/quantization/stage_parameters.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qnn {

/// What one stage gives, or another layer that computes something, or the input.
struct StageAnalysis {
  Index layer = 0;          ///< position of the last layer of the stage; 0 is the input
  std::string name;         ///< of that layer
  TensorStatistics output;  ///< errors, cosine, saturation, codes
  double input_decibels = std::numeric_limits<double>::quiet_NaN();  ///< least SQNR of what it reads; NaN of the input
  AccumulatorUse accumulator{};                                      ///< all 0 where the stage has no weights

  double decibels() const { return output.errors.decibels(); }
  /// What the stage loses: SQNR of its input - SQNR of its output, in dB; NaN where one of them is.
  double drop() const { return input_decibels - decibels(); }
};

/// All of them, in the order in which they run.
struct Analysis {
  std::vector<StageAnalysis> stages;

  /// Where error enters: the stage with the largest drop of SQNR, the first of equals. Without any drop it is the
  /// input.
  const StageAnalysis& entry() const& {
    const StageAnalysis* found = &stages.front();
    for (const StageAnalysis& stage : stages) {
      if (!std::isnan(stage.drop()) && (std::isnan(found->drop()) || stage.drop() > found->drop())) {
        found = &stage;
      }
    }
    return *found;
  }
  void entry() const&& = delete;
};

namespace detail {

/// The rows of those layers that were seen.
QNN_COLD inline Analysis rows_of(std::span<const TensorStatistics> outputs, std::span<const std::string_view> names,
                                 std::span<const SimulatedLayer> layers, std::span<const Connection> connections,
                                 std::span<const AccumulatorProbe> probes) {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> inputs(outputs.size(), unknown);
  for (const Connection& connection : connections) {
    const std::size_t from = layers[connection.from].observed;
    if (outputs[from].errors.count > 0) {  // not within a stage
      double& least = inputs[layers[connection.to].end];
      least = std::fmin(least, outputs[from].errors.decibels());  // of a NaN and a number the number
    }
  }
  std::vector<AccumulatorUse> uses(outputs.size());
  for (const AccumulatorProbe& probe : probes) {
    uses[layers[probe.layer].end] = probe.use;
  }
  Analysis analysis;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].errors.count > 0) {
      analysis.stages.push_back({static_cast<Index>(i), std::string(names[i]), outputs[i], inputs[i], uses[i]});
    }
  }
  return analysis;
}

}  // namespace detail

/// Runs both networks on every example, as signal_to_noise() does, and says of each stage: SQNR, cosine, mean signed
/// error, saturation and use of its codes, and the bits that its accumulators needed. Memory does not depend on the
/// examples.
///
/// @code
///   const qnn::Analysis analysis = qnn::analyze(net, int8, data.test.first(500));
///   for (const auto& stage : analysis.stages) {
///     std::printf("%2td %-8s %5.1f dB  %.2f bits of %td codes\n", stage.layer, stage.name.c_str(), stage.decibels(),
///                 stage.output.entropy(), stage.output.codes());
///   }
///   std::printf("error enters at layer %td\n", analysis.entry().layer);
/// @endcode
/// @throws ArgumentError for no examples or other extents
template <class Architecture, IntegerPrecision P, ExampleSource S>
Analysis analyze(const Network<Architecture, Float32>& network, const Network<Architecture, P>& quantized,
                 const S& examples) {
  using trace = Trace<Architecture>;
  using Facts = detail::SimulationPlan<Architecture>;
  using In = typename trace::input;
  check_examples<In>(examples, std::max<Index>(trace::output::size, examples.classes()));
  HeapArena<Network<Architecture, Float32>> float_arena(1);
  HeapArena<Network<Architecture, P>> code_arena(1);
  std::array<std::vector<float>, Facts::layers> expected, found;
  std::array<TensorStatistics, Facts::layers> outputs;
  std::vector<detail::AccumulatorProbe> probes;
  const auto prepare = [&]<Index I>(IndexConstant<I>) {
    const auto& parameters = quantized.template activation<I>();
    outputs[I] = {{parameters.scale, parameters.zero_point},
                  LayerPrecisions<Architecture, P>::template at<I>::activation_codes};
  };
  prepare(IndexConstant<0>{});
  trace::for_each_layer(prepare);
  detail::for_each_linear_layer<Architecture>(
      [&]<Index I>(IndexConstant<I>) { probes.push_back(detail::probe_accumulators<I>(quantized)); });

  std::vector<float> input(static_cast<std::size_t>(In::size));
  std::vector<float> output(static_cast<std::size_t>(trace::output::size));
  for (Index i = 0; i < examples.size(); ++i) {
    examples.copy(i, input);
    detail::record_layers<Architecture>(network, input, output, float_arena, expected);
    quantized.forward(
        {input.data(), 1}, {output.data(), 1}, code_arena,
        [&]<Index I>(IndexConstant<I>, const auto& codes) { outputs[I].add(expected[I], codes.data(), found[I]); });
    for (detail::AccumulatorProbe& probe : probes) {
      probe.add(found[probe.producer]);
    }
  }
  return detail::rows_of(outputs, layer_names<Architecture>, Facts::of_layer, Facts::connections, probes);
}

}  // namespace qnn
