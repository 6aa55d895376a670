// SPDX-License-Identifier: MIT
/// @file
/// Sensitivity: what each stage alone costs at a low precision, and what it alone would save.
#pragma once

#include "qnn/config.hpp"
#include "qnn/evaluation/format_score.hpp"
#include "qnn/network/layer_names.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qnn {

/// What stages are tried at, and what the others have meanwhile.
struct SensitivityFormats {
  StageFormat low{};
  StageFormat high = StageFormat::of<Int16<>>();
};

/// One of the QuantizingStages.
struct StageSensitivity {
  std::size_t stage = 0;
  Index layer = 0;      ///< the one that it begins with
  std::string name;     ///< of that layer
  FormatScore alone;    ///< only this stage has the low format
  FormatScore all_but;  ///< all others have it
};

namespace detail {

QNN_COLD inline std::vector<StageSensitivity> try_stages(std::span<const StageSize> stages,
                                                         std::span<const std::string_view> names,
                                                         const SensitivityFormats& formats,
                                                         const ScoresFormats& score) {
  std::vector<StageFormat> alone(stages.size(), formats.high), all_but(stages.size(), formats.low);
  std::vector<StageSensitivity> rows;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    alone[stage] = formats.low;
    all_but[stage] = formats.high;
    rows.push_back({stage, stages[stage].layer, std::string(names[static_cast<std::size_t>(stages[stage].layer)]),
                    score(alone), score(all_but)});
    alone[stage] = formats.high;
    all_but[stage] = formats.low;
  }
  return rows;
}

}  // namespace detail

/// Simulates the network twice for each stage: with only this stage at the low format, and with all but this stage. The
/// first says where a low precision hurts, the second which stage to spare. The format of the first stage is that of
/// the examples, too. O(stages * examples).
///
/// @code
///   const auto low = qnn::StageFormat::of<qnn::W4A8<>>();
///   for (const auto& row : qnn::sensitivity(net, ranges, {.low = low}, data.validation)) {
///     std::printf("%2td %-10s %.2f %%  %.1f dB\n", row.layer, row.name.c_str(), 100 * row.alone.accuracy,
///                 row.alone.decibels);
///   }
/// @endcode
/// @throws ArgumentError, NumericError as simulate() and evaluate()
template <class Architecture, ExampleSource S>
std::vector<StageSensitivity> sensitivity(const Network<Architecture, Float32>& network,
                                          const Ranges<Architecture>& ranges, const SensitivityFormats& formats,
                                          const S& examples, QuantizationOptions options = {}) {
  return detail::try_stages(stage_sizes<Architecture>, layer_names<Architecture>, formats,
                            detail::scores_of(network, ranges, examples, options));
}

}  // namespace qnn
