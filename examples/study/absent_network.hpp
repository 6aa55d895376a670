// SPDX-License-Identifier: MIT
/// @file
/// In place of a network that a build leaves out, for the time that compilers would take (CMake: QNN_STUDY_NETWORKS).
#pragma once

#include "parts.hpp"

#include "qnn/core/error.hpp"

namespace study {

template <class Architecture>
ModelResult NetworkStudy<Architecture>::run(const Model& model, const Options& options, const StudyData& /*data*/) {
  throw qnn::ArgumentError("precision_study", "a network that it was built with: see QNN_STUDY_NETWORKS of CMake",
                           model.name + " for " + options.dataset);
}

}  // namespace study
