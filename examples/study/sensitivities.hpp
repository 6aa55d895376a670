// SPDX-License-Identifier: MIT
/// @file
/// What each stage costs that alone has few bits.
#pragma once

#include "integers.hpp"
#include "parts.hpp"

#include "qnn/evaluation/sensitivity.hpp"

#include <array>
#include <string>

namespace study {

/// Simulated, all other stages at 16 bits.
template <class Architecture>
std::vector<StageSensitivity> Sensitivities<Architecture>::of(const FloatNetwork<Architecture>& trained,
                                                              const qnn::Ranges<Architecture>& ranges,
                                                              const qnn::Dataset& images) {
  constexpr std::array low{qnn::StageFormat::of<Int8>(), qnn::StageFormat::of<W4A4>()};
  static_assert(low.size() == sensitivity_formats.size());
  const double reference = qnn::evaluate(trained, images).accuracy;
  std::vector<StageSensitivity> stages;
  for (std::size_t format = 0; format < low.size(); ++format) {
    const auto rows = qnn::sensitivity(trained, ranges, {.low = low[format]}, images);
    stages.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      stages[i].stage = std::to_string(rows[i].layer) + " " + rows[i].name;
      stages[i].change[format] = rows[i].alone.accuracy - reference;
      stages[i].decibels[format] = rows[i].alone.decibels;
    }
  }
  return stages;
}

}  // namespace study
