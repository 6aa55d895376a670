// SPDX-License-Identifier: MIT
/// @file
/// How a network was trained, in sentences.
#pragma once

#include "results.hpp"
#include "text.hpp"

#include <string>

namespace study {

inline std::string distortion_in_words(const examples::Distortion& distortion) {
  if (distortion == examples::Distortion{}) {
    return {};
  }
  return " In each epoch the training images are shifted at random, by up to " + counted(distortion.shift, "pixel") +
         (distortion.turn > 0 ? ", turned by up to " + exact(distortion.turn) + " degrees" : "") +
         (distortion.zoom > 0 ? ", scaled by up to " + exact(100 * distortion.zoom) + " %" : "") +
         (distortion.flips ? ", and every other one is mirrored." : ".");
}

/// For a network that was trained, not loaded.
inline std::string training_in_words(const ModelResult& model) {
  const examples::Recipe& recipe = model.recipe;
  std::string text = model.optimizer + ", one cycle with its peak at a learning rate of " +
                     exact(recipe.learning_rate) + ", batches of " + grouped(recipe.batch) + "; " +
                     (recipe.validation > 0 ? exact(100 * recipe.validation) + " %" : "none") +
                     " of the training images are held out for validation.";
  if (recipe.label_smoothing > 0) {
    text += " Labels are smoothed by " + exact(recipe.label_smoothing) + ".";
  }
  text += distortion_in_words(recipe.distortion);
  text += recipe.average > 0 ? " A moving average of the parameters, with a decay of " + exact(recipe.average) +
                                   ", stands in their place; that of epoch "
                             : " The parameters of epoch ";
  return text + std::to_string(model.history.best_epoch) + (recipe.average > 0 ? " is kept." : " are kept.") +
         " Training is measured while the network still learns, with all that makes it harder" +
         (recipe.validation > 0 ? ", so the first epochs may look worse than validation." : ".");
}

}  // namespace study
