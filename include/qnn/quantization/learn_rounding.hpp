// SPDX-License-Identifier: MIT
/// @file
/// AdaRound: the rounding of weights learned layer by layer.
#pragma once

#include "qnn/calibration/observe_layers.hpp"
#include "qnn/quantization/fold_batch_norm.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/quantization/stage_inputs.hpp"
#include "qnn/quantization/weight_rounding.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace qnn {

namespace detail {

/// What the stage of linear layer I shall reconstruct: inputs as the integer network so far gives them, outputs as the
/// float network does.
template <Index I, class Architecture, class P, ExampleSource S>
Reconstruction reconstruction_of(const Network<Architecture, Float32>& network,
                                 const Network<Architecture, P>& quantized, const S& examples, Index batch,
                                 FloatLinear<Architecture, I>& linear) {
  using Linear = FloatLinear<Architecture, I>;
  const auto stage = stage_parameters<Architecture, I>(network.parameters());
  Reconstruction problem{
      .inputs = {},
      .targets = {},
      .input_size = Linear::inputs,
      .output_size = Linear::outputs,
      .channels = stage.channels,
      .bias = {stage.bias.begin(), stage.bias.end()},
      .shift = {},
      .clamp = Stages<Architecture>::template clamp<I>,
      .forward = [&linear](auto parameters, auto x) { return linear.forward(parameters, x); },
      .add_gradients = [&linear](auto parameters, auto x, auto dy,
                                 auto gradients) { linear.add_gradients(parameters, x, dy, gradients); }};
  if (stage.bias.empty()) {
    problem.shift.assign(stage.addend().begin(), stage.addend().end());
  }
  const auto examples_count = static_cast<std::size_t>(examples.size());
  problem.inputs.reserve(examples_count * Linear::inputs);
  problem.targets.reserve(examples_count * Linear::outputs);
  observe_dequantized(quantized, examples, batch, observed_input<Architecture, I>, [&](std::span<const float> x) {
    problem.inputs.insert(problem.inputs.end(), x.begin(), x.end());
  });
  observe_layers(network, examples, batch, [&](Index layer, std::span<const float> values, Range) {
    if (layer == Stages<Architecture>::template end<I>) {
      problem.targets.insert(problem.targets.end(), values.begin(), values.end());
    }
  });
  return problem;
}

/// The scales and zero points of the weights of an integer layer, and its rounding to be learned.
template <class P, class Layer>
WeightRounding rounding_of(std::span<const float> weights, const Layer& layer) {
  std::vector<Asymmetric::Parameters> groups;
  for (const auto& parameters : layer.weight.parameters()) {
    groups.push_back({parameters.scale, parameters.zero_point});
  }
  return {weights, groups, P::weight_codes, !P::weights::scheme::has_zero_point};
}

}  // namespace detail

/// AdaRound: a network whose weights lie on the grid of P's weights, each above or below its old value as learned, so
/// that quantize<P>(result, ranges) gives exactly the learned codes. BatchNorms are folded.
///
/// Layer by layer, with x the inputs that the integer network so far gives and y the outputs of the float network
/// behind the activation, Adam minimizes over the variables v of the layer
///
///     |y - f(W x)|^2 / E  +  regularization mean_i (1 - |2 h(v_i) - 1|^beta),    W = scale (floor(w / scale) + h(v))
///
/// with h the rectified sigmoid, E the error of rounding to nearest, and beta falling from 20 to 2; then each weight
/// takes the nearer side. Weights from which a scale follows stay at their nearest codes. Channels for which that is no
/// better than rounding to nearest on all examples keep the nearest codes: the error of a layer never grows.
/// Deterministic for a given seed and build. Holds inputs and outputs of one layer for all examples in memory; 1,000
/// unlabelled examples are usual. Source: Nagel et al., "Up or down? Adaptive rounding for post-training quantization",
/// 2020. There, the error is not divided by E and the regularizer is a sum: so one regularization fits all layers.
/// @param ranges   of the activations; they stay valid
/// @throws ArgumentError for no examples, other extents, or options out of range; NumericError as calibrate(),
/// quantize()
template <QuantizedPrecision P, class Architecture, ExampleSource S>
Network<Architecture, Float32> learn_rounding(const Network<Architecture, Float32>& network,
                                              const Ranges<Architecture>& ranges, const S& examples,
                                              const RoundingOptions& options = {}) {
  static_assert(!is_grouped<typename P::weights::granularity>,
                "qnn::learn_rounding: from rounded weights of a group its multiplier does not follow");
  detail::check_rounding(options);
  const Network<Architecture, Float32> folded = fold_batch_norms(network);
  Network<Architecture, Float32> result = folded;
  const auto quantized = std::make_unique<Network<Architecture, P>>();
  quantize_to(*quantized, folded, ranges, options.quantization);
  detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
    const auto stage = stage_parameters<Architecture, I>(result.parameters());
    auto& layer = quantized->template layer<I>();
    detail::FloatLinear<Architecture, I> linear;
    const auto problem = detail::reconstruction_of<I>(folded, *quantized, examples, options.batch, linear);
    auto rounding = detail::rounding_of<P>(std::span<const float>(stage.weights), layer);
    const std::vector<std::int32_t> codes = detail::learn_codes(rounding, problem, options);

    const std::vector<float> unrounded(stage.weights.begin(), stage.weights.end());
    rounding.reals(codes, stage.weights);
    detail::quantize_layer<I>(*quantized, result, ranges, {});
    if (!std::equal(codes.begin(), codes.end(), layer.weight.codes().begin())) {
      // Scales are powers of two and the rounded ends of a range with a zero point need the next smaller one.
      std::copy(unrounded.begin(), unrounded.end(), stage.weights.begin());
      detail::quantize_layer<I>(*quantized, result, ranges, {});
    }
  });
  return result;
}

}  // namespace qnn
