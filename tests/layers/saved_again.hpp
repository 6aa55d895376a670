// SPDX-License-Identifier: MIT
/// @file
/// Small networks with random numbers, run, calibrated, written to a file and read again.
#pragma once

#include "qnn/calibration/calibrate.hpp"
#include "qnn/core/random.hpp"
#include "qnn/io/load.hpp"
#include "qnn/io/save.hpp"
#include "qnn/quantization/quantize.hpp"

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

/// Parameters uniform in [-1, 1), statistics in [0.5, 1.5).
template <class Architecture>
qnn::Network<Architecture, qnn::Float32> with_random_parameters(std::uint64_t seed) {
  qnn::Network<Architecture, qnn::Float32> net;
  qnn::Random random(seed);
  for (const qnn::ParameterSlot& slot : qnn::ParameterLayout<Architecture>::slots) {
    const float middle = slot.info.is_statistic ? 1.0f : 0.0f, reach = slot.info.is_statistic ? 0.5f : 1.0f;
    std::ranges::generate(slot.in(net.parameters()), [&] { return random.uniform(middle - reach, middle + reach); });
  }
  return net;
}

/// `count` examples, uniform in [-1, 1).
template <class Architecture>
std::vector<float> random_examples(qnn::Index count, std::uint64_t seed) {
  std::vector<float> x(static_cast<std::size_t>(count * qnn::Trace<Architecture>::input::size));
  qnn::Random random(seed);
  std::generate(x.begin(), x.end(), [&] { return random.uniform(-1.0f, 1.0f); });
  return x;
}

/// Outputs of a network of any precision.
template <class Network>
std::vector<float> outputs(const Network& net, const std::vector<float>& x) {
  using trace = typename Network::trace;
  const qnn::Index count = static_cast<qnn::Index>(x.size()) / trace::input::size;
  std::vector<float> y(static_cast<std::size_t>(count * trace::output::size));
  qnn::HeapArena<Network> arena(count);
  net.forward({x.data(), count}, {y.data(), count}, arena);
  return y;
}

/// Ranges of the activations for the examples.
template <class Architecture>
qnn::Ranges<Architecture> ranges_of(const qnn::Network<Architecture, qnn::Float32>& net, const std::vector<float>& x) {
  using trace = qnn::Trace<Architecture>;
  const qnn::Index count = static_cast<qnn::Index>(x.size()) / trace::input::size;
  std::vector<float> y(static_cast<std::size_t>(count * trace::output::size));
  qnn::HeapArena<qnn::Network<Architecture, qnn::Float32>> arena(count);
  qnn::Ranges<Architecture> ranges;
  net.forward({x.data(), count}, {y.data(), count}, arena,
              [&]<qnn::Index I>(qnn::IndexConstant<I>, const auto& values) {
                ranges.of_layer[I] = qnn::range_of({values.data(), static_cast<std::size_t>(values.size())});
              });
  return ranges;
}

/// The network after a way through a file.
template <class Architecture, class P>
qnn::Network<Architecture, P> saved_again(const qnn::Network<Architecture, P>& net) {
  const std::string name = "qnn_layer_" + std::to_string(std::random_device{}()) + ".safetensors";
  const std::filesystem::path path = std::filesystem::temp_directory_path() / name;
  qnn::save(path, net);
  qnn::Network<Architecture, P> again;
  qnn::load(path, again);
  std::filesystem::remove(path);
  return again;
}
