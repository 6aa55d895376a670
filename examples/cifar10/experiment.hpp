// SPDX-License-Identifier: MIT
/// @file
/// What the program does with one network: train, quantize, compare.
#pragma once

#include "../recipe/training.hpp"
#include "../study/csv.hpp"

#include "qnn/data.hpp"
#include "qnn/models/resnet.hpp"
#include "qnn/qnn.hpp"
#include "qnn/safetensors.hpp"

#include <cstdint>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace cifar10 {

using qnn::Index;

struct Options {
  std::string model = "resnet8";
  examples::Recipe recipe = examples::residual_recipe;
  std::uint64_t seed = 1;
  int threads = 0;
  Index calibration = 2048;
  Index images = 50000;
  std::filesystem::path data, output, checkpoint;
};

/// Images normalized by the mean and deviation of each colour over the training set.
struct Data {
  qnn::Dataset train, test;
};

/// Accuracy of a network, and how often it answers as float32 does.
struct Line {
  std::string precision;
  double accuracy, loss, agreement;
  Index bytes, activations;
};

/// Trains, or takes up a training where its checkpoint stands. Writes history and weights to the output folder.
template <class Architecture>
void train(qnn::Network<Architecture, qnn::Float32>& network, const Data& data, const Options& options) {
  qnn::TrainingState state;
  if (!options.checkpoint.empty() && std::filesystem::exists(options.checkpoint)) {
    state = qnn::load_checkpoint<Architecture>(options.checkpoint);
    std::cout << "going on behind epoch " << state.epoch << " of " << options.checkpoint.string() << '\n';
  }
  const auto save_state = [&](const qnn::TrainingState& after) {
    if (!options.checkpoint.empty()) {
      qnn::save_checkpoint<Architecture>(options.checkpoint, after);
    }
  };
  qnn::TrainingOptions how = examples::training_options(options.recipe, data.train.extents());
  how.seed = options.seed;
  how.threads = options.threads;
  how.after_epoch = save_state;
  const qnn::History history = qnn::train(network, data.train, examples::loss_of(options.recipe),
                                          examples::optimizer_of<qnn::Sgd>(options.recipe), how, std::move(state));
  qnn::save(options.output / (options.model + ".safetensors"), network);
  qnn::write_file_atomically(options.output / (options.model + "-history.csv"),
                             [&](std::ostream& stream) { qnn::write_csv(stream, history); });
}

template <class Architecture, class P>
Line measured(const std::string& name, const qnn::Network<Architecture, P>& network, double agreement,
              const qnn::Dataset& test) {
  const qnn::Evaluation found = qnn::evaluate(network, test);
  return {name, found.accuracy, found.loss, agreement, network.parameter_bytes(), qnn::arena_bytes<Architecture, P>};
}

template <class P, class Architecture>
Line quantized(const std::string& name, const qnn::Network<Architecture, qnn::Float32>& network,
               const qnn::Ranges<Architecture>& ranges, const qnn::Dataset& test) {
  const auto integer = std::make_unique<qnn::Network<Architecture, P>>();
  qnn::quantize_to(*integer, network, ranges);
  return measured(name, *integer, qnn::agreement(network, *integer, test), test);
}

inline void print(const std::vector<Line>& lines) {
  std::cout << "\nprecision                    accuracy  as float32  parameters, bytes  activations, bytes\n";
  for (const Line& line : lines) {
    std::cout << std::left << std::setw(27) << line.precision << std::right << std::fixed << std::setprecision(2)
              << std::setw(8) << 100 * line.accuracy << " %" << std::setw(10) << 100 * line.agreement << " %"
              << std::setw(19) << line.bytes << std::setw(20) << line.activations << '\n';
  }
}

/// Columns as in the study's results.csv.
inline void write_csv(std::ostream& stream, const std::string& model, const std::vector<Line>& lines) {
  study::write_csv_line(stream, {"dataset", "model", "precision", "accuracy", "loss", "accuracy_change", "agreement",
                                 "parameter_bytes", "arena_bytes"});
  for (const Line& line : lines) {
    study::write_csv_line(stream,
                          {"cifar10", model, line.precision, study::exact(line.accuracy), study::exact(line.loss),
                           study::exact(line.accuracy - lines.front().accuracy), study::exact(line.agreement),
                           std::to_string(line.bytes), std::to_string(line.activations)});
  }
}

/// All of it, for one architecture.
template <class Architecture>
void run(const Data& data, const Options& options) {
  using qnn::Symmetric, qnn::Asymmetric, qnn::PerTensor, qnn::PerChannel;
  qnn::Network<Architecture, qnn::Float32> network(qnn::HeNormal{.seed = options.seed});
  train(network, data, options);
  const auto ranges = qnn::calibrate(network, data.train.first(std::min(options.calibration, data.train.size())));
  const std::vector<Line> lines{
      measured("float32", network, 1.0, data.test),
      quantized<qnn::Int16<>>("int16 symmetric per-channel", network, ranges, data.test),
      quantized<qnn::Int8<Symmetric>>("int8 symmetric per-channel", network, ranges, data.test),
      quantized<qnn::Int8<Symmetric, PerTensor>>("int8 symmetric per-tensor", network, ranges, data.test),
      quantized<qnn::Int8<Asymmetric>>("int8 asymmetric per-channel", network, ranges, data.test)};
  print(lines);
  qnn::write_file_atomically(options.output / "results.csv",
                             [&](std::ostream& stream) { write_csv(stream, options.model, lines); });
}

void run_resnet8(const Data& data, const Options& options);
void run_resnet20(const Data& data, const Options& options);

}  // namespace cifar10
