// SPDX-License-Identifier: MIT
/// @file
/// The charts of the report, as scripts for gnuplot.
#pragma once

#include "gnuplot.hpp"
#include "pareto.hpp"
#include "results.hpp"

#include <array>
#include <string>

namespace study {

/// What a network costs, as an axis: `unit` times the cost is drawn.
struct CostAxis {
  std::string title;  ///< "parameters [kB]"
  double unit;
  Cost cost;
};
/// Accuracy against cost, the Pareto front joined and named, with the standard error of float32's accuracy as a band.
Chart front_chart(const ModelResult& model, const CostAxis& axis);
/// The results that lie too deep for it, in words; empty where there are none.
std::string below_front_chart(const ModelResult& model);
/// What it costs that one stage alone has few bits.
Chart sensitivity_chart(const ModelResult& model);
/// How many times as fast as float32, alone and in batches.
Chart speed_chart(const ModelResult& model);
Chart loss_chart(const ModelResult& model);
Chart learning_chart(const ModelResult& model);
/// Signal to quantization noise, stage by stage.
Chart noise_chart(const ModelResult& model);
/// Accuracy on the test images against that on the second data set.
Chart generalization_chart(const ModelResult& model, const StudyResult& study);
/// Colours of the ranges that histogram_chart draws, in the order of TensorHistogram::ranges.
inline constexpr std::array<const char*, 3> range_colours{"#2a9d8f", "#3b82f6", "#e8871e"};
/// The values of one tensor and the ranges it is given. Without a legend, which all tensors of a kind share.
Chart histogram_chart(const TensorHistogram& tensor);

}  // namespace study
