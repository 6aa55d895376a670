// SPDX-License-Identifier: MIT
/// @file
/// Calibration: look at the activations of a float network once, quantize it as often as you like.
#pragma once

#include "qnn/calibration/observer.hpp"
#include "qnn/config.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/network.hpp"
#include "qnn/network/ranges.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace qnn {

/// How to look at the examples.
struct CalibrationOptions {
  Index batch = 64;  ///< examples in one observation
};

namespace detail {

[[noreturn]] QNN_COLD inline void report_not_finite(Index layer, std::string_view name, Index first, Index count) {
  throw NumericError("qnn: calibrate: layer " + std::to_string(layer) + " (" + std::string(name) +
                     ") gives NaN or infinity for an example among " + std::to_string(first) + ".." +
                     std::to_string(first + count - 1));
}

}  // namespace detail

/// Runs the network on all examples and returns the range of every tensor, input included. Memory does not depend on the
/// number of examples. A tensor that is 0 throughout gets the range {0, 0}, which every scheme represents exactly.
/// @throws ArgumentError for no examples, other extents or a batch below 1
/// @throws NumericError where an activation is NaN or infinite, naming its layer
template <RangeObserver Observer = MinMax, class Architecture, ExampleSource S>
Ranges<Architecture> calibrate(const Network<Architecture, Float32>& network, const S& examples,
                               CalibrationOptions options = {}, const Observer& observer = Observer{}) {
  using trace = Trace<Architecture>;
  check_examples<typename trace::input>(examples, std::max<Index>(trace::output::size, examples.classes()));
  if (options.batch < 1) {
    throw ArgumentError("calibrate: batch", "at least 1", std::to_string(options.batch));
  }
  const Index capacity = std::min(options.batch, examples.size());
  HeapArena<Network<Architecture, Float32>> arena(capacity);
  std::vector<float> inputs(static_cast<std::size_t>(capacity * trace::input::size));
  std::vector<float> outputs(static_cast<std::size_t>(capacity * trace::output::size));
  std::vector<Observer> observers(static_cast<std::size_t>(trace::layer_count), observer);

  for (Index first = 0; first < examples.size(); first += capacity) {
    const Index count = std::min(capacity, examples.size() - first);
    const Batch<float, typename trace::input> x(inputs.data(), count);
    copy_examples(examples, Consecutive{first}, x);
    network.forward(x, {outputs.data(), count}, arena, [&]<Index I>(IndexConstant<I>, const auto& values) {
      const Range batch = range_of({values.data(), static_cast<std::size_t>(values.size())});
      if (!batch.finite()) {
        detail::report_not_finite(I, trace::template layer<I>::name, first, count);
      }
      observers[I].observe(batch);
    });
  }
  Ranges<Architecture> ranges;
  std::transform(observers.begin(), observers.end(), ranges.of_layer.begin(),
                 [](const Observer& seen) { return seen.range(); });
  return ranges;
}

}  // namespace qnn
