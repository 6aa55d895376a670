// SPDX-License-Identifier: MIT
/// @file
/// Everything that is measured of one network at one precision.
#pragma once

#include "data.hpp"
#include "options.hpp"
#include "results.hpp"

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

/// A network and what is known of it so far.
template <class Architecture, class P>
struct Subject {
  using precision = P;
  std::unique_ptr<qnn::Network<Architecture, P>> network;
  PrecisionResult result;
};

/// "int8 symmetric per-channel": what tells the precisions of this study apart.
template <class P>
std::string short_name() {
  if constexpr (std::is_same_v<P, qnn::Float32>) {
    return "float32";
  } else {
    return "int" + std::to_string(8 * sizeof(typename P::activation)) + " " + P::activations::scheme::name + " " +
           P::weights::granularity::name;
  }
}

/// "2 Conv2d + ReLU": the layers that one integer operation stands for, by the position of the last of them.
template <class Architecture, Index I>
std::string stage_name() {
  using trace = qnn::Trace<Architecture>;
  if constexpr (qnn::Stages<Architecture>::template is_fused<I>) {
    return std::to_string(I - 1) + " " + trace::template layer<I - 1>::name + " + " + trace::template layer<I>::name;
  } else {
    return std::to_string(I) + " " + trace::template layer<I>::name;
  }
}

template <class Architecture>
std::vector<std::string> stage_names() {
  std::vector<std::string> names{"Input"};
  qnn::Trace<Architecture>::for_each_layer(
      [&]<Index I>(qnn::IndexConstant<I>) { names.push_back(stage_name<Architecture, I>()); });
  return names;
}

template <class Architecture, class P>
void measure_quality(Subject<Architecture, P>& subject, const StudyData& data, const Options& options) {
  const qnn::Evaluation found = qnn::evaluate(*subject.network, data.test, {.top = 2, .threads = options.threads});
  PrecisionResult& result = subject.result;
  result.accuracy = found.accuracy;
  result.top2 = found.top_accuracy;
  result.loss = found.loss;
  result.predictions = qnn::classes_of<typename qnn::Trace<Architecture>::output>(
      qnn::predict(*subject.network, data.test, options.threads));
  for (Index truth = 0; truth < found.confusion.classes(); ++truth) {
    auto& row = result.confusion.emplace_back();
    for (Index prediction = 0; prediction < found.confusion.outputs(); ++prediction) {
      row.push_back(found.confusion(truth, prediction));
    }
  }
  if (data.other) {
    result.other_accuracy = qnn::evaluate(*subject.network, *data.other, {.threads = options.threads}).accuracy;
  }
}

/// Memory and file: the file stays as part of the results.
template <class Architecture, class P>
void measure_size(Subject<Architecture, P>& subject, const std::filesystem::path& file) {
  PrecisionResult& result = subject.result;
  result.arena_bytes = qnn::arena_bytes<Architecture, P>;
  result.parameter_bytes = subject.network->parameter_bytes();
  if constexpr (!std::is_same_v<P, qnn::Float32>) {
    result.bits = 8 * static_cast<int>(sizeof(typename P::weights::code));
  }
  qnn::save(file, *subject.network);
  result.file_bytes = static_cast<Index>(std::filesystem::file_size(file));
}

template <class Architecture, class P>
void measure_noise(Subject<Architecture, P>& subject, const qnn::Network<Architecture, qnn::Float32>& reference,
                   const qnn::Dataset& images) {
  const std::vector<std::string> names = stage_names<Architecture>();
  for (const qnn::SignalToNoise& noise : qnn::signal_to_noise(reference, *subject.network, images)) {
    subject.result.stages.push_back({names[static_cast<std::size_t>(noise.layer)], noise.decibels(), noise.bias()});
  }
}

/// Median seconds of one call of forward(), from as many calls as `seconds` allow.
template <class Architecture, class P>
double time_of_call(const qnn::Network<Architecture, P>& network, Index batch, double seconds) {
  const double once = qnn::latency(network, {.batch = batch, .repetitions = 3}).median;
  const int repetitions = static_cast<int>(std::clamp(seconds / once, 5.0, 5000.0));
  return qnn::latency(network, {.batch = batch, .repetitions = repetitions}).median;
}

/// One round of timing. Rounds take turns among the precisions, and of each the fastest counts: other work on the
/// machine then disturbs all of them alike, or none.
template <class Architecture, class P>
void measure_time(Subject<Architecture, P>& subject, double seconds) {
  constexpr Index batch = 64;
  PrecisionResult& result = subject.result;
  const double alone = time_of_call(*subject.network, 1, seconds);
  const double many = static_cast<double>(batch) / time_of_call(*subject.network, batch, seconds);
  result.latency = result.latency == 0 ? alone : std::min(result.latency, alone);
  result.throughput = std::max(result.throughput, many);
}

}  // namespace study
