// SPDX-License-Identifier: MIT
/// @file
/// The figures of a study as comma-separated values.
#pragma once

#include "results.hpp"
#include "spread.hpp"
#include "text.hpp"

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace study {

inline void write_csv_line(std::ostream& stream, const std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    stream << (i > 0 ? "," : "") << csv_field(fields[i]);
  }
  stream << '\n';
}

inline const std::vector<std::string> csv_columns{"dataset",
                                                  "model",
                                                  "precision",
                                                  "method",
                                                  "seed",
                                                  "accuracy",
                                                  "top2_accuracy",
                                                  "loss",
                                                  "accuracy_change",
                                                  "agreement",
                                                  "gained",
                                                  "lost",
                                                  "parameter_bytes",
                                                  "file_bytes",
                                                  "arena_bytes",
                                                  "latency_seconds",
                                                  "images_per_second",
                                                  "speed_against_float32",
                                                  "speed_against_float32_batch_64",
                                                  "other_accuracy"};

/// The results of one seed. Files are written and times taken for the first one only.
inline void write_csv_of_seed(std::ostream& stream, const std::string& dataset, const ModelResult& model,
                              std::uint64_t seed, const std::vector<PrecisionResult>& results) {
  const PrecisionResult& reference = results.front();
  const auto if_timed = [&](double value) { return reference.latency > 0 ? exact(value) : std::string(); };
  for (const PrecisionResult& result : results) {
    const Pairing pairing = compare(result, reference, model.labels);
    const double agreement = static_cast<double>(pairing.same_class) / static_cast<double>(pairing.images);
    write_csv_line(stream, {dataset,
                            model.name,
                            result.name,
                            result.method,
                            std::to_string(seed),
                            exact(result.accuracy),
                            exact(result.top2),
                            exact(result.loss),
                            exact(result.accuracy - reference.accuracy),
                            exact(agreement),
                            std::to_string(pairing.gained),
                            std::to_string(pairing.lost),
                            std::to_string(result.parameter_bytes),
                            result.file_bytes > 0 ? std::to_string(result.file_bytes) : "",
                            std::to_string(result.arena_bytes),
                            if_timed(result.latency),
                            if_timed(result.throughput),
                            if_timed(reference.latency / result.latency),
                            if_timed(result.throughput / reference.throughput),
                            exact(result.other_accuracy)});
  }
}

/// Two lines: "mean" in place of the seed, and "standard deviation".
inline void write_csv_of_spread(std::ostream& stream, const std::string& dataset, const ModelResult& model,
                                const PrecisionResult& result) {
  const Spread accuracy = accuracy_over_seeds(model, result),
               change = difference_over_seeds(model, result, model.reference());
  const auto write = [&](const std::string& name, double of_accuracy, double of_change) {
    std::vector<std::string> fields{dataset, model.name, result.name,     result.method, name, exact(of_accuracy),
                                    "",      "",         exact(of_change)};
    fields.resize(csv_columns.size());
    write_csv_line(stream, fields);
  };
  write("mean", accuracy.mean, change.mean);
  write("standard deviation", accuracy.deviation, change.deviation);
}

/// One line for each model, precision, method and seed, numbers with full precision; where there are several seeds,
/// behind them their mean and standard deviation. What was not measured is empty.
inline void write_csv(std::ostream& stream, const StudyResult& study) {
  const std::string& dataset = study.options.dataset;
  write_csv_line(stream, csv_columns);
  for (const ModelResult& model : study.models) {
    write_csv_of_seed(stream, dataset, model, study.options.seed, model.precisions);
    for (const Repetition& repetition : model.repetitions) {
      write_csv_of_seed(stream, dataset, model, repetition.seed, repetition.precisions);
    }
    for (std::size_t i = 0; !model.repetitions.empty() && i < model.precisions.size(); ++i) {
      write_csv_of_spread(stream, dataset, model, model.precisions[i]);
    }
  }
}

}  // namespace study
