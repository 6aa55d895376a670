// SPDX-License-Identifier: MIT
#include "models.hpp"

#include "architectures.hpp"
#include "parts.hpp"

namespace study {

examples::Recipe recipe_of(const Model& model, const Options& options, const StudyData& data) {
  examples::Recipe recipe = model.recipe;
  recipe.epochs = options.epochs.value_or(options.quick ? 1 : recipe.epochs);
  recipe.batch = options.batch.value_or(recipe.batch);
  recipe.learning_rate = options.learning_rate.value_or(recipe.learning_rate);
  recipe.average = options.average.value_or(recipe.average);
  recipe.validation = options.validation.value_or(recipe.validation);
  recipe.label_smoothing = options.label_smoothing.value_or(recipe.label_smoothing);
  recipe.distortion = data.distortion;
  return recipe;
}

std::vector<Study> studies_for(const Options& options, const qnn::Extents& input) {
  const qnn::Extents grey{28, 28, 1}, colour{32, 32, 3};
  const std::string perceptron = "Multilayer perceptron", convolutional = "Convolutional network";
  const std::vector<Study> all{
      {{"mlp", perceptron, grey, {.epochs = 10}}, NetworkStudy<GreyMlp>::run},
      {{"cnn", convolutional, grey, {.epochs = 3}}, NetworkStudy<GreyCnn>::run},
      {{"mlp", perceptron, colour, {.epochs = 10, .learning_rate = 1e-3}}, NetworkStudy<ColourMlp>::run},
      {{"cnn", convolutional, colour, {.epochs = 3}}, NetworkStudy<ColourCnn>::run},
      {{"resnet8", "Residual network", colour, examples::residual_recipe}, NetworkStudy<ColourResNet8>::run},
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
