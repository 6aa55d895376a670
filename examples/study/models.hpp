// SPDX-License-Identifier: MIT
/// @file
/// The networks that can be studied. Each is studied in a source file of its own, so that they compile side by side.
#pragma once

#include "data.hpp"
#include "options.hpp"
#include "results.hpp"

#include "../recipe/recipe.hpp"

#include <string>
#include <vector>

namespace study {

struct Model {
  std::string name;   ///< "mlp"
  std::string title;  ///< "Multilayer perceptron"
  qnn::Extents input;
  examples::Recipe recipe;  ///< where the user asks for nothing else
};

ModelResult study_grey_mlp(const Model& model, const Options& options, const StudyData& data);
ModelResult study_grey_cnn(const Model& model, const Options& options, const StudyData& data);
ModelResult study_colour_mlp(const Model& model, const Options& options, const StudyData& data);
ModelResult study_colour_cnn(const Model& model, const Options& options, const StudyData& data);
ModelResult study_colour_resnet8(const Model& model, const Options& options, const StudyData& data);

/// A model and what studies it.
struct Study {
  Model model;
  ModelResult (*run)(const Model&, const Options&, const StudyData&);
};

/// What the user asks for, for images of these extents: 28x28x1 or 32x32x3.
inline std::vector<Study> studies_for(const Options& options, const qnn::Extents& input) {
  const qnn::Extents grey{28, 28, 1}, colour{32, 32, 3};
  const std::string perceptron = "Multilayer perceptron", convolutional = "Convolutional network";
  const std::vector<Study> all{
      {{"mlp", perceptron, grey, {.epochs = 10}}, study_grey_mlp},
      {{"cnn", convolutional, grey, {.epochs = 3}}, study_grey_cnn},
      {{"mlp", perceptron, colour, {.epochs = 10, .learning_rate = 1e-3}}, study_colour_mlp},
      {{"cnn", convolutional, colour, {.epochs = 3}}, study_colour_cnn},
      {{"resnet8", "Residual network", colour, examples::residual_recipe}, study_colour_resnet8},
  };
  std::vector<Study> chosen;
  for (const Study& study : all) {
    if (study.model.input == input && options.wants(study.model.name)) {
      chosen.push_back(study);
    }
  }
  return chosen;
}

}  // namespace study
