// SPDX-License-Identifier: MIT
/// @file
/// Calibrators chosen by name at run time, for networks and precisions of any kind.
#pragma once

#include "methods.hpp"

#include "qnn/calibration/ranges_for.hpp"

#include <span>
#include <vector>

namespace study {

inline qnn::Range range_by(Calibrator calibrator, const qnn::Observation& seen, const qnn::LevelRule& levels) {
  switch (calibrator) {
    case Calibrator::moving_average:
      return qnn::choose_range(seen.average(), seen, levels);
    case Calibrator::percentile:
      return qnn::choose_range(qnn::Percentile{}, seen, levels);
    case Calibrator::entropy:
      return qnn::choose_range(qnn::Entropy{}, seen, levels);
    case Calibrator::squared_error:
      return qnn::choose_range(qnn::MinimalSquaredError{}, seen, levels);
    case Calibrator::min_max:
      break;
  }
  return seen.range();
}

/// The range that each observed tensor takes, by a format of these levels. Empty where nothing was observed.
inline std::vector<qnn::Range> choose_ranges(Calibrator calibrator, std::span<const qnn::Observation> seen,
                                             const qnn::LevelRule& levels) {
  std::vector<qnn::Range> ranges;
  for (const qnn::Observation& tensor : seen) {
    ranges.push_back(tensor.empty() ? qnn::Range{} : range_by(calibrator, tensor, levels));
  }
  return ranges;
}

}  // namespace study
