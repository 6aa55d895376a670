// SPDX-License-Identifier: MIT
#include "calibrators.hpp"

#include "qnn/calibration/ranges_for.hpp"

namespace study {

namespace {

qnn::Range range_by(Calibrator calibrator, const qnn::Observation& seen, const qnn::LevelRule& levels) {
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

}  // namespace

std::vector<qnn::Range> choose_ranges(Calibrator calibrator, std::span<const qnn::Observation> seen,
                                      const qnn::LevelRule& levels) {
  std::vector<qnn::Range> ranges;
  for (const qnn::Observation& tensor : seen) {
    ranges.push_back(tensor.empty() ? qnn::Range{} : range_by(calibrator, tensor, levels));
  }
  return ranges;
}

}  // namespace study
