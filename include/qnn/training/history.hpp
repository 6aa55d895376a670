// SPDX-License-Identifier: MIT
/// @file
/// What was measured while a network trained, and its table as text.
#pragma once

#include "qnn/config.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <ostream>
#include <string_view>
#include <vector>

namespace qnn {

/// Stands in a record for what was not measured: validation without a validation set, accuracy without classes.
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// One pass over the training set.
struct EpochRecord {
  int epoch = 0;                              ///< counted from 1
  double training_loss = not_measured;        ///< mean over the examples, each as the network was when it saw it
  double training_accuracy = not_measured;    ///< fraction of the examples, in [0, 1], likewise
  double validation_loss = not_measured;      ///< mean over the validation set, after the epoch
  double validation_accuracy = not_measured;  ///< fraction of the validation set, in [0, 1], after the epoch
  double learning_rate = not_measured;        ///< of the last step, after the schedule
  double seconds = not_measured;              ///< wall clock, validation included
};

/// A whole training.
struct History {
  std::vector<EpochRecord> epochs;
  int best_epoch = 0;  ///< number of the epoch whose parameters were kept, counted from 1; 0 before the first
};

/// Writes `history` as comma-separated values: a line of names, then one for each epoch. Numbers are the shortest that
/// read back as the same double, whatever the locale; what was not measured is empty. Errors are left in the state of
/// the stream.
QNN_COLD inline void write_csv(std::ostream& stream, const History& history) {
  stream << "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy,learning_rate,seconds\n";
  const auto write_number = [&stream](auto number) {
    std::array<char, 32> text;  // the longest double, "-2.2250738585072014e-308", has 24 characters
    const char* end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    stream << std::string_view(text.data(), static_cast<std::size_t>(end - text.data()));
  };
  for (const EpochRecord& record : history.epochs) {
    write_number(record.epoch);
    for (const double value : {record.training_loss, record.training_accuracy, record.validation_loss,
                               record.validation_accuracy, record.learning_rate, record.seconds}) {
      stream << ',';
      if (!std::isnan(value)) {
        write_number(value);
      }
    }
    stream << '\n';
  }
}

}  // namespace qnn
