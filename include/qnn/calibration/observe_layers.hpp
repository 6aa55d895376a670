// SPDX-License-Identifier: MIT
/// @file
/// Running a network on examples while somebody looks at what each layer gives: what all calibration shares.
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

/// Runs a network of any precision on all examples, `batch` at a time, and calls observer(IndexConstant<layer>,
/// outputs, first) for all that forward() shows of a batch, with the number of the batch's first example. Memory does
/// not depend on the number of examples.
/// @throws ArgumentError for no examples, other extents or a batch below 1
template <class Architecture, class P, ExampleSource S, class Observer>
QNN_COLD void observe_batches(const Network<Architecture, P>& network, const S& examples, Index batch,
                              const Observer& observer) {
  using In = typename Trace<Architecture>::input;
  using Out = typename Trace<Architecture>::output;
  qnn::check_examples<In>(examples, std::max<Index>(Out::size, examples.classes()));
  if (batch < 1) {
    throw ArgumentError("calibrate: batch", "at least 1", std::to_string(batch));
  }
  const Index capacity = std::min<Index>(batch, examples.size());
  HeapArena<Network<Architecture, P>> arena(capacity);
  std::vector<float> inputs(static_cast<std::size_t>(capacity * In::size));
  std::vector<float> outputs(static_cast<std::size_t>(capacity * Out::size));
  for (Index first = 0; first < examples.size(); first += capacity) {
    const Index count = std::min<Index>(capacity, examples.size() - first);
    const Batch<float, In> x(inputs.data(), count);
    copy_examples(examples, Consecutive{first}, x);
    network.forward(x, {outputs.data(), count}, arena,
                    [&](auto layer, const auto& values) { observer(layer, values, first); });
  }
}

/// Given the position of a layer, its outputs for the examples of a batch, and their range, which is finite.
using LayerObserver = std::function<void(Index layer, std::span<const float> values, Range range)>;

/// Calls observer for every layer but those that do nothing in inference, the Input first, batch by batch. A
/// std::function, so that a network is compiled once for all who look at it.
/// @throws ArgumentError as observe_batches()
/// @throws NumericError where an activation is NaN or infinite, naming its layer
template <class Architecture, ExampleSource S>
QNN_COLD void observe_layers(const Network<Architecture, Float32>& network, const S& examples, Index batch,
                             const LayerObserver& observer) {
  observe_batches(network, examples, batch, [&]<Index I>(IndexConstant<I>, const auto& outputs, Index first) {
    const std::span<const float> values(outputs.data(), static_cast<std::size_t>(outputs.size()));
    const Range range = range_of(values);
    if (!range.finite()) {
      report_not_finite(I, Trace<Architecture>::template layer<I>::name, first, outputs.count());
    }
    observer(I, values, range);
  });
}

}  // namespace qnn::detail
