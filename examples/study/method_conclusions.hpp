// SPDX-License-Identifier: MIT
/// @file
/// What the figures say about methods, seeds, stages and the Pareto front.
#pragma once

#include "difference.hpp"
#include "pareto.hpp"
#include "results.hpp"
#include "spread.hpp"
#include "text.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace study {

/// Which of the methods of one precision is best, and which does harm. Empty where there was one only.
inline std::string conclude_methods(const ModelResult& model, const std::string& precision) {
  std::vector<const PrecisionResult*> rows;
  for (const PrecisionResult& result : model.precisions) {
    if (result.name == precision && !result.method.empty()) {
      rows.push_back(&result);
    }
  }
  if (rows.size() < 2) {
    return {};
  }
  const PrecisionResult& usual = *rows.front();
  const auto by_accuracy = [&](const PrecisionResult* result) { return accuracy_over_seeds(model, *result).mean; };
  const PrecisionResult& best = **std::ranges::max_element(rows, {}, by_accuracy);
  const PrecisionResult& worst = **std::ranges::min_element(rows, {}, by_accuracy);
  const auto against_usual = [&](const PrecisionResult& result) {
    return result.method + ": " + detail::in_words(difference_between(model, result, usual)) + ", against " +
           usual.method;
  };
  std::string text = "Of " + counted(static_cast<Index>(rows.size()), "method");
  if (&best == &usual) {
    text += " none is better than " + usual.method + ".";
  } else if (difference_between(model, best, usual).is_noise()) {
    text += " none is better than " + usual.method + " by more than chance. The most accurate is " +
            against_usual(best) + ".";
  } else {
    text += " the best is " + against_usual(best) + ". Chosen on the test images, it looks a little better than it is.";
  }
  if (best.method == "qat") {
    text += " It was trained for longer than float32 was, which may have helped by itself.";
  }
  if (&worst != &usual && !difference_between(model, worst, usual).is_noise()) {
    text += " The worst is " + against_usual(worst) + ".";
  }
  return text;
}

namespace detail {

/// "W4A8, qat (29,472 bytes, 90.12 %), float32 (...)"
inline std::string named_front(const ModelResult& model, Cost cost, std::string (*price)(const PrecisionResult&)) {
  std::string text;
  for (const PrecisionResult* result : pareto_front(model, cost)) {
    text += (text.empty() ? "" : "; ") + result->label() + " (" + price(*result) + ", " +
            percent(accuracy_over_seeds(model, *result).mean) + " %)";
  }
  return text;
}

}  // namespace detail

/// Names the ways that no other beats.
inline std::string conclude_fronts(const ModelResult& model) {
  return "No other way is both as small and as accurate as " +
         detail::named_front(model, bytes_of,
                             [](const PrecisionResult& result) { return grouped(result.parameter_bytes) + " bytes"; }) +
         ". None is both as fast, one image at a time on this machine, and as accurate as " +
         detail::named_front(model, latency_of,
                             [](const PrecisionResult& result) { return fixed(1e6 * result.latency, 1) + " µs"; }) +
         ". Neighbours on a front may be closer than the accuracies are known.";
}

/// The stage that suffers most from few bits. By decibels, which vary less from image to image than decisions do.
inline std::string conclude_sensitivity(const ModelResult& model) {
  if (model.sensitivities.empty()) {
    return {};
  }
  std::string text = "With one stage alone in few bits and the others at 16: ";
  for (std::size_t format = 0; format < sensitivity_formats.size(); ++format) {
    const StageSensitivity& worst = *std::ranges::min_element(
        model.sensitivities, {}, [&](const StageSensitivity& stage) { return stage.decibels[format]; });
    text += std::string(format > 0 ? "; in " : "in ") + std::string(sensitivity_formats[format]) + " stage " +
            worst.stage + " leaves the outputs the least above the noise (" + fixed(worst.decibels[format], 1) +
            " dB, " + with_sign(100 * worst.change[format], 2) + " points)";
  }
  const double error = 100 * standard_error(model.reference().accuracy, model.sensitivity_images);
  return text + ". On " + counted(model.sensitivity_images, "image") + " changes of less than about " +
         fixed(2 * error, 1) + " points show little.";
}

/// What training with other seeds changes, and what quantization changes whatever the seed.
inline std::string conclude_seeds(const ModelResult& model) {
  if (model.repetitions.empty()) {
    return {};
  }
  const Spread reference = accuracy_over_seeds(model, model.reference());
  std::string real;
  Index noise = 0;
  for (const PrecisionResult& result : model.precisions) {
    if (&result == &model.reference()) {
      continue;
    }
    if (difference_between(model, result, model.reference()).is_noise()) {
      ++noise;
    } else {
      const Spread change = difference_over_seeds(model, result, model.reference());
      real += (real.empty() ? "" : "; ") + result.label() + " (" + in_points(change) + ")";
    }
  }
  std::string text = "Over " + counted(reference.seeds, "seed") + " float32 has " + in_percent(reference) +
                     " % right, mean and standard deviation. ";
  if (real.empty()) {
    text += "No way to quantize differs from float32 of the same seed by more than chance.";
  } else {
    text += "More than chance against float32 of the same seed, in points: " + real + ".";
    text += noise > 0 ? " No change is certain of " + counted(noise, "other") + "." : "";
  }
  return text + " That is by Student's t at 95 %; of many ways one in twenty differs so by chance.";
}

}  // namespace study
