// SPDX-License-Identifier: MIT
/// @file
/// Everything that is measured of one network at one precision.
#pragma once

#include "integers.hpp"
#include "stages.hpp"
#include "subject.hpp"

#include "qnn/qnn.hpp"
#include "qnn/safetensors.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace study {

/// The subject of precision P.
template <class Architecture, class P>
struct SubjectAt final : Subject<Architecture> {
  explicit SubjectAt(std::unique_ptr<qnn::Network<Architecture, P>> measured);
  void measure_quality(const StudyData& data, const Options& options) override;
  void measure_size(const std::filesystem::path& file) override;
  void measure_noise(const FloatNetwork<Architecture>& reference, const qnn::Dataset& images) override;
  void measure_time(double seconds) override;
  using Subject<Architecture>::result;

 private:
  double time_of_call(Index batch, double seconds) const;

  std::unique_ptr<qnn::Network<Architecture, P>> network_;
};

/// Enters what was found with the test data.
inline void record_quality(PrecisionResult& result, const qnn::Evaluation& found) {
  result.accuracy = found.accuracy;
  result.top2 = found.top_accuracy;
  result.loss = found.loss;
  for (Index truth = 0; truth < found.confusion.classes(); ++truth) {
    auto& row = result.confusion.emplace_back();
    for (Index prediction = 0; prediction < found.confusion.outputs(); ++prediction) {
      row.push_back(found.confusion(truth, prediction));
    }
  }
}

template <class Architecture, class P>
SubjectAt<Architecture, P>::SubjectAt(std::unique_ptr<qnn::Network<Architecture, P>> measured)
    : network_(std::move(measured)) {
  result.arithmetic = P::name();
  result.parameter_bytes = network_->parameter_bytes();
  result.arena_bytes = qnn::arena_bytes<Architecture, P>;
  if constexpr (std::is_same_v<P, qnn::Float32>) {
    result.name = "float32";
  } else {
    result.name = short_name<P>();
  }
}

template <class Architecture, class P>
void SubjectAt<Architecture, P>::measure_quality(const StudyData& data, const Options& options) {
  record_quality(result, qnn::evaluate(*network_, data.test, {.top = 2, .threads = options.threads}));
  result.predictions =
      qnn::classes_of<typename qnn::Trace<Architecture>::output>(qnn::predict(*network_, data.test, options.threads));
  if (data.other) {
    result.other_accuracy = qnn::evaluate(*network_, *data.other, {.threads = options.threads}).accuracy;
  }
}

template <class Architecture, class P>
void SubjectAt<Architecture, P>::measure_size(const std::filesystem::path& file) {
  qnn::save(file, *network_);
  result.file_bytes = static_cast<Index>(std::filesystem::file_size(file));
}

inline void record_noise(PrecisionResult& result, const std::vector<LayerOfStage>& layers,
                         const std::vector<qnn::SignalToNoise>& stages) {
  const std::vector<std::string> names = stage_names(layers);
  std::vector<std::size_t> ends;
  for (const qnn::SignalToNoise& noise : stages) {
    ends.push_back(static_cast<std::size_t>(noise.layer));
    result.stages.push_back({names[ends.back()], noise.decibels(), noise.bias()});
  }
  const auto before = stages_before(layers, ends);
  for (std::size_t i = 0; i < before.size(); ++i) {
    result.stages[i].before = before[i];
  }
}

template <class Architecture, class P>
void SubjectAt<Architecture, P>::measure_noise([[maybe_unused]] const FloatNetwork<Architecture>& reference,
                                               [[maybe_unused]] const qnn::Dataset& images) {
  if constexpr (!std::is_same_v<P, qnn::Float32>) {
    record_noise(result, layers_of_stages<Architecture>(), qnn::signal_to_noise(reference, *network_, images));
  }
}

/// Median seconds of one call of forward(), from as many calls as `seconds` allow.
template <class Architecture, class P>
double SubjectAt<Architecture, P>::time_of_call(Index batch, double seconds) const {
  const double once = qnn::latency(*network_, {.batch = batch, .repetitions = 3}).median;
  const int repetitions = static_cast<int>(std::clamp(seconds / once, 5.0, 5000.0));
  return qnn::latency(*network_, {.batch = batch, .repetitions = repetitions}).median;
}

template <class Architecture, class P>
void SubjectAt<Architecture, P>::measure_time(double seconds) {
  constexpr Index batch = 64;
  const double alone = time_of_call(1, seconds);
  const double many = static_cast<double>(batch) / time_of_call(batch, seconds);
  result.latency = result.latency == 0 ? alone : std::min(result.latency, alone);
  result.throughput = std::max(result.throughput, many);
}

}  // namespace study
