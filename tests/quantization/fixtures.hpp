// SPDX-License-Identifier: MIT
/// @file
/// Random networks and examples for the tests of quantization.
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"
#include "qnn/network/network.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace qnn::fixtures {

inline std::vector<float> random_values(Index count, std::uint64_t seed, float mean = 0.0f) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  std::generate(values.begin(), values.end(), [&] { return mean + random.normal(); });
  return values;
}

template <class Architecture>
FloatDataset random_examples(Index count, std::uint64_t seed = 5) {
  using In = typename Trace<Architecture>::input;
  return {random_values(count * In::size, seed, 0.3f), In::extents,
          std::vector<std::int32_t>(static_cast<std::size_t>(count)), 1};
}

/// Random weights, biases and BatchNorms; variances and some of the scales are far from 1.
template <class Architecture>
Network<Architecture, Float32> random_network(std::uint64_t seed) {
  Network<Architecture, Float32> net(HeNormal{.seed = seed});
  Random random(seed + 1000);
  for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
    for (float& value : slot.in(net.parameters())) {
      if (slot.info.name == "running_variance" || slot.info.name == "scale") {
        value = std::exp(0.5f * random.normal());
      } else if (!slot.info.decays) {
        value = 0.3f * random.normal();
      }
    }
  }
  return net;
}

template <class Architecture, class P>
std::vector<float> run(const Network<Architecture, P>& net, const std::vector<float>& x) {
  const Index count = static_cast<Index>(x.size()) / Trace<Architecture>::input::size;
  std::vector<float> y(static_cast<std::size_t>(count * Trace<Architecture>::output::size));
  HeapArena<Network<Architecture, P>> arena(count);
  net.forward({x.data(), count}, {y.data(), count}, arena);
  return y;
}

inline double largest(const std::vector<float>& values) { return static_cast<double>(range_of(values).magnitude()); }

inline double largest_difference(const std::vector<float>& one, const std::vector<float>& other) {
  double largest = 0;
  for (std::size_t k = 0; k < one.size(); ++k) {
    largest = std::max(largest, std::fabs(static_cast<double>(one[k]) - static_cast<double>(other[k])));
  }
  return largest;
}

}  // namespace qnn::fixtures
