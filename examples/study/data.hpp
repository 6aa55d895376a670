// SPDX-License-Identifier: MIT
/// @file
/// The images of a study, normalized by the statistics of the training images.
#pragma once

#include "options.hpp"

#include "../recipe/recipe.hpp"

#include "qnn/data/dataset.hpp"

#include <optional>
#include <string>
#include <vector>

namespace study {

struct StudyData {
  qnn::Dataset train, test;
  std::optional<qnn::Dataset> other;  ///< test images of the second data set
  std::vector<std::string> class_names;
  examples::Distortion distortion = {};  ///< of the training images; none unless Options::augment
};

/// @throws qnn::FileError where a data set is not found or not what it should be
StudyData load_data(const Options& options);

}  // namespace study
