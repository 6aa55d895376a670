// SPDX-License-Identifier: MIT
/// @file
/// A training in between, into a safetensors file and back. Opt-in: uses nlohmann_json.
///
/// Tensors "parameters", "moments" (of the optimizer), "average", "best" (F32); metadata "checkpoint.epoch", ".step",
/// ".best_score", ".best_epoch" and the columns of the history, "checkpoint.history.training_loss" and so on, as lists.
/// Every number comes back with the same bits. No tensor holds NaN or infinity.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/aligned.hpp"
#include "qnn/core/error.hpp"
#include "qnn/io/architecture_signature.hpp"
#include "qnn/io/number_text.hpp"
#include "qnn/io/safetensors.hpp"
#include "qnn/io/strict_reader.hpp"
#include "qnn/scheme/range.hpp"
#include "qnn/training/options.hpp"
#include "qnn/training/trainee.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qnn {

namespace detail {

inline const std::string checkpoint_prefix = "checkpoint.";
inline const std::string history_prefix = "checkpoint.history.";

/// Most floats that an optimizer keeps for each parameter: bounds the file that is read. Adam keeps 2.
inline constexpr Index most_slots = 8;

/// The columns of a history but the number of the epoch.
inline constexpr std::array<std::pair<std::string_view, double EpochRecord::*>, 6> history_columns{
    {{"training_loss", &EpochRecord::training_loss},
     {"training_accuracy", &EpochRecord::training_accuracy},
     {"validation_loss", &EpochRecord::validation_loss},
     {"validation_accuracy", &EpochRecord::validation_accuracy},
     {"learning_rate", &EpochRecord::learning_rate},
     {"seconds", &EpochRecord::seconds}}};

template <class T, class Member>
std::vector<T> column(const History& history, Member member) {
  std::vector<T> values;
  for (const EpochRecord& record : history.epochs) {
    values.push_back(record.*member);
  }
  return values;
}

QNN_COLD inline void put_history(TensorFile& file, const History& history) {
  file.set_metadata(history_prefix + "epoch", list_text<int>(column<int>(history, &EpochRecord::epoch)));
  for (const auto& [name, member] : history_columns) {
    file.set_metadata(history_prefix + std::string(name), list_text<double>(column<double>(history, member)));
  }
  file.set_metadata(checkpoint_prefix + "best_epoch", number_text(history.best_epoch));
}

/// The history of `epochs` epochs.
QNN_COLD inline History get_history(const StrictReader& reader, int epochs) {
  History history;
  history.best_epoch = reader.number<int>(checkpoint_prefix + "best_epoch");
  if (history.best_epoch < 0 || history.best_epoch > epochs) {
    reader.refuse(StrictReader::name_of_key(checkpoint_prefix + "best_epoch"), "0 to " + std::to_string(epochs),
                  std::to_string(history.best_epoch));
  }
  // The list first: what is allocated is bounded by the size of the file.
  const auto numbers = reader.list<int>(history_prefix + "epoch", static_cast<std::size_t>(epochs));
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    if (const int found = numbers[static_cast<std::size_t>(epoch) - 1]; found != epoch) {
      reader.refuse(StrictReader::name_of_key(history_prefix + "epoch"), std::to_string(epoch), std::to_string(found));
    }
    history.epochs.push_back({.epoch = epoch});
  }
  for (const auto& [name, member] : history_columns) {
    const auto values = reader.list<double>(history_prefix + std::string(name), numbers.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      history.epochs[i].*member = values[i];
    }
  }
  return history;
}

}  // namespace detail

