// SPDX-License-Identifier: MIT
/// @file
/// Outputs of a network for many examples, computed by several threads.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/core/parallel.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/network.hpp"
#include "qnn/scheme/range.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace qnn {

/// Outputs of all examples, one row behind the other. Each example is computed alone or among its neighbours by one
/// thread; integer results do not depend on the number of threads.
/// @throws ArgumentError for no examples or other extents, or a number of threads out of range
/// @throws NumericError where an output is NaN or infinite: compared, a NaN would pass for any class
template <class Architecture, class P, ExampleSource S>
std::vector<float> predict(const Network<Architecture, P>& network, const S& examples, int threads = 0) {
  using In = typename Trace<Architecture>::input;
  using Out = typename Trace<Architecture>::output;
  constexpr Index chunk = 16;  // a multiple of it goes to each thread, so float batches do not depend on the division
  check_examples<In>(examples, std::max<Index>(Out::size, examples.classes()));
  std::vector<float> outputs(static_cast<std::size_t>(examples.size() * Out::size));
  const Index chunks = (examples.size() + chunk - 1) / chunk;
  const int parts = thread_count(threads);
  parallel_for(parts, [&](int part) {
    HeapArena<Network<Architecture, P>> arena(chunk);
    std::vector<float> inputs(static_cast<std::size_t>(chunk * In::size));
    const Slice share = slice_of(chunks, parts, part);
    for (Index c = share.first; c < share.first + share.count; ++c) {
      const Index first = c * chunk;
      const Batch<float, In> x(inputs.data(), std::min(chunk, examples.size() - first));
      copy_examples(examples, Consecutive{first}, x);
      const Batch<float, Out> y(outputs.data() + first * Out::size, x.count());
      network.forward(x, y, arena);
      if (!range_of({y.data(), static_cast<std::size_t>(y.size())}).finite()) {
        throw NumericError("qnn: predict: an output for an example among " + std::to_string(first) + ".." +
                           std::to_string(first + x.count() - 1) + " is NaN or infinite: no class can be read from it");
      }
    }
  });
  return outputs;
}

/// Outputs for one example; it brings its own arena. @throws ArgumentError where the number of values differs
template <class Architecture, class P>
std::vector<float> predict(const Network<Architecture, P>& network, std::span<const float> example) {
  using In = typename Trace<Architecture>::input;
  using Out = typename Trace<Architecture>::output;
  if (static_cast<Index>(example.size()) != In::size) {
    throw ArgumentError("predict: values of the example", std::to_string(In::size) + ", " + to_string(In::extents),
                        std::to_string(example.size()));
  }
  std::vector<float> outputs(static_cast<std::size_t>(Out::size));
  HeapArena<Network<Architecture, P>> arena(1);
  network.forward({example.data(), 1}, {outputs.data(), 1}, arena);
  return outputs;
}

/// The class that each row of outputs names: the position of its largest value, the first of equals.
template <StaticShape Out>
std::vector<std::int32_t> classes_of(const std::vector<float>& outputs) {
  QNN_EXPECTS(outputs.size() % static_cast<std::size_t>(Out::size) == 0, "whole rows of outputs");
  std::vector<std::int32_t> classes;
  for (auto row = outputs.begin(); row != outputs.end(); row += Out::size) {
    classes.push_back(static_cast<std::int32_t>(std::max_element(row, row + Out::size) - row));
  }
  return classes;
}

}  // namespace qnn
