// SPDX-License-Identifier: MIT
/// @file
/// Results of a study made up by hand: three precisions of one model, and the same over three seeds.
#pragma once

#include "../../examples/study/results.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace study_fixtures {

using namespace study;

/// Accuracy follows from the predictions; 8 bits are twice as fast for one image, and half as fast for many.
inline PrecisionResult result_of(const std::string& name, const std::string& method, Index bytes,
                                 std::vector<std::int32_t> predictions, const std::vector<std::int32_t>& labels) {
  PrecisionResult result;
  result.name = name;
  result.method = method;
  result.parameter_bytes = bytes;
  result.latency = result.is_int8() ? 2e-6 : 4e-6;
  result.throughput = result.is_int8() ? 1e6 : 2e6;
  result.predictions = std::move(predictions);
  Index right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    right += result.predictions[i] == labels[i] ? 1 : 0;
  }
  result.accuracy = static_cast<double>(right) / static_cast<double>(labels.size());
  return result;
}

/// For 1000 images of class 1: the first 900 right but for `lost` of them, and `gained` of the last 100.
inline std::vector<std::int32_t> predictions(Index gained, Index lost) {
  std::vector<std::int32_t> classes(1000, 1);
  std::fill(classes.begin() + 900 + gained, classes.end(), 0);
  std::fill(classes.begin(), classes.begin() + lost, 0);
  return classes;
}

inline ModelResult model() {
  ModelResult model{.name = "mlp"};
  model.labels.assign(1000, 1);
  model.precisions.push_back(result_of("float32", "", 4000, predictions(0, 0), model.labels));
  model.precisions.push_back(result_of("int8 symmetric per-channel", "min-max", 1010, predictions(2, 2), model.labels));
  model.precisions.push_back(result_of("int8 symmetric per-tensor", "min-max", 1000, predictions(0, 50), model.labels));
  model.precisions[1].stages = {{"Input", 50, 0}, {"2 Dense + ReLU", 41, 0, {0}}, {"4 Dense", 40, 0, {1}}};
  model.precisions[2].stages = {{"Input", 50, 0}, {"2 Dense + ReLU", 38, 0, {0}}, {"4 Dense", 39, 0, {1}}};
  return model;
}

/// The same with two methods more for the last precision, and three seeds: the first method gains 1, 2 and 3 points
/// against min-max, the second loses 10 of the 100 each time.
inline ModelResult repeated_model() {
  ModelResult repeated = model();
  repeated.precisions.push_back(
      result_of("int8 symmetric per-tensor", "mse-weights", 1000, predictions(0, 40), repeated.labels));
  repeated.precisions.push_back(
      result_of("int8 symmetric per-tensor", "entropy", 1000, predictions(0, 150), repeated.labels));
  for (const Index seed : {2, 3}) {
    std::vector<PrecisionResult> results = repeated.precisions;
    for (PrecisionResult& result : results) {
      result.accuracy += 0.001 * static_cast<double>(seed);
    }
    results[3].accuracy += 0.01 * static_cast<double>(seed - 1);
    repeated.repetitions.push_back({static_cast<std::uint64_t>(seed), results});
  }
  return repeated;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace study_fixtures
