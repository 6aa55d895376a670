// SPDX-License-Identifier: MIT
/// @file
/// The results as one page of HTML that needs nothing else: no network, no script, no other file.
#pragma once

#include "results.hpp"

#include <ostream>

namespace study {

/// Tables and sentences in any case; charts where gnuplot is installed. Returns whether there are charts.
/// @throws std::runtime_error where gnuplot is there but cannot draw one of them
bool write_report(std::ostream& stream, const StudyResult& study);

}  // namespace study
