// SPDX-License-Identifier: MIT
/// @file
/// What the study finds out, as plain numbers: written by measure.hpp, read by tables, charts and the report.
#pragma once

#include "environment.hpp"
#include "histogram.hpp"
#include "options.hpp"

#include "../recipe/recipe.hpp"

#include "qnn/training/history.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace study {

/// Error of one tensor of an integer network against its float twin.
struct StageNoise {
  std::string stage;                     ///< "3 Dense + ReLU"
  double decibels;                       ///< signal to quantization noise
  double bias;                           ///< mean signed error, in the units of the tensor
  std::vector<std::size_t> before = {};  ///< the stages that it reads, by their places in the list
};

/// How many images two networks see differently.
struct Pairing {
  Index images = 0;
  Index gained = 0;  ///< right now, wrong in the reference
  Index lost = 0;    ///< wrong now, right in the reference
  Index same_class = 0;
};

/// One network at one precision.
struct PrecisionResult {
  std::string name;        ///< "int8 symmetric per-channel"
  std::string arithmetic;  ///< all of it, in words
  int bits = 32;           ///< of a weight
  double accuracy = 0, top2 = 0, loss = 0;
  Index parameter_bytes = 0;  ///< weights, biases, scales and multipliers; vector kernels keep a copy besides
  Index file_bytes = 0;
  Index arena_bytes = 0;                      ///< activations of one image while the network runs
  double latency = 0;                         ///< seconds for one image alone
  double throughput = 0;                      ///< images a second, 64 at a time
  double other_accuracy = qnn::not_measured;  ///< on the second data set
  std::vector<std::int32_t> predictions;      ///< class of each test image
  std::vector<std::vector<Index>> confusion;  ///< [truth][prediction]
  std::vector<StageNoise> stages;             ///< empty for float32
};

/// One line of the description of a network.
struct LayerLine {
  Index layer;
  std::string name, details, output;
  Index parameters, multiplications;
  std::vector<Index> sources = {};  ///< the layers that it reads
};

/// One architecture at all precisions; the first of them is float32.
struct ModelResult {
  std::string name = {};   ///< "mlp"
  std::string title = {};  ///< "Multilayer perceptron"
  std::vector<LayerLine> layers = {};
  std::string fingerprint = {};
  examples::Recipe recipe = {};           ///< of the training
  std::string optimizer = {};             ///< in words
  qnn::History history = {};              ///< empty where trained weights were loaded
  std::vector<std::int32_t> labels = {};  ///< of the test images
  std::vector<PrecisionResult> precisions = {};
  std::vector<TensorHistogram> weights = {}, activations = {};

  const PrecisionResult& reference() const { return precisions.front(); }
};

struct StudyResult {
  Options options = {};
  Environment environment = {};
  int threads = 1;
  std::vector<std::string> class_names = {};
  Index training_images = 0, test_images = 0, other_images = 0;
  std::vector<ModelResult> models = {};
};

/// Compares predictions image by image.
inline Pairing compare(const PrecisionResult& one, const PrecisionResult& reference,
                       const std::vector<std::int32_t>& labels) {
  Pairing pairing{.images = static_cast<Index>(labels.size())};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const bool right = one.predictions[i] == labels[i], was_right = reference.predictions[i] == labels[i];
    pairing.gained += right && !was_right ? 1 : 0;
    pairing.lost += !right && was_right ? 1 : 0;
    pairing.same_class += one.predictions[i] == reference.predictions[i] ? 1 : 0;
  }
  return pairing;
}

}  // namespace study
