// SPDX-License-Identifier: MIT
/// @file
/// How fast a network runs on this machine.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/random.hpp"
#include "qnn/network/network.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace qnn {

/// What to time.
struct LatencyOptions {
  Index batch = 1;        ///< examples in one call of forward
  int repetitions = 200;  ///< calls that are timed, after a tenth as many that are not
};

/// One thread, one network, in seconds for each call. The machine's other work disturbs the mean and the maximum,
/// hardly the minimum and the median: compare those, measured in one run.
struct Latency {
  Index batch = 1;
  double minimum = 0, median = 0;
  double examples_per_second() const { return static_cast<double>(batch) / median; }
};

namespace detail {

/// Times `call`, as options say.
inline Latency time_calls(const LatencyOptions& options, const std::function<void()>& call) {
  std::vector<double> seconds;
  const int warm_up = options.repetitions / 10 + 1;
  for (int round = -warm_up; round < options.repetitions; ++round) {
    const auto start = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if (round >= 0) {
      seconds.push_back(elapsed.count());
    }
  }
  const auto middle = seconds.begin() + static_cast<Index>(seconds.size()) / 2;
  std::nth_element(seconds.begin(), middle, seconds.end());
  return {options.batch, *std::min_element(seconds.begin(), seconds.end()), *middle};
}

/// @param most  the largest batch whose bytes can be counted
QNN_COLD inline void check_latency_options(const LatencyOptions& options, Index most) {
  if (options.batch < 1 || options.repetitions < 1) {
    throw ArgumentError("latency: batch and repetitions", "at least 1",
                        std::to_string(options.batch) + " and " + std::to_string(options.repetitions));
  }
  if (options.batch > most) {
    throw ArgumentError("latency: batch", "at most " + std::to_string(most), std::to_string(options.batch));
  }
}

}  // namespace detail

/// Times forward() on random examples in [0, 1). @throws ArgumentError for options below 1, batches beyond memory
template <class Architecture, class P>
Latency latency(const Network<Architecture, P>& network, LatencyOptions options = {}) {
  using In = typename Trace<Architecture>::input;
  using Out = typename Trace<Architecture>::output;
  // As many bytes as the arena takes at 4 an element, which is no less than inputs or outputs take.
  constexpr Index example = ArenaPlan<Architecture, P>::elements(1) * Index{sizeof(float)};
  detail::check_latency_options(options, std::numeric_limits<Index>::max() / example);
  std::vector<float> inputs(static_cast<std::size_t>(options.batch * In::size));
  std::vector<float> outputs(static_cast<std::size_t>(options.batch * Out::size));
  Random random(1);
  std::generate(inputs.begin(), inputs.end(), [&] { return random.uniform(); });
  HeapArena<Network<Architecture, P>> arena(options.batch);
  return detail::time_calls(options, [&] {
    network.forward({inputs.data(), options.batch}, {outputs.data(), options.batch}, arena);
  });
}

}  // namespace qnn
