// SPDX-License-Identifier: MIT
/// @file
/// The figures of a study as JSON.
#pragma once

#include "results.hpp"

#include <ostream>

namespace study {

/// Everything but the predictions of each image. What was not measured, or is infinite, is null.
void write_json(std::ostream& stream, const StudyResult& study);

}  // namespace study
