// SPDX-License-Identifier: MIT
/// @file
/// The study of one architecture, from the first epoch to the last figure.
#pragma once

#include "architectures.hpp"
#include "calibrators.hpp"
#include "measure.hpp"
#include "parts.hpp"
#include "quantizer.hpp"
#include "text.hpp"

#include "qnn/qnn.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace study {

/// "models/cnn-int8-symmetric-per-channel.safetensors"
inline std::filesystem::path model_file(const Options& options, const Model& model, const PrecisionResult& result) {
  std::string name = model.name + "-" + result.label();
  std::erase(name, ',');
  std::ranges::replace(name, ' ', '-');
  return options.output / "models" / (name + ".safetensors");
}

/// "  W4A8, entropy: 88.51 % (-0.12)"
inline void print_quality(const PrecisionResult& result, const PrecisionResult& reference) {
  std::cout << "  " << result.label() << ": " << percent(result.accuracy) << " %";
  if (&result != &reference) {
    std::cout << " (" << with_sign(100 * (result.accuracy - reference.accuracy), 2) << ")";
  }
  std::cout << std::endl;
}

/// One training and all that is quantized from it. The first of the subjects is the float network.
template <class Architecture>
class SeedStudy {
 public:
  SeedStudy(const Model& model, const examples::Recipe& recipe, const Options& options, const StudyData& data)
      : recipe_(recipe),
        options_(options),
        data_(data),
        calibration_(data.train.first(std::min(options.calibration, data.train.size()))) {
    auto network = std::make_unique<FloatNetwork<Architecture>>(qnn::HeNormal{.seed = options.seed});
    history_ = Training<Architecture>::train_or_load(*network, model, recipe, options, data);
    trained_.emplace(*network, qnn::observe(*network, calibration_));
    add(std::make_unique<SubjectAt<Architecture, qnn::Float32>>(std::move(network)), trained_->network);
  }

  void quantize(const Quantizer<Architecture>& quantizer, const Method& method) {
    const View& view = view_for(method);
    qnn::Ranges<Architecture> ranges;
    std::ranges::copy(choose_ranges(method.calibrator, view.seen.of_layer, quantizer.activations),
                      ranges.of_layer.begin());
    add(quantizer.quantize({view.network, ranges, recipe_, calibration_, data_, options_}, method), view.network);
  }

  /// Each against the float network that it was made from: equalization changes what lies between the stages.
  void measure_noise() {
    const qnn::Dataset images = calibration_.first(std::min<Index>(256, calibration_.size()));
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      subjects_[i]->measure_noise(*origins_[i], images);
    }
  }

  const FloatNetwork<Architecture>& network() const { return trained_->network; }
  const qnn::Dataset& calibration() const { return calibration_; }
  qnn::History& history() { return history_; }
  std::vector<SubjectPointer<Architecture>>& subjects() { return subjects_; }
  /// Of the float network, every value held.
  qnn::Ranges<Architecture> ranges() const {
    qnn::Ranges<Architecture> ranges;
    std::ranges::transform(trained_->seen.of_layer, ranges.of_layer.begin(),
                           [](const qnn::Observation& seen) { return seen.empty() ? qnn::Range{} : seen.range(); });
    return ranges;
  }
  std::vector<PrecisionResult> take_results() {
    std::vector<PrecisionResult> results;
    for (auto& subject : subjects_) {
      results.push_back(std::move(subject->result));
    }
    return results;
  }

 private:
  /// A float network and what calibration sees of it.
  struct View {
    FloatNetwork<Architecture> network;
    qnn::Observations<Architecture> seen;
    View(const FloatNetwork<Architecture>& of, qnn::Observations<Architecture> observed)
        : network(of), seen(std::move(observed)) {}
  };

  const View& view_for(const Method& method) {
    if (!method.equalizes) {
      return *trained_;
    }
    if (!equalized_) {
      const FloatNetwork<Architecture> network = qnn::equalize(trained_->network);
      equalized_.emplace(network, qnn::observe(network, calibration_));
    }
    return *equalized_;
  }

  void add(SubjectPointer<Architecture> subject, const FloatNetwork<Architecture>& origin) {
    subjects_.push_back(std::move(subject));
    origins_.push_back(&origin);
    subjects_.back()->measure_quality(data_, options_);
    print_quality(subjects_.back()->result, subjects_.front()->result);
  }

  const examples::Recipe& recipe_;
  const Options& options_;
  const StudyData& data_;
  qnn::Dataset calibration_;
  qnn::History history_;
  std::optional<View> trained_, equalized_;
  std::vector<SubjectPointer<Architecture>> subjects_;
  std::vector<const FloatNetwork<Architecture>*> origins_;  ///< of each subject
};

