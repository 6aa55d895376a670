// SPDX-License-Identifier: MIT
/// @file
/// Histograms of weights and activations, with the ranges that int8 gives them.
#pragma once

#include "histogram.hpp"
#include "measure.hpp"

#include "qnn/qnn.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace study {

inline constexpr Index histogram_bins = 80;

/// The reals that the codes of a tensor reach.
template <class Parameters>
MarkedRange range_of_codes(std::string name, const Parameters& parameters, qnn::CodeRange codes) {
  const auto real = [&](std::int32_t code) {
    return static_cast<double>(parameters.scale) * static_cast<double>(code - parameters.zero_point);
  };
  return {std::move(name), real(codes.lowest), real(codes.highest)};
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

/// The weights of each linear layer: the range of the layer, and that of its narrowest channel.
template <class Architecture, class PerChannelPrecision>
std::vector<TensorHistogram> weight_histograms(const qnn::Network<Architecture, qnn::Float32>& network,
                                               const qnn::Network<Architecture, PerChannelPrecision>& quantized) {
  std::vector<TensorHistogram> histograms;
  qnn::Trace<Architecture>::for_each_layer([&]<Index I>(qnn::IndexConstant<I>) {
    if constexpr (qnn::Stages<Architecture>::template is_linear<I>) {
      const auto slot = std::ranges::find_if(qnn::ParameterLayout<Architecture>::slots,
                                             [](const qnn::ParameterSlot& s) { return s.layer == I && s.info.decays; });
      const std::span<const float> values = slot->in(network.parameters());
      const auto channels = quantized.template layer<I>().weight.parameters();
      const auto narrowest = std::ranges::min_element(channels, {}, [](const auto& channel) { return channel.scale; });
      const qnn::Range range = qnn::range_of(values);
      const double magnitude = static_cast<double>(range.magnitude());
      std::vector<MarkedRange> ranges{
          {"float32 values", static_cast<double>(range.lowest), static_cast<double>(range.highest)},
          {"int8 per-tensor", -magnitude, magnitude},
          range_of_codes("int8, narrowest channel", *narrowest, PerChannelPrecision::weight_codes)};
      Histogram histogram = histogram_around(ranges);
      histogram.add(values);
      histograms.push_back({stage_name<Architecture, I>(), std::move(histogram), std::move(ranges)});
    }
  });
  return histograms;
}

/// Layers whose output has a range of its own: the input, and what leaves each linear layer and its activation.
template <class Architecture, Index I>
inline constexpr bool has_own_range = [] {
  using stages = qnn::Stages<Architecture>;
  if constexpr (I == 0) {
    return true;
  } else {
    return stages::template is_fused<I> || (stages::template is_linear<I> && !stages::template is_fused<I + 1>);
  }
}();

/// Activations of the float network for these images, and the ranges that calibration chose.
template <class Architecture, class SymmetricPrecision, class AsymmetricPrecision>
std::vector<TensorHistogram> activation_histograms(const qnn::Network<Architecture, qnn::Float32>& network,
                                                   const qnn::Ranges<Architecture>& calibrated,
                                                   const qnn::Network<Architecture, SymmetricPrecision>& symmetric,
                                                   const qnn::Network<Architecture, AsymmetricPrecision>& asymmetric,
                                                   const qnn::Dataset& images) {
  using trace = qnn::Trace<Architecture>;
  const std::vector<std::string> names = stage_names<Architecture>();
  std::map<Index, TensorHistogram> of_layer;
  const auto prepare = [&]<Index I>(qnn::IndexConstant<I>) {
    if constexpr (has_own_range<Architecture, I>) {
      const qnn::Range range = calibrated.of_layer[static_cast<std::size_t>(I)];
      std::vector<MarkedRange> ranges{
          {"calibrated range", static_cast<double>(range.lowest), static_cast<double>(range.highest)},
          range_of_codes("int8 symmetric", symmetric.activation(I), SymmetricPrecision::activation_codes),
          range_of_codes("int8 asymmetric", asymmetric.activation(I), AsymmetricPrecision::activation_codes)};
      Histogram histogram = histogram_around(ranges);
      of_layer.emplace(I, TensorHistogram{names[static_cast<std::size_t>(I)], std::move(histogram), std::move(ranges)});
    }
  };
  prepare(qnn::IndexConstant<0>{});
  trace::for_each_layer(prepare);

  qnn::HeapArena<qnn::Network<Architecture, qnn::Float32>> arena(1);
  std::vector<float> input(static_cast<std::size_t>(trace::input::size));
  std::vector<float> output(static_cast<std::size_t>(trace::output::size));
  for (Index i = 0; i < images.size(); ++i) {
    images.copy(i, input);
    network.forward({input.data(), 1}, {output.data(), 1}, arena,
                    [&]<Index I>(qnn::IndexConstant<I>, const auto& values) {
                      if constexpr (has_own_range<Architecture, I>) {
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

}  // namespace study
