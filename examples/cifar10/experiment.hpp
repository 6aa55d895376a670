// SPDX-License-Identifier: MIT
/// @file
/// What the program does with one network: train, quantize, compare.
#pragma once

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
  int epochs = 60;
  Index batch = 128;
  double learning_rate = 0.2;  ///< the peak of the one-cycle schedule
  double weight_decay = 5e-4;
  double average = 0.999;
  double validation = 0.02;
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
  double accuracy, agreement;
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
  const qnn::History history =
      qnn::train(network, data.train, qnn::CrossEntropy{.label_smoothing = 0.1f},
                 qnn::Sgd{.learning_rate = static_cast<float>(options.learning_rate),
                          .momentum = 0.9f,
                          .nesterov = true,
                          .weight_decay = static_cast<float>(options.weight_decay)},
                 {.epochs = options.epochs,
                  .batch = options.batch,
                  .validation = options.validation,
                  .monitor = qnn::Monitor::accuracy,
                  .schedule = qnn::OneCycle{},
                  .augment = qnn::augmentation({32, 32, 3}, qnn::RandomShift{4}, qnn::RandomFlip{}),
                  .average = options.average,
                  .seed = options.seed,
                  .threads = options.threads,
                  .after_epoch = save_state},
                 std::move(state));
  qnn::save(options.output / (options.model + ".safetensors"), network);
  qnn::write_file_atomically(options.output / (options.model + "-history.csv"),
                             [&](std::ostream& stream) { qnn::write_csv(stream, history); });
}

template <class P, class Architecture>
Line quantized(const std::string& name, const qnn::Network<Architecture, qnn::Float32>& network,
               const qnn::Ranges<Architecture>& ranges, const qnn::Dataset& test) {
  const auto integer = std::make_unique<qnn::Network<Architecture, P>>();
  qnn::quantize_to(*integer, network, ranges);
  return {name, qnn::evaluate(*integer, test).accuracy, qnn::agreement(network, *integer, test),
          integer->parameter_bytes(), qnn::arena_bytes<Architecture, P>};
}

inline void print(const std::vector<Line>& lines) {
  std::cout << "\nprecision                 accuracy  as float32  parameters, bytes  activations, bytes\n";
  for (const Line& line : lines) {
    std::cout << std::left << std::setw(24) << line.precision << std::right << std::fixed << std::setprecision(2)
              << std::setw(8) << 100 * line.accuracy << " %" << std::setw(10) << 100 * line.agreement << " %"
              << std::setw(19) << line.bytes << std::setw(20) << line.activations << '\n';
  }
}

/// All of it, for one architecture.
template <class Architecture>
void run(const Data& data, const Options& options) {
  using qnn::Symmetric, qnn::Asymmetric, qnn::PerTensor, qnn::PerChannel;
  qnn::Network<Architecture, qnn::Float32> network(qnn::HeNormal{.seed = options.seed});
  train(network, data, options);
  const auto ranges = qnn::calibrate(network, data.train.first(std::min(options.calibration, data.train.size())));
  print({{"float32", qnn::evaluate(network, data.test).accuracy, 1.0, network.parameter_bytes(),
          qnn::arena_bytes<Architecture, qnn::Float32>},
         quantized<qnn::Int16<>>("int16", network, ranges, data.test),
         quantized<qnn::Int8<Symmetric>>("int8", network, ranges, data.test),
         quantized<qnn::Int8<Asymmetric>>("int8, asymmetric", network, ranges, data.test),
         quantized<qnn::Int8<Symmetric, PerTensor>>("int8, per tensor", network, ranges, data.test)});
}

void run_resnet8(const Data& data, const Options& options);
void run_resnet20(const Data& data, const Options& options);

}  // namespace cifar10
