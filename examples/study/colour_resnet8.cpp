// SPDX-License-Identifier: MIT
#include "models.hpp"
#include "study_network.hpp"

#include "qnn/models/resnet.hpp"

namespace study {

extern template struct Subject<qnn::ResNet8, Int16>;
extern template struct Subject<qnn::ResNet8, SymmetricPerChannel>;
extern template struct Subject<qnn::ResNet8, SymmetricPerTensor>;
extern template struct Subject<qnn::ResNet8, AsymmetricPerChannel>;
extern template struct Subject<qnn::ResNet8, AsymmetricPerTensor>;

ModelResult study_colour_resnet8(const Model& model, const Options& options, const StudyData& data) {
  return study_network<qnn::ResNet8, qnn::Sgd>(model, options, data);
}

}  // namespace study
