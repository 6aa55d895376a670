// SPDX-License-Identifier: MIT
/// @file
/// Calibration: look at the activations of a float network once, quantize it as often as you like.
#pragma once

#include "qnn/calibration/observe_layers.hpp"
#include "qnn/calibration/observer.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/network.hpp"
#include "qnn/network/ranges.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace qnn {

/// How to look at the examples.
struct CalibrationOptions {
  Index batch = 64;  ///< examples in one observation
};

/// Runs the network on all examples and returns the range of every tensor, input included. Memory does not depend on
/// the number of examples. A tensor that is 0 throughout gets the range {0, 0}, which every scheme represents exactly.
/// Where several methods shall be compared, or the distribution matters: observe() and ranges_for().
/// @throws ArgumentError for no examples, other extents or a batch below 1
/// @throws NumericError where an activation is NaN or infinite, naming its layer
template <RangeObserver Observer = MinMax, class Architecture, ExampleSource S>
Ranges<Architecture> calibrate(const Network<Architecture, Float32>& network, const S& examples,
                               CalibrationOptions options = {}, const Observer& observer = Observer{}) {
  std::vector<Observer> observers(static_cast<std::size_t>(Trace<Architecture>::layer_count), observer);
  detail::observe_layers(network, examples, options.batch, [&](Index layer, std::span<const float>, Range range) {
    observers[static_cast<std::size_t>(layer)].observe(range);
  });
  Ranges<Architecture> ranges;
  std::transform(observers.begin(), observers.end(), ranges.of_layer.begin(),
                 [](const Observer& seen) { return seen.range(); });
  return ranges;
}

}  // namespace qnn