/// Writes the state of a training of this architecture to `path`, whole or not at all: a crash while writing leaves the
/// checkpoint before.
///
/// @code
///   options.after_epoch = [](const qnn::TrainingState& state) { qnn::save_checkpoint<LeNet>("lenet.ckpt", state); };
/// @endcode
/// @tparam P what is trained: Float32, or FakeQuant<...>
/// @throws ArgumentError where the state is not one of this architecture, or has more than 8 floats of an optimizer for
///         each parameter
/// @throws NumericError where a parameter or moment is NaN or infinite; the checkpoint before stays
/// @throws FileError where the file cannot be written
template <class Architecture, class P = Float32>
QNN_COLD void save_checkpoint(const std::filesystem::path& path, const TrainingState& state) {
  constexpr Index size = Trainee<Architecture, P>::Layout::size;
  if (std::ssize(state.parameters) != size || std::ssize(state.best) != size) {
    throw ArgumentError(
        "save_checkpoint: state", "one of this architecture, " + std::to_string(size) + " parameters",
        std::to_string(state.parameters.size()) + ", and " + std::to_string(state.best.size()) + " of the best epoch");
  }
  if (std::ssize(state.optimizer) > detail::most_slots * size) {
    throw ArgumentError(
        "save_checkpoint: optimizer",
        "at most " + std::to_string(detail::most_slots) + " floats for each of " + std::to_string(size) + " parameters",
        std::to_string(state.optimizer.size()));
  }
  for (const AlignedVector<float>* values : {&state.parameters, &state.average, &state.best, &state.optimizer}) {
    if (!values->empty() && !range_of(*values).finite()) {
      throw NumericError("qnn: save_checkpoint: the state holds NaN or infinity; no training could go on from that");
    }
  }
  TensorFile file;
  detail::sign<Architecture>(file);
  file.add<float>("parameters", {size}, state.parameters);
  file.add<float>("moments", {std::ssize(state.optimizer)}, state.optimizer);
  file.add<float>("average", {std::ssize(state.average)}, state.average);
  file.add<float>("best", {size}, state.best);
  file.set_metadata(detail::checkpoint_prefix + "epoch", detail::number_text(state.epoch));
  file.set_metadata(detail::checkpoint_prefix + "step", detail::number_text(state.step));
  file.set_metadata(detail::checkpoint_prefix + "best_score", detail::number_text(state.best_score));
  detail::put_history(file, state.history);
  file.write(path);
}

/// The state that `save_checkpoint` wrote. A training goes on from it as if it had never stopped, bit for bit, where
/// examples, loss, optimizer, options (the final number of epochs among them, which the schedule depends on) and number
/// of threads are the same; `train` refuses moments of an optimizer with more or fewer of them.
///
/// @code
///   qnn::train(net, data.train, qnn::CrossEntropy{}, qnn::Adam{}, options, qnn::load_checkpoint<LeNet>("lenet.ckpt"));
/// @endcode
/// @throws FileError for a file that cannot be read, is no checkpoint, is larger than any of this architecture,
///         belongs to another format or architecture, holds NaN or infinity (but in the history), or contradicts itself
template <class Architecture, class P = Float32>
QNN_COLD TrainingState load_checkpoint(const std::filesystem::path& path) {
  constexpr Index size = Trainee<Architecture, P>::Layout::size;
  // parameters, average, best, slots
  constexpr auto bytes = static_cast<std::uint64_t>(3 + detail::most_slots) * sizeof(float);
  detail::StrictReader reader(path, detail::largest_file(bytes, size));
  reader.check_architecture<Architecture>();
  TrainingState state;
  state.epoch = reader.number<int>(detail::checkpoint_prefix + "epoch");
  state.step = reader.number<std::int64_t>(detail::checkpoint_prefix + "step");
  state.best_score = reader.number<double>(detail::checkpoint_prefix + "best_score");
  if (std::isnan(state.best_score)) {  // infinite before the first epoch
    reader.refuse(detail::StrictReader::name_of_key(detail::checkpoint_prefix + "best_score"), "a number", "nan");
  }
  if (state.epoch < 0 || state.step < state.epoch) {
    reader.refuse(detail::StrictReader::name_of_key(detail::checkpoint_prefix + "step"),
                  "at least one in each of " + std::to_string(state.epoch) + " complete epochs",
                  std::to_string(state.step));
  }
  state.history = detail::get_history(reader, state.epoch);
  const auto get = [&](const std::string& name, Index elements) {
    const std::span<const float> values = reader.tensor<float>(name, {elements});
    detail::check_finite(reader, name, values);
    return AlignedVector<float>(values.begin(), values.end());
  };
  state.parameters = get("parameters", size);
  state.best = get("best", size);
  state.optimizer = get("moments", reader.size_of_tensor("moments"));
  state.average = get("average", reader.size_of_tensor("average") == 0 ? 0 : size);
  reader.check_complete();
  return state;
}

}  // namespace qnn
