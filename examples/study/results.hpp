// SPDX-License-Identifier: MIT
/// @file
/// What the study finds out, as plain numbers: written by measure.hpp, read by tables, charts and the report.
#pragma once

#include "environment.hpp"
#include "histogram.hpp"
#include "methods.hpp"
#include "options.hpp"

#include "../recipe/recipe.hpp"

#include "qnn/training/history.hpp"

#include <array>
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
  std::string method;      ///< "min-max"; empty for float32
  std::string arithmetic;  ///< all of it, in words
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

  bool is_int8() const { return name.starts_with("int8"); }
  /// "int8 symmetric per-channel, entropy"; the usual method goes without saying.
  std::string label() const { return method.empty() || method == all_methods[0].name ? name : name + ", " + method; }
};

/// What stages have that are tried one by one.
inline constexpr std::array<std::string_view, 2> sensitivity_formats{"int8", "int4"};

/// What it costs that one stage alone has few bits, weights and activations, by the formats.
struct StageSensitivity {
  std::string stage;                                           ///< "3 Dense"
  std::array<double, sensitivity_formats.size()> change = {};  ///< of the accuracy, against float32 on the same images
  std::array<double, sensitivity_formats.size()> decibels = {};  ///< signal to noise of the network's outputs
};

/// The same again from another start: trained and quantized with this seed.
struct Repetition {
  std::uint64_t seed;
  std::vector<PrecisionResult> precisions;  ///< as those of the model, without sizes and times
};

/// One line of the description of a network.
struct LayerLine {
  Index layer;
  std::string name, details, output;
  Index parameters, multiplications;
  std::vector<Index> sources = {};  ///< the layers that it reads
};

/// One architecture, quantized in all ways; the first of them is float32.
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
  std::vector<std::string> left_out = {};  ///< what was asked for and does not apply, in words
  std::vector<TensorHistogram> weights = {}, activations = {};
  std::vector<StageSensitivity> sensitivities = {};
  Index sensitivity_images = 0;
  std::vector<Repetition> repetitions = {};  ///< from further seeds

  const PrecisionResult& reference() const { return precisions.front(); }
};

/// The first result of each precision: what depends on the precision alone stands in it.
inline std::vector<const PrecisionResult*> one_of_each_precision(const ModelResult& model) {
  std::vector<const PrecisionResult*> firsts;
  for (const PrecisionResult& result : model.precisions) {
    if (firsts.empty() || firsts.back()->name != result.name) {
      firsts.push_back(&result);
    }
  }
  return firsts;
}

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
