// SPDX-License-Identifier: MIT
/// @file
/// The charts of the report, as scripts for gnuplot.
#pragma once

#include "gnuplot.hpp"
#include "results.hpp"

#include <array>

namespace study {

/// Accuracy of each precision against the bytes of its parameters, with the standard error of float32's as a band.
Chart accuracy_chart(const ModelResult& model);
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
