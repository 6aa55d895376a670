// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "models.hpp"
#include "study_network.hpp"

namespace study {

extern template struct Subject<Cnn<GreyImage>, Int16>;
extern template struct Subject<Cnn<GreyImage>, SymmetricPerChannel>;
extern template struct Subject<Cnn<GreyImage>, SymmetricPerTensor>;
extern template struct Subject<Cnn<GreyImage>, AsymmetricPerChannel>;
extern template struct Subject<Cnn<GreyImage>, AsymmetricPerTensor>;

ModelResult study_grey_cnn(const Model& model, const Options& options, const StudyData& data) {
  return study_network<Cnn<GreyImage>>(model, options, data);
}

}  // namespace study
