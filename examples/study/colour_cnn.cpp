// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "models.hpp"
#include "study_network.hpp"

namespace study {

ModelResult study_colour_cnn(const Model& model, const Options& options, const StudyData& data) {
  return study_network<Cnn<ColourImage>>(model, options, data);
}

}  // namespace study
