// SPDX-License-Identifier: MIT
/// @file
/// How well an autoencoder gives examples back: the same call at every precision.
#pragma once

#include "qnn/config.hpp"
#include "qnn/evaluation/predict.hpp"

#include <numeric>
#include <span>
#include <vector>

namespace qnn {

namespace detail {

/// 1/K sum_k (y_k - x_k)^2, in double.
QNN_COLD inline double mean_squared_difference(std::span<const float> outputs, std::span<const float> example) {
  double sum = 0;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const double error = static_cast<double>(outputs[k]) - static_cast<double>(example[k]);
    sum += error * error;
  }
  return sum / static_cast<double>(outputs.size());
}

}  // namespace detail

/// For each example x the mean of (network(x) - x)^2 over its elements: how unlike it is to what the network was
/// trained on, the score by which anomalies are told. @throws ArgumentError, NumericError as predict()
template <class Architecture, class P, ExampleSource S>
std::vector<double> reconstruction_errors(const Network<Architecture, P>& network, const S& examples, int threads = 0) {
  constexpr Index size = Trace<Architecture>::output::size;
  static_assert(size == Trace<Architecture>::input::size,
                "qnn::reconstruction_errors: a network that reconstructs has as many outputs as inputs");
  const std::vector<float> outputs = predict(network, examples, threads);
  std::vector<float> example(static_cast<std::size_t>(size));
  std::vector<double> errors;
  for (Index i = 0; i < examples.size(); ++i) {
    examples.copy(i, example);
    const auto output = std::span(outputs).subspan(errors.size() * example.size(), example.size());
    errors.push_back(detail::mean_squared_difference(output, example));
  }
  return errors;
}

/// Their mean over all examples: the loss `Reconstruction`. @throws ArgumentError, NumericError as predict()
template <class Architecture, class P, ExampleSource S>
double reconstruction_error(const Network<Architecture, P>& network, const S& examples, int threads = 0) {
  const std::vector<double> errors = reconstruction_errors(network, examples, threads);
  return std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
}

}  // namespace qnn
