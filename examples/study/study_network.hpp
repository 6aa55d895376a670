// SPDX-License-Identifier: MIT
/// @file
/// The study of one architecture, from the first epoch to the last figure.
#pragma once

#include "data.hpp"
#include "distributions.hpp"
#include "integers.hpp"
#include "measure.hpp"
#include "models.hpp"
#include "options.hpp"
#include "results.hpp"
#include "text.hpp"
#include "training.hpp"

#include "qnn/qnn.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <tuple>
#include <utility>

namespace study {

/// What is compared: float32 first, as everything else is measured against it.
template <class Architecture>
using Subjects = std::tuple<Subject<Architecture, qnn::Float32>, Subject<Architecture, Int16>,
                            Subject<Architecture, SymmetricPerChannel>, Subject<Architecture, SymmetricPerTensor>,
                            Subject<Architecture, AsymmetricPerChannel>, Subject<Architecture, AsymmetricPerTensor>>;

template <class Architecture, class Function>
void for_each_subject(Subjects<Architecture>& subjects, Function&& function) {
  std::apply([&](auto&... subject) { (function(subject), ...); }, subjects);
}

/// "models/cnn-int8-symmetric-per-channel.safetensors"
inline std::filesystem::path model_file(const Options& options, const Model& model, std::string precision) {
  std::ranges::replace(precision, ' ', '-');
  return options.output / "models" / (model.name + "-" + precision + ".safetensors");
}

template <class Architecture>
void describe_model(ModelResult& result) {
  for (const qnn::LayerDescription& line : qnn::describe<Architecture>()) {
    result.layers.push_back({line.layer, line.name, line.details, qnn::to_string(line.output), line.parameters,
                             line.multiplications, line.sources});
  }
  result.fingerprint = qnn::fingerprint<Architecture>();
}

/// @tparam Optimizer  see examples::optimizer_of
template <class Architecture, class Optimizer = qnn::AdamW>
ModelResult study_network(const Model& model, const Options& options, const StudyData& data) {
  std::cout << '\n' << model.title << " (" << model.name << ")" << std::endl;
  ModelResult result{.name = model.name,
                     .title = model.title,
                     .recipe = recipe_of(model, options, data),
                     .optimizer = std::is_same_v<Optimizer, qnn::Sgd> ? "SGD with Nesterov's momentum" : "AdamW"};
  describe_model<Architecture>(result);
  Subjects<Architecture> subjects;
  result.history = train_or_load<Optimizer>(std::get<0>(subjects).network, model, result.recipe, options, data);
  const qnn::Network<Architecture, qnn::Float32>& trained = *std::get<0>(subjects).network;
  for (Index i = 0; i < data.test.size(); ++i) {
    result.labels.push_back(data.test.label(i));
  }

  const qnn::Dataset calibration = data.train.first(std::min(options.calibration, data.train.size()));
  std::cout << "  calibrating on " << counted(calibration.size(), "image") << " ..." << std::endl;
  const qnn::Ranges<Architecture> ranges = qnn::calibrate(trained, calibration);

  for_each_subject<Architecture>(subjects, [&]<class P>(Subject<Architecture, P>& subject) {
    subject.prepare(trained, ranges);
    subject.measure_quality(data, options);
    subject.measure_size(model_file(options, model, subject.result.name));
    const double change = subject.result.accuracy - std::get<0>(subjects).result.accuracy;
    std::cout << "  " << subject.result.name << ": " << percent(subject.result.accuracy) << " %";
    if constexpr (!std::is_same_v<P, qnn::Float32>) {
      subject.measure_noise(trained, calibration.first(std::min<Index>(256, calibration.size())));
      std::cout << " (" << with_sign(100 * change, 2) << ")";
    }
    std::cout << std::endl;
  });

  std::cout << "  timing ..." << std::endl;
  const int rounds = options.quick ? 1 : 5;
  for (int round = 0; round < rounds; ++round) {
    for_each_subject<Architecture>(subjects, [&](auto& subject) { subject.measure_time(options.quick ? 0.01 : 0.08); });
  }

  const auto& symmetric = *std::get<2>(subjects).network;
  const auto& asymmetric = *std::get<4>(subjects).network;
  result.weights = weight_histograms(trained, symmetric);
  result.activations = activation_histograms(trained, ranges, symmetric, asymmetric, calibration);
  for_each_subject<Architecture>(subjects,
                                 [&](auto& subject) { result.precisions.push_back(std::move(subject.result)); });
  return result;
}

}  // namespace study
