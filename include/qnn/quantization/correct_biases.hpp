// SPDX-License-Identifier: MIT
/// @file
/// Bias correction: rounded weights shift the mean of each output; its bias takes the shift back.
#pragma once

#include "qnn/calibration/observe_layers.hpp"
#include "qnn/quantization/fold_batch_norm.hpp"
#include "qnn/quantization/linear_pair.hpp"
#include "qnn/quantization/output_statistics.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/quantization/stage_inputs.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace qnn {

/// How to correct.
struct CorrectionOptions {
  Index batch = 64;                    ///< examples at a time
  QuantizationOptions quantization{};  ///< of the network that is corrected for
};

namespace detail {

/// The mean of each channel of batches of values, channels last.
class ChannelMean {
 public:
  explicit ChannelMean(std::size_t channels = 0) : sums_(channels) {}
  void add(std::span<const float> values) {
    for (std::size_t k = 0; k < values.size(); k += sums_.size()) {
      for (std::size_t c = 0; c < sums_.size(); ++c) {
        sums_[c] += static_cast<double>(values[k + c]);
      }
    }
    rows_ += values.size() / sums_.size();
  }
  double operator[](std::size_t channel) const { return sums_[channel] / static_cast<double>(rows_); }

 private:
  std::vector<double> sums_;
  std::size_t rows_ = 0;
};

/// The means of what each linear layer of the float network gives, by position.
template <class Architecture, ExampleSource S>
std::vector<ChannelMean> linear_means(const Network<Architecture, Float32>& network, const S& examples, Index batch) {
  std::vector<ChannelMean> means(static_cast<std::size_t>(Trace<Architecture>::layer_count));
  std::vector<bool> wanted(means.size());
  for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
    means[I] = ChannelMean(stage_parameters<Architecture, I>(network.parameters()).channels);
    wanted[I] = true;
  });
  observe_layers(network, examples, batch, [&](Index layer, std::span<const float> values, Range) {
    const auto at = static_cast<std::size_t>(layer);
    if (wanted[at]) {
      means[at].add(values);
    }
  });
  return means;
}

/// The linear layer whose stage ends with what layer I reads; 0 where something else lies before it.
template <class Architecture, Index I>
inline constexpr Index stage_before = [] {
  Index found = 0;
  Trace<Architecture>::for_each_layer([&]<Index J>(IndexConstant<J>) {
    if (Stages<Architecture>::template is_linear<J> &&
        Stages<Architecture>::template end<J> == observed_input<Architecture, I>) {
      found = J;
    }
  });
  return found;
}();

/// addend_o -= sum_k (quantized_ok - w_ok) E[x_k], with the mean of each input behind the activation of the stage
/// before.
QNN_COLD inline void subtract_expected_shift(const StageParameters<float>& stage, std::span<const float> quantized,
                                             const InputChannels& read, const ChannelMoments& before, Clamp clamp) {
  std::vector<double> means;
  for (std::size_t c = 0; c < before.mean.size(); ++c) {
    means.push_back(
        clamped_normal_mean(static_cast<double>(before.mean[c]), static_cast<double>(before.deviation[c]), clamp));
  }
  const std::size_t fan_in = stage.fan_in();
  for (std::size_t o = 0; o < stage.channels; ++o) {
    double shift = 0;
    for (std::size_t k = 0; k < fan_in; ++k) {
      const std::size_t at = o * fan_in + k;
      shift += (static_cast<double>(quantized[at]) - static_cast<double>(stage.weights[at])) * means[read(o, k)];
    }
    stage.addend()[o] -= static_cast<float>(shift);
  }
}

}  // namespace detail

