// SPDX-License-Identifier: MIT
/// @file
/// How well a network classifies: the same call at every precision.
#pragma once

#include "qnn/core/parallel.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/evaluation/predict.hpp"
#include "qnn/network/head.hpp"
#include "qnn/numeric/log_sum_exp.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace qnn {

/// What to measure, and with how many threads.
struct EvaluationOptions {
  int top = 5;      ///< k of the top-k accuracy
  int threads = 0;  ///< 0: all; the result does not depend on it
};

/// Rows are true classes, columns predictions.
class ConfusionMatrix {
 public:
  ConfusionMatrix() = default;
  ConfusionMatrix(Index classes, Index outputs)
      : classes_(classes), outputs_(outputs), counts_(static_cast<std::size_t>(classes * outputs)) {}
  Index classes() const { return classes_; }
  Index outputs() const { return outputs_; }
  Index& operator()(Index truth, Index predicted) {
    return counts_[static_cast<std::size_t>(truth * outputs_ + predicted)];
  }
  Index operator()(Index truth, Index predicted) const {
    return counts_[static_cast<std::size_t>(truth * outputs_ + predicted)];
  }
  friend bool operator==(const ConfusionMatrix&, const ConfusionMatrix&) = default;

 private:
  Index classes_ = 0, outputs_ = 0;
  std::vector<Index> counts_;
};

/// What `evaluate` measured.
struct Evaluation {
  Index examples = 0;
  double accuracy = 0;      ///< part of the examples whose largest output is their label; the first wins a tie
  double top_accuracy = 0;  ///< part whose label is among the `top` largest outputs
  double loss = 0;          ///< mean cross-entropy; of a Softmax's outputs, probabilities below 2^-24 count as 2^-24
  ConfusionMatrix confusion;
  friend bool operator==(const Evaluation&, const Evaluation&) = default;
};

namespace detail {

/// -log of the probability that the outputs give to the label.
inline double surprise(std::span<const float> outputs, std::size_t label, bool are_probabilities) {
  return are_probabilities ? -std::log(std::max(static_cast<double>(outputs[label]), 0x1p-24))
                           : LogSumExp(outputs).surprise(outputs[label]);
}

/// Outputs larger than the label's, or as large and before it: 0 for a hit.
inline Index rank_of(std::span<const float> outputs, std::size_t label) {
  Index rank = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    rank += outputs[i] > outputs[label] || (outputs[i] == outputs[label] && i < label) ? 1 : 0;
  }
  return rank;
}

/// Compares the outputs, one row for each label, with the labels.
inline Evaluation judge(std::span<const float> outputs, std::span<const std::int32_t> labels, Index classes, int top,
                        bool are_probabilities) {
  const std::size_t width = outputs.size() / labels.size();
  Evaluation result{.examples = static_cast<Index>(labels.size()),
                    .confusion = ConfusionMatrix(classes, static_cast<Index>(width))};
  Index hits = 0, top_hits = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = outputs.subspan(i * width, width);
    const auto label = static_cast<std::size_t>(labels[i]);
    const Index rank = rank_of(row, label);
    hits += rank == 0 ? 1 : 0;
    top_hits += rank < top ? 1 : 0;
    result.loss += surprise(row, label, are_probabilities);
    ++result.confusion(labels[i], std::max_element(row.begin(), row.end()) - row.begin());
  }
  const auto count = static_cast<double>(labels.size());
  result.accuracy = static_cast<double>(hits) / count;
  result.top_accuracy = static_cast<double>(top_hits) / count;
  result.loss /= count;
  return result;
}

}  // namespace detail

/// Runs the network on every example. O(examples) time, memory for the outputs alone.
/// @throws ArgumentError for no examples, other extents, more classes than outputs, options out of range
/// @throws NumericError where an output is NaN or infinite
template <class Architecture, class P, ExampleSource S>
Evaluation evaluate(const Network<Architecture, P>& network, const S& examples, EvaluationOptions options = {}) {
  using Out = typename Trace<Architecture>::output;
  check_examples<typename Trace<Architecture>::input>(examples, Out::size);
  if (options.top < 1) {
    throw ArgumentError("evaluate: top", "at least 1", std::to_string(options.top));
  }
  const std::vector<float> outputs = predict(network, examples, options.threads);
  std::vector<std::int32_t> labels;
  for (Index i = 0; i < examples.size(); ++i) {
    labels.push_back(examples.label(i));
  }
  return detail::judge(outputs, labels, examples.classes(), options.top, ends_in_softmax<Architecture>);
}

}  // namespace qnn
