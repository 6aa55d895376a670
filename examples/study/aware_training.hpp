// SPDX-License-Identifier: MIT
/// @file
/// Quantization-aware training: a few epochs more, with the integer network in the loop.
#pragma once

#include "integers.hpp"
#include "parts.hpp"

#include "../recipe/training.hpp"

#include "qnn/qnn.hpp"

#include <type_traits>

namespace study {

/// With few bits the scales of the weights are learned, too.
template <class Architecture, class P>
void AwareTraining<Architecture, P>::train(qnn::Network<Architecture, P>& network,
                                           const Ingredients<Architecture>& given) {
  using Scales = std::conditional_t<(weight_bits<P> < 8), qnn::LearnedScales, qnn::FollowingScales>;
  examples::Recipe recipe = given.recipe;
  recipe.epochs = given.options.qat_epochs;
  recipe.average = 0;  // weights on a grid have no use for an average off it
  qnn::TrainingOptions how = examples::training_options(recipe, given.data.train.extents());
  how.seed = given.options.seed;
  how.threads = given.options.threads;
  qnn::Network<Architecture, qnn::FakeQuant<P, qnn::LearnedRanges, Scales>> fake(given.network, given.ranges);
  qnn::train(fake, given.data.train, examples::loss_of(recipe),
             qnn::Adam{.learning_rate = examples::aware_learning_rate(weight_bits<P>)}, how);
  network = fake.integers();
}

}  // namespace study
