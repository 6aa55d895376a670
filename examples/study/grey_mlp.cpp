// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "models.hpp"
#include "study_network.hpp"

namespace study {

extern template struct Subject<Mlp<GreyImage>, Int16>;
extern template struct Subject<Mlp<GreyImage>, SymmetricPerChannel>;
extern template struct Subject<Mlp<GreyImage>, SymmetricPerTensor>;
extern template struct Subject<Mlp<GreyImage>, AsymmetricPerChannel>;
extern template struct Subject<Mlp<GreyImage>, AsymmetricPerTensor>;

ModelResult study_grey_mlp(const Model& model, const Options& options, const StudyData& data) {
  return study_network<Mlp<GreyImage>>(model, options, data);
}

}  // namespace study