template <class Architecture>
void describe_model(ModelResult& result) {
  for (const qnn::LayerDescription& line : qnn::describe<Architecture>()) {
    result.layers.push_back({line.layer, line.name, line.details, qnn::to_string(line.output), line.parameters,
                             line.multiplications, line.sources});
  }
  result.fingerprint = qnn::fingerprint<Architecture>();
}

/// Quantizes in all ways that the user asks for; returns in words which do not apply.
template <class Architecture>
std::vector<std::string> quantize_all(SeedStudy<Architecture>& study, const Options& options) {
  std::vector<std::string> left_out;
  for (const Quantizer<Architecture>& quantizer : chosen_quantizers<Architecture>(options)) {
    for (const Method& method : all_methods) {
      if (!options.wants_method(method.name)) {
        continue;
      }
      if (quantizer.takes(method)) {
        study.quantize(quantizer, method);
      } else {
        left_out.push_back(std::string(quantizer.precision.name) + ", " + std::string(method.name));
      }
    }
  }
  return left_out;
}

/// Speed depends on the precision alone: its first subject is timed for all.
template <class Architecture>
void measure_times(std::vector<SubjectPointer<Architecture>>& subjects, const Options& options) {
  std::cout << "  timing ..." << std::endl;
  std::map<std::string, Subject<Architecture>*> timed;
  std::vector<Subject<Architecture>*> in_turn;
  for (const auto& subject : subjects) {
    if (timed.emplace(subject->result.name, subject.get()).second) {
      in_turn.push_back(subject.get());
    }
  }
  const int rounds = options.quick ? 1 : 5;
  for (int round = 0; round < rounds; ++round) {
    for (Subject<Architecture>* subject : in_turn) {
      subject->measure_time(options.quick ? 0.01 : 0.08);
    }
  }
  for (const auto& subject : subjects) {
    subject->result.latency = timed[subject->result.name]->result.latency;
    subject->result.throughput = timed[subject->result.name]->result.throughput;
  }
}

/// What is measured of the first seed alone.
template <class Architecture>
void examine(SeedStudy<Architecture>& study, ModelResult& result, const Model& model, const Options& options,
             const StudyData& data) {
  for (const auto& subject : study.subjects()) {
    subject->measure_size(model_file(options, model, subject->result));
  }
  study.measure_noise();
  measure_times(study.subjects(), options);
  Distributions<Architecture>::record(result, study.network(), study.ranges(), study.calibration());
  std::cout << "  sensitivity of each stage ..." << std::endl;
  const qnn::Dataset images = data.test.first(std::min<Index>(options.quick ? 100 : 1000, data.test.size()));
  result.sensitivity_images = images.size();
  result.sensitivities = Sensitivities<Architecture>::of(study.network(), study.ranges(), images);
}

template <class Architecture>
ModelResult NetworkStudy<Architecture>::run(const Model& model, const Options& options, const StudyData& data) {
  ModelResult result{
      .name = model.name,
      .title = model.title,
      .recipe = recipe_of(model, options, data),
      .optimizer = std::is_same_v<OptimizerOf<Architecture>, qnn::Sgd> ? "SGD with Nesterov's momentum" : "AdamW"};
  describe_model<Architecture>(result);
  for (Index i = 0; i < data.test.size(); ++i) {
    result.labels.push_back(data.test.label(i));
  }
  for (int repetition = 0; repetition < options.repeat; ++repetition) {
    Options seeded = options;
    seeded.seed += static_cast<std::uint64_t>(repetition);
    std::cout << '\n' << model.title << " (" << model.name << "), seed " << seeded.seed << std::endl;
    SeedStudy<Architecture> study(model, result.recipe, seeded, data);
    result.left_out = quantize_all(study, seeded);
    if (repetition == 0) {
      examine(study, result, model, seeded, data);
      result.history = std::move(study.history());
      result.precisions = study.take_results();
    } else {
      result.repetitions.push_back({seeded.seed, study.take_results()});
    }
  }
  for (const std::string& way : result.left_out) {
    std::cout << "  left out: " << way << ", which is for int8 per channel and for fewer bits" << std::endl;
  }
  return result;
}

}  // namespace study
