// SPDX-License-Identifier: MIT
/// @file
/// The figures of a study as comma-separated values.
#pragma once

#include "results.hpp"
#include "text.hpp"

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

/// One line for each model and precision, numbers with full precision. What was not measured is empty.
inline void write_csv(std::ostream& stream, const StudyResult& study) {
  write_csv_line(
      stream, {"dataset", "model", "precision", "accuracy", "top2_accuracy", "loss", "accuracy_change", "agreement",
               "gained", "lost", "parameter_bytes", "file_bytes", "arena_bytes", "latency_seconds", "images_per_second",
               "speed_against_float32", "speed_against_float32_batch_64", "other_accuracy"});
  for (const ModelResult& model : study.models) {
    const PrecisionResult& reference = model.reference();
    for (const PrecisionResult& result : model.precisions) {
      const Pairing pairing = compare(result, reference, model.labels);
      const double agreement = static_cast<double>(pairing.same_class) / static_cast<double>(pairing.images);
      write_csv_line(
          stream, {study.options.dataset, model.name, result.name, exact(result.accuracy), exact(result.top2),
                   exact(result.loss), exact(result.accuracy - reference.accuracy), exact(agreement),
                   std::to_string(pairing.gained), std::to_string(pairing.lost), std::to_string(result.parameter_bytes),
                   std::to_string(result.file_bytes), std::to_string(result.arena_bytes), exact(result.latency),
                   exact(result.throughput), exact(reference.latency / result.latency),
                   exact(result.throughput / reference.throughput), exact(result.other_accuracy)});
    }
  }
}

}  // namespace study
