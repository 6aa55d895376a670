// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "models.hpp"
#include "study_network.hpp"

namespace study {

ModelResult study_colour_mlp(const Model& model, const Options& options, const StudyData& data) {
  return study_network<Mlp<ColourImage>>(model, options, data);
}

}  // namespace study
