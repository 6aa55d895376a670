// SPDX-License-Identifier: MIT
/// @file
/// Calibrators chosen by name at run time, for networks and precisions of any kind.
#pragma once

#include "methods.hpp"

#include "qnn/calibration/observations.hpp"
#include "qnn/scheme/level_rule.hpp"
#include "qnn/scheme/range.hpp"

#include <span>
#include <vector>

namespace study {

/// The range that each observed tensor takes, by a format of these levels. Empty where nothing was observed.
std::vector<qnn::Range> choose_ranges(Calibrator calibrator, std::span<const qnn::Observation> seen,
                                      const qnn::LevelRule& levels);

}  // namespace study
