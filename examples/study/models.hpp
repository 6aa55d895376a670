// SPDX-License-Identifier: MIT
/// @file
/// The networks that can be studied.
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

/// The model's own recipe, with what the user asks for in its place.
examples::Recipe recipe_of(const Model& model, const Options& options, const StudyData& data);

/// A model and what studies it.
struct Study {
  Model model;
  ModelResult (*run)(const Model&, const Options&, const StudyData&);
};

/// What the user asks for, for images of these extents: 28x28x1 or 32x32x3.
std::vector<Study> studies_for(const Options& options, const qnn::Extents& input);

}  // namespace study
