// SPDX-License-Identifier: MIT
/// @file
/// How to train, and the state of a training in between.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/aligned.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/parallel.hpp"
#include "qnn/training/augmentation.hpp"
#include "qnn/training/history.hpp"
#include "qnn/training/progress.hpp"
#include "qnn/training/schedule.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace qnn {

struct TrainingState;

/// What tells a better epoch from a worse one; measured on the validation part.
enum class Monitor { loss, accuracy };

/// How `train` goes about it.
struct TrainingOptions {
  int epochs = 10;
  Index batch = 64;
  double validation = 0.1;  ///< part of the examples held out, in [0, 1); with 0 the last epoch counts as the best
  int patience = 0;         ///< stop after so many epochs without improvement; 0: never
  Monitor monitor = Monitor::loss;
  Schedule schedule = {};     ///< of the learning rate, for each step
  Augmentation augment = {};  ///< of the training examples (training/augmentation.hpp); none where empty
  /// Decay, in [0, 1), of the exponential moving average of the parameters that is validated and kept instead of the
  /// parameters themselves; 0: they themselves. Young averages decay faster: by (1 + step) / (10 + step) at most.
  double average = 0;
  double clip_norm = 0;    ///< largest global norm of the gradient; 0: not clipped
  std::uint64_t seed = 1;  ///< of the order of examples, the validation part and Dropout
  int threads = 0;         ///< 0: all. Results are reproducible for a given number
  Progress progress = Progress::automatic;
  std::function<void(const TrainingState&)> after_epoch = {};  ///< for checkpoints: called when an epoch is complete

  /// @throws ArgumentError naming the option, what it may be and what it is
  QNN_COLD void validate() const {
    check(epochs >= 1, "epochs", "at least 1", std::to_string(epochs));
    check(batch >= 1, "batch", "at least 1", std::to_string(batch));
    check(validation >= 0 && validation < 1, "validation", "0 <= validation < 1", std::to_string(validation));
    check(patience >= 0, "patience", "0 (never stop early) or more", std::to_string(patience));
    check(patience == 0 || validation > 0, "patience", "0 where nothing is held out for validation",
          std::to_string(patience));
    check(average >= 0 && average < 1, "average", "0 <= average < 1", std::to_string(average));
    check(clip_norm >= 0 && std::isfinite(clip_norm), "clip_norm", "0 (off) or a positive number",
          std::to_string(clip_norm));
    thread_count(threads);
    schedule.validate();
  }

 private:
  static void check(bool holds, std::string_view option, std::string_view expected, std::string_view found) {
    if (!holds) {
      throw ArgumentError("train: " + std::string(option), expected, found);
    }
  }
};

/// All that a training needs to go on where it stopped, bit for bit: everything random is a function of the seed, the
/// epoch and the step.
struct TrainingState {
  int epoch = 0;          ///< complete epochs
  std::int64_t step = 0;  ///< steps of the optimizer
  AlignedVector<float> parameters;
  AlignedVector<float> optimizer;  ///< moments: slots of each piece of a tensor, one after the other
  AlignedVector<float> average;    ///< of the parameters over the steps; empty unless TrainingOptions::average says so
  AlignedVector<float> best;       ///< parameters, or their average, of the best epoch
  double best_score = std::numeric_limits<double>::infinity();  ///< smaller is better
  History history;
};

}  // namespace qnn
