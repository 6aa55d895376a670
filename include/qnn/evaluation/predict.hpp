// SPDX-License-Identifier: MIT
/// @file
/// Outputs of a network for many examples, computed by several threads.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/parallel.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/network.hpp"
#include "qnn/scheme/range.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace qnn {

namespace detail {

/// Computes the outputs of examples begin .. end - 1, each at its place among all outputs, with memory of its own.
using PredictsShare = std::function<void(Index begin, Index end, float* outputs)>;

[[noreturn]] QNN_COLD inline void report_not_finite(Index first, Index count) {
  throw NumericError("qnn: predict: an output for an example among " + std::to_string(first) + ".." +
                     std::to_string(first + count - 1) + " is NaN or infinite: no class can be read from it");
}

/// @throws NumericError where an output for one of `count` examples from `first` is NaN or infinite
inline void check_outputs(std::span<const float> outputs, Index first, Index count) {
  if (!range_of(outputs).finite()) {
    report_not_finite(first, count);
  }
}

/// What predict() does that is the same for every network and precision.
/// @param chunk  examples that are computed at once; a multiple of it goes to each thread, so float batches do not
///               depend on the division
inline std::vector<float> predict_in_shares(Index examples, Index width, Index chunk, int threads,
                                            const PredictsShare& predict) {
  std::vector<float> outputs(static_cast<std::size_t>(examples * width));
  const Index chunks = (examples + chunk - 1) / chunk;
  const int parts = thread_count(threads);
  parallel_for(parts, [&](int part) {
    const Slice share = slice_of(chunks, parts, part);
    predict(share.first * chunk, std::min(examples, (share.first + share.count) * chunk), outputs.data());
  });
  return outputs;
}

/// The position of the largest value of each row of `width` values, the first of equals.
inline std::vector<std::int32_t> largest_of_rows(std::span<const float> values, Index width) {
  QNN_EXPECTS(values.size() % static_cast<std::size_t>(width) == 0, "whole rows of outputs");
  std::vector<std::int32_t> positions;
  positions.reserve(values.size() / static_cast<std::size_t>(width));
  for (auto row = values.begin(); row != values.end(); row += width) {
    positions.push_back(static_cast<std::int32_t>(std::max_element(row, row + width) - row));
  }
  return positions;
}

}  // namespace detail

/// Outputs of all examples, one row behind the other. Each example is computed alone or among its neighbours by one
/// thread; integer results do not depend on the number of threads.
/// @throws ArgumentError for no examples or other extents, or a number of threads out of range
/// @throws NumericError where an output is NaN or infinite: compared, a NaN would pass for any class
template <class Architecture, class P, ExampleSource S>
std::vector<float> predict(const Network<Architecture, P>& network, const S& examples, int threads = 0) {
  using In = typename Trace<Architecture>::input;
  using Out = typename Trace<Architecture>::output;
  static constexpr Index chunk = 16;
  check_examples<In>(examples, std::max<Index>(Out::size, examples.classes()));
  const auto predict_share = [&network, &examples](Index begin, Index end, float* outputs) {
    HeapArena<Network<Architecture, P>> arena(chunk);
    std::vector<float> inputs(static_cast<std::size_t>(chunk * In::size));
    for (Index first = begin; first < end; first += chunk) {
      const Index count = std::min(chunk, end - first);
      const Batch<float, Out> y(outputs + first * Out::size, count);
      copy_examples(examples, Consecutive{first}, Batch<float, In>(inputs.data(), count));
      network.forward({inputs.data(), count}, y, arena);
      detail::check_outputs({y.data(), static_cast<std::size_t>(y.size())}, first, count);
    }
  };
  return detail::predict_in_shares(examples.size(), Out::size, chunk, threads, predict_share);
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
  return detail::largest_of_rows(outputs, Out::size);
}

}  // namespace qnn
