// SPDX-License-Identifier: MIT
/// @file
/// What the figures say, in sentences. Every word follows from a number: the same figures give the same sentences.
#pragma once

#include "difference.hpp"
#include "method_conclusions.hpp"
#include "results.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

namespace study {

/// One sentence or two, and what they are about.
struct Conclusion {
  std::string topic, text;
};

namespace detail {

/// "1.8 times as fast as", "as fast as", "1.3 times slower than". Differences below 5 % are not told from noise.
inline std::string speed_in_words(double ratio) {
  if (ratio > 0.95 && ratio < 1.05) {
    return "about as fast as";
  }
  return ratio > 1 ? fixed(ratio, 1) + " times as fast as" : fixed(1 / ratio, 1) + " times slower than";
}

inline const PrecisionResult* find(const ModelResult& model, const std::string& name) {
  const auto found = std::ranges::find(model.precisions, name, &PrecisionResult::name);
  return found == model.precisions.end() ? nullptr : &*found;
}

/// The precision with the fewest bytes that loses at most `points`; float32 where all others lose more. Of equal sizes
/// the more accurate.
inline const PrecisionResult& cheapest_within(const ModelResult& model, double points) {
  const PrecisionResult* best = &model.reference();
  for (const PrecisionResult& result : model.precisions) {
    const double lost = -100 * difference_over_seeds(model, result, model.reference()).mean;
    const bool is_more_accurate = difference_over_seeds(model, result, *best).mean > 0;
    const bool is_cheaper = result.parameter_bytes < best->parameter_bytes ||
                            (result.parameter_bytes == best->parameter_bytes && is_more_accurate);
    if (lost <= points + 1e-9 && is_cheaper) {
      best = &result;
    }
  }
  return *best;
}

}  // namespace detail

inline std::string conclude_accuracy(const ModelResult& model) {
  const double p = model.reference().accuracy;
  return "In float32 the network has " + percent(p) + " % of " +
         counted(static_cast<Index>(model.labels.size()), "test image") + " right, with a binomial standard error of " +
         fixed(100 * standard_error(p, static_cast<Index>(model.labels.size())), 2) +
         " points: other test images of the same kind would give another number within about twice that. Precisions "
         "are "
         "compared on the same images, image by image, so their differences are known better than that.";
}

/// For a tolerance in points: which precision is the cheapest.
inline std::string conclude_cheapest(const ModelResult& model, double points) {
  const PrecisionResult& best = detail::cheapest_within(model, points);
  const std::string within = "within " + fixed(points, 1) + " points of float32";
  if (&best == &model.reference()) {
    return "No quantized precision stays " + within + ".";
  }
  const double smaller =
      static_cast<double>(model.reference().parameter_bytes) / static_cast<double>(best.parameter_bytes);
  return "The cheapest precision " + within + " is " + best.label() + ": " + fixed(smaller, 2) + " times smaller (" +
         grouped(best.parameter_bytes) + " bytes of parameters, against " + grouped(model.reference().parameter_bytes) +
         "), with " + detail::in_words(difference_between(model, best, model.reference())) + ".";
}

/// Where the less accurate of two precisions has outputs closer to float32's: then chance decided, not arithmetic.
inline std::string conclude_contradiction(const PrecisionResult& one, const PrecisionResult& other,
                                          const Difference& difference) {
  if (one.stages.empty() || other.stages.empty() || difference.is_noise()) {
    return {};
  }
  const double first = one.stages.back().decibels, second = other.stages.back().decibels;
  const bool agrees = (difference.points > 0) == (first > second);
  if (agrees || std::abs(first - second) < 0.1) {
    return {};
  }
  return " Yet the outputs of " + (first > second ? one.name : other.name) + " are closer to float32's (" +
         fixed(std::max(first, second), 1) + " against " + fixed(std::min(first, second), 1) +
         " dB): images on the border between classes fell the other way, which need not happen again.";
}

/// Compares two precisions that differ in one choice. Empty where one of them is missing.
inline std::string conclude_pair(const ModelResult& model, const std::string& one, const std::string& other) {
  const PrecisionResult *first = detail::find(model, one), *second = detail::find(model, other);
  if (first == nullptr || second == nullptr) {
    return {};
  }
  const Difference difference = difference_between(model, *first, *second);
  const std::string verdict = difference.is_noise()   ? " makes no difference that can be told from chance"
                              : difference.points > 0 ? " is better"
                                                      : " is worse";
  const Index bytes = first->parameter_bytes - second->parameter_bytes;
  return one + " instead of " + other + verdict + ": " + detail::in_words(difference) + ", for " +
         grouped(std::abs(bytes)) + (bytes < 0 ? " bytes less." : " bytes more.") +
         conclude_contradiction(*first, *second, difference);
}

namespace detail {

/// How far a stage stands below the noisiest of the stages that it reads, in decibels: what it adds by itself. 0 where
/// it reads none.
inline double step_down(const std::vector<StageNoise>& stages, const StageNoise& stage) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const std::size_t before : stage.before) {
    lowest = std::min(lowest, stages[before].decibels);
  }
  return std::isfinite(lowest) ? lowest - stage.decibels : 0;
}

}  // namespace detail

