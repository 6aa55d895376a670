// SPDX-License-Identifier: MIT
/// @file
/// Observations: all that the methods of calibration ask for, of every tensor of a network, from one pass.
#pragma once

#include "qnn/calibration/histogram.hpp"
#include "qnn/calibration/observe_layers.hpp"
#include "qnn/calibration/observer.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/network.hpp"

#include <span>
#include <vector>

namespace qnn {

/// What is kept of one tensor: its histogram, and the moving average of its batches' ranges, which no histogram tells.
class Observation {
 public:
  explicit Observation(const MovingAverage& average = MovingAverage{}) : average_(average) {}

  /// @pre all values are finite; `range` is theirs
  void observe(std::span<const float> values, Range range) {
    histogram_.observe(values, range);
    average_.observe(range);
  }
  const Histogram& histogram() const { return histogram_; }
  const MovingAverage& average() const { return average_; }
  Range range() const { return histogram_.range(); }
  bool empty() const { return histogram_.count() == 0; }

 private:
  Histogram histogram_;
  MovingAverage average_;
};

/// One observation for the output of each layer; entry 0 is the network's input. Those of layers that do nothing in
/// inference stay empty. About 32 KiB a layer, whatever was seen.
template <class Architecture>
struct Observations {
  std::vector<Observation> of_layer;
};

/// How to look at the examples.
struct ObservationOptions {
  Index batch = 64;                ///< examples at a time
  MovingAverage moving_average{};  ///< of the batches' ranges
};

/// Runs the network on all examples and keeps what every method of calibration needs: see ranges_for(). Memory does not
/// depend on the number of examples.
/// @throws ArgumentError for no examples, other extents or a batch below 1
/// @throws NumericError where an activation is NaN or infinite, naming its layer
template <class Architecture, ExampleSource S>
Observations<Architecture> observe(const Network<Architecture, Float32>& network, const S& examples,
                                   const ObservationOptions& options = {}) {
  Observations<Architecture> seen{std::vector<Observation>(static_cast<std::size_t>(Trace<Architecture>::layer_count),
                                                           Observation(options.moving_average))};
  detail::observe_layers(network, examples, options.batch,
                         [&](Index layer, std::span<const float> values, Range range) {
                           seen.of_layer[static_cast<std::size_t>(layer)].observe(values, range);
                         });
  return seen;
}

}  // namespace qnn
