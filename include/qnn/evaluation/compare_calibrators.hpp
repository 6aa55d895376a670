// SPDX-License-Identifier: MIT
/// @file
/// Methods of calibration side by side: one observation, one call, a row for each.
#pragma once

#include "qnn/calibration/ranges_for.hpp"
#include "qnn/evaluation/evaluate.hpp"
#include "qnn/evaluation/predict.hpp"
#include "qnn/evaluation/signal_to_noise.hpp"
#include "qnn/quantization/quantize.hpp"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace qnn {

/// What a method of calibration leads to.
struct CalibratorComparison {
  std::string method;
  double accuracy = 0;  ///< part of the test examples whose largest output is their label
  double decibels = 0;  ///< SQNR of the outputs against the float network's: higher is better
};

namespace detail {

/// SQNR of `found` against `expected`.
inline double decibels_of(std::span<const float> found, std::span<const float> expected) {
  SignalToNoise sums;
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const double wanted = static_cast<double>(expected[k]), error = static_cast<double>(found[k]) - wanted;
    sums.signal += wanted * wanted;
    sums.noise += error * error;
  }
  return sums.decibels();
}

template <class P, class Architecture, ExampleSource S>
std::vector<CalibratorComparison> compare_ranges(const Network<Architecture, Float32>& network,
                                                 std::span<const std::pair<std::string, Ranges<Architecture>>> all,
                                                 const S& test) {
  const std::vector<float> expected = predict(network, test);
  const auto quantized = std::make_unique<Network<Architecture, P>>();
  std::vector<CalibratorComparison> rows;
  for (const auto& [name, ranges] : all) {
    quantize_to(*quantized, network, ranges);
    const double decibels = decibels_of(predict(*quantized, test), expected);
    rows.push_back({name, evaluate(*quantized, test).accuracy, decibels});
  }
  return rows;
}

}  // namespace detail

/// Quantizes the network to P by the ranges of each method, all from the same observations, and tries it on `test`.
///
/// @code
///   const auto seen = qnn::observe(net, data.train.first(1024));
///   for (const auto& row : qnn::compare_calibrators<qnn::Int8<>>(net, seen, data.test)) {
///     std::printf("%-22s %.2f %%  %.1f dB\n", row.method.c_str(), 100 * row.accuracy, row.decibels);
///   }
/// @endcode
/// @param methods which to compare; without any all there are, with their defaults
/// @throws ArgumentError, NumericError as quantize() and evaluate()
template <QuantizedPrecision P, class Architecture, ExampleSource S, CalibrationMethod... Methods>
std::vector<CalibratorComparison> compare_calibrators(const Network<Architecture, Float32>& network,
                                                      const Observations<Architecture>& observations, const S& test,
                                                      const Methods&... methods) {
  if constexpr (sizeof...(Methods) == 0) {
    return compare_calibrators<P>(network, observations, test, MinMax{}, observations.of_layer.front().average(),
                                  Percentile{}, Entropy{}, MinimalSquaredError{});
  } else {
    const std::vector<std::pair<std::string, Ranges<Architecture>>> all{
        {Methods::name, ranges_for<P>(observations, methods)}...};
    return detail::compare_ranges<P, Architecture>(network, all, test);
  }
}

}  // namespace qnn