/// Where quantization hurts most among the 8-bit precisions: the lowest stage, and the largest step down on the way.
inline std::string conclude_noise(const ModelResult& model) {
  const PrecisionResult* worst = nullptr;
  const StageNoise* lowest = nullptr;
  for (const PrecisionResult* result : one_of_each_precision(model)) {
    for (const StageNoise& stage : result->stages) {
      if (result->is_int8() && std::isfinite(stage.decibels) &&
          (lowest == nullptr || stage.decibels < lowest->decibels)) {
        worst = result;
        lowest = &stage;
      }
    }
  }
  if (lowest == nullptr) {
    return {};
  }
  const StageNoise* largest = nullptr;
  double step = 0;
  for (const StageNoise& stage : worst->stages) {
    if (const double own = detail::step_down(worst->stages, stage); own > step) {
      largest = &stage;
      step = own;
    }
  }
  std::string text = "In 8 bits the signal stands least above the quantization noise at " + lowest->stage + " of " +
                     worst->label() + ": " + fixed(lowest->decibels, 1) + " dB.";
  if (largest != nullptr) {
    text += " Noise is handed on from stage to stage; the largest step down, by " + fixed(step, 1) + " dB, is at " +
            largest->stage + ", which is where to start if more accuracy is needed.";
  }
  return text;
}

inline std::string conclude_speed(const ModelResult& model) {
  const PrecisionResult* fastest = nullptr;
  for (const PrecisionResult& result : model.precisions) {
    if (result.is_int8() && (fastest == nullptr || result.latency < fastest->latency)) {
      fastest = &result;
    }
  }
  if (fastest == nullptr) {
    return {};
  }
  const PrecisionResult& reference = model.reference();
  const double alone = reference.latency / fastest->latency, many = fastest->throughput / reference.throughput;
  std::string text = "On this machine and one thread, " + fastest->name + " is " + detail::speed_in_words(alone) +
                     " float32 for one image (" + fixed(1e6 * fastest->latency, 1) + " µs against " +
                     fixed(1e6 * reference.latency, 1) + " µs), and " + detail::speed_in_words(many) +
                     " float32 for 64 images at a time.";
  if (alone < 0.95 || many < 0.95) {
    text += " Where int8 is slower, it saves memory here, not time.";
  }
  return text;
}

inline std::string conclude_generalization(const ModelResult& model, const StudyResult& study) {
  if (study.other_images == 0) {
    return {};
  }
  const PrecisionResult& reference = model.reference();
  const PrecisionResult* worst = &reference;
  for (const PrecisionResult& result : model.precisions) {
    worst = result.other_accuracy < worst->other_accuracy ? &result : worst;
  }
  const double p = reference.other_accuracy;
  const double error = 100 * standard_error(p, study.other_images);
  const double lost = 100 * (p - worst->other_accuracy);
  const std::string text = "On " + counted(study.other_images, "image") + " of " + study.options.generalize +
                           ", which the network never saw, float32 has " + percent(p) + " % right (standard error " +
                           fixed(error, 2) + " points), against " + percent(reference.accuracy) + " % on " +
                           study.options.dataset + ". ";
  if (worst == &reference) {
    return text + "No quantized precision does worse there.";
  }
  return text + "Of the quantized precisions " + worst->label() + " does worst there, " + fixed(lost, 2) +
         " points below float32, " +
         (lost < error ? "less than that standard error: quantization does not add to what the other images cost."
                       : "more than that standard error: there quantization costs, too.");
}

/// All that can be said about one network, the most useful first.
inline std::vector<Conclusion> conclusions(const ModelResult& model, const StudyResult& study) {
  std::vector<Conclusion> all{{"Within 0.1 points", conclude_cheapest(model, 0.1)}};
  if (&detail::cheapest_within(model, 0.1) != &detail::cheapest_within(model, 0.2)) {
    all.push_back({"Within 0.2 points", conclude_cheapest(model, 0.2)});
  }
  all.push_back({"Fronts", conclude_fronts(model)});
  for (const PrecisionName& precision : precision_names) {
    const std::string name(precision.name);
    all.push_back({"Methods for " + name, conclude_methods(model, name)});
  }
  all.push_back({"Scales per channel, symmetric",
                 conclude_pair(model, "int8 symmetric per-channel", "int8 symmetric per-tensor")});
  all.push_back({"Scales per channel, asymmetric",
                 conclude_pair(model, "int8 asymmetric per-channel", "int8 asymmetric per-tensor")});
  all.push_back({"Zero points", conclude_pair(model, "int8 asymmetric per-channel", "int8 symmetric per-channel")});
  all.push_back({"Speed", conclude_speed(model)});
  all.push_back({"Noise", conclude_noise(model)});
  all.push_back({"Sensitivity", conclude_sensitivity(model)});
  all.push_back({"Other images", conclude_generalization(model, study)});
  all.push_back({"Seeds", conclude_seeds(model)});
  all.push_back({"How sure this is", conclude_accuracy(model)});
  std::erase_if(all, [](const Conclusion& conclusion) { return conclusion.text.empty(); });
  return all;
}

}  // namespace study
