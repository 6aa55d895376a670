// SPDX-License-Identifier: MIT
/// @file
/// Running a float network on examples while somebody looks at what each layer gives: what all calibration shares.
#pragma once

#include "qnn/config.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/network.hpp"
#include "qnn/scheme/range.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qnn::detail {

[[noreturn]] QNN_COLD inline void report_not_finite(Index layer, std::string_view name, Index first, Index count) {
  throw NumericError("qnn: calibrate: layer " + std::to_string(layer) + " (" + std::string(name) +
                     ") gives NaN or infinity for an example among " + std::to_string(first) + ".." +
                     std::to_string(first + count - 1));
}

/// Given the position of a layer, its outputs for the examples of a batch, and their range, which is finite.
using LayerObserver = std::function<void(Index layer, std::span<const float> values, Range range)>;

/// Calls observer for every layer but those that do nothing in inference, the Input first, batch by batch. Memory does not
/// depend on the number of examples. A std::function, so that a network is compiled once for all who look at it.
/// @throws ArgumentError for no examples, other extents or a batch below 1
/// @throws NumericError where an activation is NaN or infinite, naming its layer
template <class Architecture, ExampleSource S>
QNN_COLD void observe_layers(const Network<Architecture, Float32>& network, const S& examples, Index batch,
                             const LayerObserver& observer) {
  using trace = Trace<Architecture>;
  qnn::check_examples<typename trace::input>(examples, std::max<Index>(trace::output::size, examples.classes()));
  if (batch < 1) {
    throw ArgumentError("calibrate: batch", "at least 1", std::to_string(batch));
  }
  const Index capacity = std::min<Index>(batch, examples.size());
  HeapArena<Network<Architecture, Float32>> arena(capacity);
  std::vector<float> inputs(static_cast<std::size_t>(capacity * trace::input::size));
  std::vector<float> outputs(static_cast<std::size_t>(capacity * trace::output::size));

  for (Index first = 0; first < examples.size(); first += capacity) {
    const Index count = std::min<Index>(capacity, examples.size() - first);
    const Batch<float, typename trace::input> x(inputs.data(), count);
    copy_examples(examples, Consecutive{first}, x);
    network.forward(x, {outputs.data(), count}, arena, [&]<Index I>(IndexConstant<I>, const auto& batch_values) {
      const std::span<const float> values(batch_values.data(), static_cast<std::size_t>(batch_values.size()));
      const Range range = range_of(values);
      if (!range.finite()) {
        report_not_finite(I, trace::template layer<I>::name, first, count);
      }
      observer(I, values, range);
    });
  }
}

}  // namespace qnn::detail
