// SPDX-License-Identifier: MIT
/// @file
/// What qnn::train needs to follow a recipe.
#pragma once

#include "recipe.hpp"

#include "qnn/training/loss.hpp"
#include "qnn/training/optimizer.hpp"
#include "qnn/training/options.hpp"

#include <concepts>

namespace examples {

inline qnn::Augmentation augmentation_of(const Distortion& distortion, const qnn::Extents& image) {
  if (distortion == Distortion{}) {
    return {};
  }
  return qnn::augmentation(image, [distortion](qnn::MutableImage pixels, qnn::Random& random) {
    if (distortion.turn > 0 || distortion.zoom > 0) {
      qnn::RandomAffine{.degrees = static_cast<float>(distortion.turn),
                        .zoom = static_cast<float>(distortion.zoom),
                        .background = distortion.background}(pixels, random);
    }
    qnn::RandomShift{distortion.shift, distortion.background}(pixels, random);
    if (distortion.flips) {
      qnn::RandomFlip{}(pixels, random);
    }
  });
}

/// Sgd with Nesterov's momentum, or AdamW.
template <class Optimizer>
Optimizer optimizer_of(const Recipe& recipe) {
  const auto rate = static_cast<float>(recipe.learning_rate), decay = static_cast<float>(recipe.weight_decay);
  if constexpr (std::same_as<Optimizer, qnn::Sgd>) {
    return {.learning_rate = rate, .momentum = 0.9f, .nesterov = true, .weight_decay = decay};
  } else {
    return {.learning_rate = rate, .weight_decay = decay};
  }
}

/// Of Adam in quantization-aware training: weights of few bits have far to go, finer ones are there already.
constexpr float aware_learning_rate(int weight_bits) { return weight_bits < 8 ? 5e-4f : 1e-4f; }

inline qnn::CrossEntropy loss_of(const Recipe& recipe) {
  return {.label_smoothing = static_cast<float>(recipe.label_smoothing)};
}

/// All that follows from the recipe: seed, threads and checkpoints are for the caller to add.
inline qnn::TrainingOptions training_options(const Recipe& recipe, const qnn::Extents& image) {
  return {.epochs = recipe.epochs,
          .batch = recipe.batch,
          .validation = recipe.validation,
          .monitor = qnn::Monitor::accuracy,
          .schedule = qnn::OneCycle{},
          .augment = augmentation_of(recipe.distortion, image),
          .average = recipe.average};
}

}  // namespace examples
