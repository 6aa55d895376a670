// SPDX-License-Identifier: MIT
/// @file
/// A trained float network: trained here, gone on with, or taken from a file.
#pragma once

#include "architectures.hpp"
#include "parts.hpp"
#include "text.hpp"

#include "../recipe/training.hpp"

#include "qnn/qnn.hpp"
#include "qnn/safetensors.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>

namespace study {

/// Files of trained weights and files of a training in between differ by what their metadata holds.
inline bool is_checkpoint(const std::filesystem::path& file) {
  return qnn::TensorFile::read(file).metadata().contains("checkpoint.epoch");
}

inline void report_training(const qnn::History& history) {
  const qnn::EpochRecord& best = history.epochs[static_cast<std::size_t>(history.best_epoch) - 1];
  double seconds = 0;
  for (const qnn::EpochRecord& record : history.epochs) {
    seconds += record.seconds;
  }
  std::cout << "  trained in " << fixed(seconds, 1) << " s; ";
  if (std::isnan(best.validation_loss)) {
    std::cout << "the last epoch is kept\n";
  } else {
    std::cout << "best epoch " << history.best_epoch << ": validation loss " << fixed(best.validation_loss, 4)
              << ", accuracy " << percent(best.validation_accuracy) << " %\n";
  }
}

template <class Architecture>
qnn::History Training<Architecture>::train_or_load(FloatNetwork<Architecture>& network, const Model& model,
                                                   const examples::Recipe& recipe, const Options& options,
                                                   const StudyData& data) {
  const std::filesystem::path from = options.checkpoint_of(options.checkpoint_in, model.name);
  const std::filesystem::path to = options.checkpoint_of(options.checkpoint_out, model.name);
  if (!from.empty() && !is_checkpoint(from)) {
    std::cout << "  trained weights from " << from.string() << '\n';
    qnn::load(from, network);
    return {};
  }

  qnn::TrainingState state;
  if (!from.empty()) {
    state = qnn::load_checkpoint<Architecture>(from);
    std::cout << "  going on after epoch " << state.epoch << " of " << from.string() << '\n';
  }
  qnn::TrainingOptions how = examples::training_options(recipe, data.train.extents());
  how.seed = options.seed;
  how.threads = options.threads;
  const int left = std::max(0, how.epochs - state.epoch);
  if (!to.empty()) {
    how.after_epoch = [&to](const qnn::TrainingState& reached) { qnn::save_checkpoint<Architecture>(to, reached); };
  }
  std::cout << "  training: " << counted(left, "epoch") << " of " << counted(data.train.size(), "image") << " ..."
            << std::endl;
  qnn::History history = qnn::train(network, data.train, examples::loss_of(recipe),
                                    examples::optimizer_of<OptimizerOf<Architecture>>(recipe), how, std::move(state));
  report_training(history);
  return history;
}

}  // namespace study
