// SPDX-License-Identifier: MIT
/// @file
/// A trained float network: trained here, gone on with, or taken from a file.
#pragma once

#include "data.hpp"
#include "models.hpp"
#include "options.hpp"
#include "text.hpp"

#include "qnn/qnn.hpp"
#include "qnn/safetensors.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace study {

/// Files of trained weights and files of a training in between differ by what their metadata holds.
inline bool is_checkpoint(const std::filesystem::path& file) {
  return qnn::TensorFile::read(file).metadata().contains("checkpoint.epoch");
}

inline qnn::TrainingOptions training_options(const Model& model, const Options& options) {
  return {.epochs = options.epochs.value_or(options.quick ? 1 : model.epochs),
          .batch = options.batch,
          .validation = 0.1,
          .monitor = qnn::Monitor::accuracy,
          .schedule = qnn::OneCycle{},
          .seed = options.seed,
          .threads = options.threads};
}

inline void report_training(const qnn::History& history) {
  const qnn::EpochRecord& best = history.epochs[static_cast<std::size_t>(history.best_epoch) - 1];
  double seconds = 0;
  for (const qnn::EpochRecord& record : history.epochs) {
    seconds += record.seconds;
  }
  std::cout << "  trained in " << fixed(seconds, 1) << " s; best epoch " << history.best_epoch << ": validation loss "
            << fixed(best.validation_loss, 4) << ", accuracy " << percent(best.validation_accuracy) << " %\n";
}

/// Fills `network`; returns how it was trained, without epochs where only weights were loaded.
template <class Architecture>
qnn::History train_or_load(std::unique_ptr<qnn::Network<Architecture, qnn::Float32>>& network, const Model& model,
                           const Options& options, const StudyData& data) {
  network = std::make_unique<qnn::Network<Architecture, qnn::Float32>>(qnn::HeNormal{.seed = options.seed});
  const std::filesystem::path from = options.checkpoint_of(options.checkpoint_in, model.name);
  const std::filesystem::path to = options.checkpoint_of(options.checkpoint_out, model.name);
  if (!from.empty() && !is_checkpoint(from)) {
    std::cout << "  trained weights from " << from.string() << '\n';
    qnn::load(from, *network);
    return {};
  }

  qnn::TrainingState state;
  if (!from.empty()) {
    state = qnn::load_checkpoint<Architecture>(from);
    std::cout << "  going on after epoch " << state.epoch << " of " << from.string() << '\n';
  }
  qnn::TrainingOptions how = training_options(model, options);
  const int left = std::max(0, how.epochs - state.epoch);
  if (!to.empty()) {
    how.after_epoch = [&to](const qnn::TrainingState& reached) { qnn::save_checkpoint<Architecture>(to, reached); };
  }
  const qnn::AdamW optimizer{.learning_rate = static_cast<float>(options.learning_rate.value_or(model.learning_rate))};
  std::cout << "  training: " << counted(left, "epoch") << " of " << counted(data.train.size(), "image") << " ..."
            << std::endl;
  qnn::History history = qnn::train(*network, data.train, qnn::CrossEntropy{}, optimizer, how, std::move(state));
  report_training(history);
  return history;
}

}  // namespace study
