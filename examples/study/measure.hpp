// SPDX-License-Identifier: MIT
/// @file
/// Everything that is measured of one network at one precision.
#pragma once

#include "data.hpp"
#include "options.hpp"
#include "results.hpp"
#include "stages.hpp"

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

/// A network and what is known of it so far. What it does takes compilers long, once for each precision: the integers of
/// a network have a source file of their own (integers.hpp).
template <class Architecture, class P>
struct Subject {
  using precision = P;
  std::unique_ptr<qnn::Network<Architecture, P>> network;
  PrecisionResult result;

  /// Names the precision, and makes its network; the float network is there already.
  void prepare(const qnn::Network<Architecture, qnn::Float32>& trained, const qnn::Ranges<Architecture>& ranges);
  void measure_quality(const StudyData& data, const Options& options);
  /// Memory and file: the file stays as part of the results.
  void measure_size(const std::filesystem::path& file);
  /// Nothing for float32, which the others are compared with.
  void measure_noise(const qnn::Network<Architecture, qnn::Float32>& reference, const qnn::Dataset& images);
  /// One round of timing. Rounds take turns among the precisions, and of each the fastest counts: other work on the
  /// machine then disturbs all of them alike, or none.
  void measure_time(double seconds);

 private:
  double time_of_call(Index batch, double seconds) const;
};

/// "int8 symmetric per-channel": what tells the precisions of this study apart.
template <class P>
std::string short_name() {
  if constexpr (std::is_same_v<P, qnn::Float32>) {
    return "float32";
  } else {
    std::string name = sizeof(typename P::activation) == 1 ? "int8" : "int16";
    for (const char* word : {P::activations::scheme::name, P::weights::granularity::name}) {
      name.append(" ").append(word);
    }
    return name;
  }
}

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
void Subject<Architecture, P>::prepare([[maybe_unused]] const qnn::Network<Architecture, qnn::Float32>& trained,
                                       [[maybe_unused]] const qnn::Ranges<Architecture>& ranges) {
  result.name = short_name<P>();
  result.arithmetic = P::name();
  if constexpr (!std::is_same_v<P, qnn::Float32>) {
    network = std::make_unique<qnn::Network<Architecture, P>>();
    qnn::quantize_to(*network, trained, ranges);
  }
}

template <class Architecture, class P>
void Subject<Architecture, P>::measure_quality(const StudyData& data, const Options& options) {
  record_quality(result, qnn::evaluate(*network, data.test, {.top = 2, .threads = options.threads}));
  result.predictions =
      qnn::classes_of<typename qnn::Trace<Architecture>::output>(qnn::predict(*network, data.test, options.threads));
  if (data.other) {
    result.other_accuracy = qnn::evaluate(*network, *data.other, {.threads = options.threads}).accuracy;
  }
}

template <class Architecture, class P>
void Subject<Architecture, P>::measure_size(const std::filesystem::path& file) {
  result.arena_bytes = qnn::arena_bytes<Architecture, P>;
  result.parameter_bytes = network->parameter_bytes();
  if constexpr (!std::is_same_v<P, qnn::Float32>) {
    result.bits = 8 * static_cast<int>(sizeof(typename P::weights::code));
  }
  qnn::save(file, *network);
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
void Subject<Architecture, P>::measure_noise([[maybe_unused]] const qnn::Network<Architecture, qnn::Float32>& reference,
                                             [[maybe_unused]] const qnn::Dataset& images) {
  if constexpr (!std::is_same_v<P, qnn::Float32>) {
    record_noise(result, layers_of_stages<Architecture>(), qnn::signal_to_noise(reference, *network, images));
  }
}

/// Median seconds of one call of forward(), from as many calls as `seconds` allow.
template <class Architecture, class P>
double Subject<Architecture, P>::time_of_call(Index batch, double seconds) const {
  const double once = qnn::latency(*network, {.batch = batch, .repetitions = 3}).median;
  const int repetitions = static_cast<int>(std::clamp(seconds / once, 5.0, 5000.0));
  return qnn::latency(*network, {.batch = batch, .repetitions = repetitions}).median;
}

template <class Architecture, class P>
void Subject<Architecture, P>::measure_time(double seconds) {
  constexpr Index batch = 64;
  const double alone = time_of_call(1, seconds);
  const double many = static_cast<double>(batch) / time_of_call(batch, seconds);
  result.latency = result.latency == 0 ? alone : std::min(result.latency, alone);
  result.throughput = std::max(result.throughput, many);
}

}  // namespace study
