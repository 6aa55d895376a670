// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "models.hpp"
#include "study_network.hpp"

namespace study {

extern template struct Subject<Mlp<ColourImage>, Int16>;
extern template struct Subject<Mlp<ColourImage>, SymmetricPerChannel>;
extern template struct Subject<Mlp<ColourImage>, SymmetricPerTensor>;
extern template struct Subject<Mlp<ColourImage>, AsymmetricPerChannel>;
extern template struct Subject<Mlp<ColourImage>, AsymmetricPerTensor>;

ModelResult study_colour_mlp(const Model& model, const Options& options, const StudyData& data) {
  return study_network<Mlp<ColourImage>>(model, options, data);
}

}  // namespace study
