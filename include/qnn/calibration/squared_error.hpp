// SPDX-License-Identifier: MIT
/// @file
/// MinimalSquaredError: the range that clipping and rounding together cost least in.
#pragma once

#include "qnn/calibration/observations.hpp"
#include "qnn/scheme/clipping.hpp"

#include <algorithm>
#include <cmath>

namespace qnn {

/// The range with the smallest mean of (x - level of x)^2: a narrower one has finer steps, but clips more.
/// Source: Banner et al., "Post training 4-bit quantization of convolutional networks", 2019, who solve it for known
/// distributions; here it is searched on the observed one.
struct MinimalSquaredError {
  static constexpr auto name = "minimal squared error";
};

namespace detail {

/// integral from 0 to t of (u - level of u)^2 du, where levels are the integers in lowest..highest: whole cells of 1/12
/// each and a part of one, or of the tail beyond the last.
inline double integrated_error(double t, double lowest, double highest) {
  const double level = std::clamp(std::nearbyint(t), lowest, highest);
  const double rest = t - level;
  return level / 12 + rest * rest * rest / 3;
}

}  // namespace detail

/// sum (x - level of x)^2 over all values seen, taken to be spread evenly within their bins; zeros have no error.
QNN_NOINLINE inline double squared_error(const Histogram& histogram, const Asymmetric::Parameters& parameters,
                                         CodeRange codes) {
  const double step = static_cast<double>(parameters.scale);
  const double lowest = codes.lowest - parameters.zero_point, highest = codes.highest - parameters.zero_point;
  double sum = 0;
  histogram.for_each_bin([&](double from, double to, Index count) {
    constexpr double narrow = 1e-3;  // in steps: there, the difference of two integrals would have few digits
    const double first = from / step, last = to / step, width = last - first;
    if (width < narrow) {
      const double middle = (first + last) / 2;
      const double rest = middle - std::clamp(std::nearbyint(middle), lowest, highest);
      sum += static_cast<double>(count) * (rest * rest + width * width / 12);
    } else {
      sum += static_cast<double>(count) *
             (detail::integrated_error(last, lowest, highest) - detail::integrated_error(first, lowest, highest)) /
             width;
    }
  });
  return sum * step * step;
}

/// @pre something was observed
QNN_COLD inline Range choose_range(const MinimalSquaredError& /*method*/, const Observation& seen,
                                   const LevelRule& levels) {
  return least_error_range(seen.range(), levels, [&](const Asymmetric::Parameters& parameters) {
    return squared_error(seen.histogram(), parameters, levels.codes);
  });
}

}  // namespace qnn
