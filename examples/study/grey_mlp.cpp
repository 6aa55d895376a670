// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "models.hpp"
#include "study_network.hpp"

namespace study {

ModelResult study_grey_mlp(const Model& model, const Options& options, const StudyData& data) {
  return study_network<Mlp<GreyImage>>(model, options, data);
}

}  // namespace study
