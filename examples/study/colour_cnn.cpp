// SPDX-License-Identifier: MIT
#include "architectures.hpp"
#include "models.hpp"
#include "study_network.hpp"

namespace study {

extern template struct Subject<Cnn<ColourImage>, Int16>;
extern template struct Subject<Cnn<ColourImage>, SymmetricPerChannel>;
extern template struct Subject<Cnn<ColourImage>, SymmetricPerTensor>;
extern template struct Subject<Cnn<ColourImage>, AsymmetricPerChannel>;
extern template struct Subject<Cnn<ColourImage>, AsymmetricPerTensor>;

ModelResult study_colour_cnn(const Model& model, const Options& options, const StudyData& data) {
  return study_network<Cnn<ColourImage>>(model, options, data);
}

}  // namespace study
