// SPDX-License-Identifier: MIT
/// @file
/// The study of one architecture, from the first epoch to the last figure.
#pragma once

#include "data.hpp"
#include "distributions.hpp"
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
using Subjects = std::tuple<Subject<Architecture, qnn::Float32>,                                 //
                            Subject<Architecture, qnn::Int16<>>,                                 //
                            Subject<Architecture, qnn::Int8<qnn::Symmetric, qnn::PerChannel>>,   //
                            Subject<Architecture, qnn::Int8<qnn::Symmetric, qnn::PerTensor>>,    //
                            Subject<Architecture, qnn::Int8<qnn::Asymmetric, qnn::PerChannel>>,  //
                            Subject<Architecture, qnn::Int8<qnn::Asymmetric, qnn::PerTensor>>>;

template <class Architecture, class Function>
void for_each_subject(Subjects<Architecture>& subjects, Function&& function) {
  std::apply([&](auto&... subject) { (function(subject), ...); }, subjects);
}

/// "models/cnn-int8-symmetric-per-channel.safetensors"
inline std::filesystem::path model_file(const Options& options, const Model& model, std::string precision) {
  std::ranges::replace(precision, ' ', '-');
  return options.output / "models" / (model.name + "-" + precision + ".safetensors");
}

/// The float network is there already; the others are made from it.
template <class Architecture, class P>
void prepare_subject(Subject<Architecture, P>& subject, const qnn::Network<Architecture, qnn::Float32>& trained,
                     const qnn::Ranges<Architecture>& ranges) {
  subject.result.name = short_name<P>();
  subject.result.arithmetic = P::name();
  if constexpr (!std::is_same_v<P, qnn::Float32>) {
    subject.network = std::make_unique<qnn::Network<Architecture, P>>();
    qnn::quantize_to(*subject.network, trained, ranges);
  }
}

template <class Architecture>
void describe_model(ModelResult& result) {
  for (const qnn::LayerDescription& line : qnn::describe<Architecture>()) {
    result.layers.push_back(
        {line.layer, line.name, line.details, qnn::to_string(line.output), line.parameters, line.multiplications});
  }
  result.fingerprint = qnn::fingerprint<Architecture>();
}

template <class Architecture>
ModelResult study_network(const Model& model, const Options& options, const StudyData& data) {
  std::cout << '\n' << model.title << " (" << model.name << ")" << std::endl;
  ModelResult result{.name = model.name, .title = model.title};
  describe_model<Architecture>(result);
  Subjects<Architecture> subjects;
  result.history = train_or_load(std::get<0>(subjects).network, model, options, data);
  const qnn::Network<Architecture, qnn::Float32>& trained = *std::get<0>(subjects).network;
  result.learning_rate = options.learning_rate.value_or(model.learning_rate);
  for (Index i = 0; i < data.test.size(); ++i) {
    result.labels.push_back(data.test.label(i));
  }

  const qnn::Dataset calibration = data.train.first(std::min(options.calibration, data.train.size()));
  std::cout << "  calibrating on " << counted(calibration.size(), "image") << " ..." << std::endl;
  const qnn::Ranges<Architecture> ranges = qnn::calibrate(trained, calibration);

  for_each_subject<Architecture>(subjects, [&]<class P>(Subject<Architecture, P>& subject) {
    prepare_subject(subject, trained, ranges);
    measure_quality(subject, data, options);
    measure_size(subject, model_file(options, model, subject.result.name));
    const double change = subject.result.accuracy - std::get<0>(subjects).result.accuracy;
    std::cout << "  " << subject.result.name << ": " << percent(subject.result.accuracy) << " %";
    if constexpr (!std::is_same_v<P, qnn::Float32>) {
      measure_noise(subject, trained, calibration.first(std::min<Index>(256, calibration.size())));
      std::cout << " (" << with_sign(100 * change, 2) << ")";
    }
    std::cout << std::endl;
  });

  std::cout << "  timing ..." << std::endl;
  const int rounds = options.quick ? 1 : 5;
  for (int round = 0; round < rounds; ++round) {
    for_each_subject<Architecture>(subjects,
                                   [&](auto& subject) { measure_time(subject, options.quick ? 0.01 : 0.08); });
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