/// Empirical: layer by layer, the mean of each channel that the rounded weights give on what the integer network so far
/// feeds them is brought to the mean of `reference`, a float network, both before the activation. So errors of
/// activations that came down from the stages before are taken back as well. BatchNorms are folded; stages with neither
/// bias nor BatchNorm stay. One run of the float network and one of the integer network for each linear layer; memory
/// does not depend on the number of examples. Ranges stay valid.
/// @param reference  what `network` was before its weights were rounded, or `network` itself
/// Source: Nagel et al., "Data-free quantization through weight equalization and bias correction", 2019, appendix D.
/// @tparam P the precision that is corrected for
/// @throws ArgumentError for no examples, other extents or a batch below 1; NumericError as calibrate() and quantize()
template <QuantizedPrecision P, class Architecture, ExampleSource S>
Network<Architecture, Float32> correct_biases_towards(const Network<Architecture, Float32>& reference,
                                                      const Network<Architecture, Float32>& network,
                                                      const Ranges<Architecture>& ranges, const S& examples,
                                                      CorrectionOptions options = {}) {
  Network<Architecture, Float32> result = fold_batch_norms(network);
  const Network<Architecture, Float32> target = fold_batch_norms(reference);
  const std::vector<detail::ChannelMean> expected = detail::linear_means(target, examples, options.batch);
  const auto quantized = std::make_unique<Network<Architecture, P>>();
  quantize_to(*quantized, result, ranges, options.quantization);
  detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
    const auto stage = stage_parameters<Architecture, I>(result.parameters());
    if (stage.addend().empty()) {
      return;
    }
    const std::vector<float> parameters = detail::dequantized_parameters<I>(*quantized, stage.bias);
    detail::FloatLinear<Architecture, I> linear;
    detail::ChannelMean found(stage.channels);
    detail::observe_dequantized(*quantized, examples, options.batch, detail::observed_input<Architecture, I>,
                                [&](std::span<const float> x) { found.add(linear.forward(parameters, x)); });
    // Both means hold the bias of their layer, but not what a BatchNorm adds behind it: that is the reference's.
    const auto start = stage.bias.empty() ? stage_parameters<Architecture, I>(target.parameters()).addend()
                                          : std::span<const float>(stage.bias);
    for (std::size_t c = 0; c < stage.channels; ++c) {
      stage.addend()[c] = start[c] - static_cast<float>(found[c] - expected[I][c]);
    }
    detail::quantize_layer<I>(*quantized, result, ranges, options.quantization);
  });
  return result;
}

/// The same towards the network itself.
template <QuantizedPrecision P, class Architecture, ExampleSource S>
Network<Architecture, Float32> correct_biases(const Network<Architecture, Float32>& network,
                                              const Ranges<Architecture>& ranges, const S& examples,
                                              CorrectionOptions options = {}) {
  return correct_biases_towards<P>(network, network, ranges, examples, options);
}

/// Analytic, without data: the shift is what the error of the weights makes of the mean of each input, which is that of
/// a clamped normal distribution with the moments of the BatchNorm before. Only where a stage reads such a stage
/// directly; pixels of padding count as all others. Ranges stay valid.
/// @param statistics  those of `network`: batch_norm_statistics(), brought along by equalize()
/// Source: Nagel et al. 2019, section 4.2.
template <QuantizedPrecision P, class Architecture>
Network<Architecture, Float32> correct_biases(const Network<Architecture, Float32>& network,
                                              const Ranges<Architecture>& ranges,
                                              const OutputStatistics<Architecture>& statistics,
                                              CorrectionOptions options = {}) {
  Network<Architecture, Float32> result = fold_batch_norms(network);
  const auto quantized = std::make_unique<Network<Architecture, P>>();
  quantize_to(*quantized, result, ranges, options.quantization);
  detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
    constexpr Index before = detail::stage_before<Architecture, I>;
    if constexpr (before != 0) {
      constexpr Index channels = Trace<Architecture>::template machine<Float32, before>::parameters[0].extents[0];
      const auto stage = stage_parameters<Architecture, I>(result.parameters());
      const ChannelMoments& moments = statistics.of_layer[before];
      if (!moments.empty() && !stage.addend().empty()) {
        detail::subtract_expected_shift(stage, quantized->template layer<I>().weight.dequantize(),
                                        detail::input_channels<Architecture, I, channels>, moments,
                                        Stages<Architecture>::template clamp<before>);
      }
    }
  });
  return result;
}

}  // namespace qnn
