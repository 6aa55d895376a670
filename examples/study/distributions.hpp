// SPDX-License-Identifier: MIT
/// @file
/// Histograms of weights and activations, with the ranges that int8 gives them.
#pragma once

#include "histogram.hpp"
#include "integers.hpp"
#include "parts.hpp"
#include "stages.hpp"

#include "qnn/qnn.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace study {

inline constexpr Index histogram_bins = 80;

/// The reals that the codes of a tensor reach.
inline MarkedRange range_of_codes(std::string name, float scale, std::int32_t zero_point, qnn::CodeRange codes) {
  const auto real = [&](std::int32_t code) {
    return static_cast<double>(scale) * static_cast<double>(code - zero_point);
  };
  return {std::move(name), real(codes.lowest), real(codes.highest)};
}
inline MarkedRange range_of_reals(std::string name, const qnn::Range& range) {
  return {std::move(name), static_cast<double>(range.lowest), static_cast<double>(range.highest)};
}

/// Room for all ranges and a little beside them.
inline Histogram histogram_around(const std::vector<MarkedRange>& ranges) {
  double lowest = 0, highest = 0;
  for (const MarkedRange& range : ranges) {
    lowest = std::min(lowest, range.lowest);
    highest = std::max(highest, range.highest);
  }
  const double margin = 0.03 * (highest - lowest);
  return {lowest - margin, highest + margin, histogram_bins};
}

/// @param narrowest_scale  that of the channel whose codes reach the least
inline TensorHistogram weight_histogram(std::string tensor, std::span<const float> values, float narrowest_scale,
                                        std::int32_t zero_point, qnn::CodeRange codes) {
  const qnn::Range range = qnn::range_of(values);
  const double magnitude = static_cast<double>(range.magnitude());
  std::vector<MarkedRange> ranges{range_of_reals("float32 values", range),
                                  {"int8 per-tensor", -magnitude, magnitude},
                                  range_of_codes("int8, narrowest channel", narrowest_scale, zero_point, codes)};
  Histogram histogram = histogram_around(ranges);
  histogram.add(values);
  return {std::move(tensor), std::move(histogram), std::move(ranges)};
}

/// The weights of each linear layer as they are quantized, with the BatchNorm behind it taken in: the range of the
/// layer, and that of its narrowest channel.
template <class Architecture, class PerChannelPrecision>
std::vector<TensorHistogram> weight_histograms(const qnn::Network<Architecture, qnn::Float32>& network,
                                               const qnn::Network<Architecture, PerChannelPrecision>& quantized) {
  const std::vector<std::string> names = stage_names(layers_of_stages<Architecture>());
  std::vector<TensorHistogram> histograms;
  qnn::Trace<Architecture>::for_each_layer([&]<Index I>(qnn::IndexConstant<I>) {
    if constexpr (qnn::Stages<Architecture>::template is_linear<I>) {
      constexpr auto last = static_cast<std::size_t>(qnn::Stages<Architecture>::template normalization<I>);
      const auto channels = quantized.template layer<I>().weight.parameters();
      const auto narrowest = std::ranges::min_element(channels, {}, [](const auto& channel) { return channel.scale; });
      histograms.push_back(weight_histogram(names[last], qnn::folded_linear<I>(network).weights, narrowest->scale,
                                            narrowest->zero_point, PerChannelPrecision::weight_codes));
    }
  });
  return histograms;
}

/// Layers whose output has a range of its own: the input, and the last of each stage that begins with a linear layer or
/// with a sum of branches.
template <class Architecture>
inline constexpr auto own_ranges = [] {
  using stages = qnn::Stages<Architecture>;
  std::array<bool, static_cast<std::size_t>(qnn::Trace<Architecture>::layer_count)> own{true};
  qnn::Trace<Architecture>::for_each_layer([&]<Index I>(qnn::IndexConstant<I>) {
    if constexpr (stages::template begins<I>) {
      own[stages::template end<I>] = true;
    }
  });
  return own;
}();

/// Activations of the float network for these images, and the ranges that calibration chose.
template <class Architecture, class SymmetricPrecision, class AsymmetricPrecision>
std::vector<TensorHistogram> activation_histograms(const qnn::Network<Architecture, qnn::Float32>& network,
                                                   const qnn::Ranges<Architecture>& calibrated,
                                                   const qnn::Network<Architecture, SymmetricPrecision>& symmetric,
                                                   const qnn::Network<Architecture, AsymmetricPrecision>& asymmetric,
                                                   const qnn::Dataset& images) {
  using trace = qnn::Trace<Architecture>;
  const std::vector<std::string> names = stage_names(layers_of_stages<Architecture>());
  std::map<Index, TensorHistogram> of_layer;
  for (Index i = 0; i < trace::layer_count; ++i) {
    if (own_ranges<Architecture>[static_cast<std::size_t>(i)]) {
      const auto& of_symmetric = symmetric.activation(i);
      const auto& of_asymmetric = asymmetric.activation(i);
      std::vector<MarkedRange> ranges{
          range_of_reals("calibrated range", calibrated.of_layer[static_cast<std::size_t>(i)]),
          range_of_codes("int8 symmetric", of_symmetric.scale, of_symmetric.zero_point,
                         SymmetricPrecision::activation_codes),
          range_of_codes("int8 asymmetric", of_asymmetric.scale, of_asymmetric.zero_point,
                         AsymmetricPrecision::activation_codes)};
      Histogram histogram = histogram_around(ranges);
      of_layer.emplace(i, TensorHistogram{names[static_cast<std::size_t>(i)], std::move(histogram), std::move(ranges)});
    }
  }

  qnn::HeapArena<qnn::Network<Architecture, qnn::Float32>> arena(1);
  std::vector<float> input(static_cast<std::size_t>(trace::input::size));
  std::vector<float> output(static_cast<std::size_t>(trace::output::size));
  for (Index i = 0; i < images.size(); ++i) {
    images.copy(i, input);
    network.forward({input.data(), 1}, {output.data(), 1}, arena,
                    [&]<Index I>(qnn::IndexConstant<I>, const auto& values) {
                      if constexpr (own_ranges<Architecture>[I]) {
                        of_layer.at(I).histogram.add({values.data(), static_cast<std::size_t>(values.size())});
                      }
                    });
  }
  std::vector<TensorHistogram> histograms;
  for (auto& [layer, histogram] : of_layer) {
    histograms.push_back(std::move(histogram));
  }
  return histograms;
}

template <class Architecture>
void Distributions<Architecture>::record(ModelResult& result, const FloatNetwork<Architecture>& trained,
                                         const qnn::Ranges<Architecture>& ranges, const qnn::Dataset& images) {
  const auto symmetric = std::make_unique<qnn::Network<Architecture, Int8>>();
  const auto asymmetric = std::make_unique<qnn::Network<Architecture, Int8Asymmetric>>();
  qnn::quantize_to(*symmetric, trained, ranges);
  qnn::quantize_to(*asymmetric, trained, ranges);
  result.weights = weight_histograms(trained, *symmetric);
  result.activations = activation_histograms(trained, ranges, *symmetric, *asymmetric, images);
}

}  // namespace study
