// SPDX-License-Identifier: MIT
/// @file
/// What is asked of every model: its integer networks agree with the float network, and its arenas are what is touched.
#pragma once

#include "../network/instrumented_arena.hpp"
#include "qnn/calibration/calibrate.hpp"
#include "qnn/core/random.hpp"
#include "qnn/data/dataset.hpp"
#include "qnn/network/network.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/testing/guarded.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace check_model {

using qnn::Index;

/// The least ratio of signal to quantization noise of a model's outputs, in decibels. Found on all models: from 27.7
/// with 8 bits (the autoencoder) and from 75.6 with 16.
inline constexpr double least_decibels_int8 = 25, least_decibels_int16 = 70;

/// Random weights as HeNormal draws them, and normalizations that do something.
template <class Architecture>
qnn::Network<Architecture, qnn::Float32> random_network() {
  qnn::Network<Architecture, qnn::Float32> network(qnn::HeNormal{.seed = 5});
  qnn::Random random(6);
  for (const qnn::ParameterSlot& slot : qnn::ParameterLayout<Architecture>::slots) {
    for (float& value : slot.in(network.parameters())) {
      value += slot.info.decays ? 0.0f : random.uniform(-0.1f, 0.1f);
    }
  }
  return network;
}

inline std::vector<float> random_examples(Index size) {
  qnn::Random random(7);
  std::vector<float> values(static_cast<std::size_t>(size));
  std::generate(values.begin(), values.end(), [&] { return random.normal(); });
  return values;
}

/// Outputs of examples `x`, one at a time in an arena of which every byte is `fill` before.
template <class Architecture, class P>
std::vector<float> outputs(const qnn::Network<Architecture, P>& network, const std::vector<float>& x, int fill) {
  using trace = qnn::Trace<Architecture>;
  const Index count = static_cast<Index>(x.size()) / trace::input::size;
  qnn::testing::Guarded<typename P::activation> arena(qnn::ArenaPlan<Architecture, P>::elements(1));
  std::memset(arena.data(), fill, static_cast<std::size_t>(qnn::arena_bytes<Architecture, P>));
  std::vector<float> y(static_cast<std::size_t>(count * trace::output::size));
  network.forward({x.data(), count}, {y.data(), count}, qnn::ArenaView<Architecture, P>{arena.data(), 1});
  CHECK(arena.intact());
  return y;
}

/// Nothing beside the arena is written, and nothing in it is read that was not written.
template <class Architecture, class P>
std::vector<float> checked_outputs(const qnn::Network<Architecture, P>& network, const std::vector<float>& x) {
  const std::vector<float> y = outputs(network, x, 0x55);
  CHECK(outputs(network, x, 0x2A) == y);
  return y;
}

/// The plan run with layers that check it: what they write is the arena, but for what is lost to the next cache line
/// behind each tensor of the neediest step: two inputs, an output and scratch at most.
template <class Architecture, class P>
void check_plan() {
  const Index written = InstrumentedArena<Architecture, P>::run(1, 1, false);
  const Index lost = qnn::arena_bytes<Architecture, P> - written * Index{sizeof(typename P::activation)};
  CHECK(lost >= 0);
  CHECK(lost < 4 * qnn::alignment);
  CHECK(InstrumentedArena<Architecture, P>::run(2, 2, true) > 0);
}

inline double decibels(const std::vector<float>& expected, const std::vector<float>& found) {
  double signal = 0, noise = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double wanted = static_cast<double>(expected[i]), error = static_cast<double>(found[i]) - wanted;
    signal += wanted * wanted;
    noise += error * error;
  }
  return 10 * std::log10(signal / noise);
}

template <class P, class Architecture>
void check_integers(const qnn::Network<Architecture, qnn::Float32>& network, const qnn::Ranges<Architecture>& ranges,
                    const std::vector<float>& x, const std::vector<float>& y, double least_decibels) {
  const std::string name = P::name();
  CAPTURE(name);
  const auto integer = std::make_unique<qnn::Network<Architecture, P>>();
  qnn::quantize_to(*integer, network, ranges);
  CHECK(decibels(y, checked_outputs(*integer, x)) > least_decibels);
  check_plan<Architecture, P>();
}

/// Random weights on random examples, at float32, int8 symmetric and asymmetric, and int16.
template <class Architecture>
void check(Index count = 16) {
  using In = typename qnn::Trace<Architecture>::input;
  const auto network = random_network<Architecture>();
  const std::vector<float> x = random_examples(count * In::size);
  const auto ranges = qnn::calibrate(network, qnn::FloatDataset::unlabelled(x, In::extents));
  const std::vector<float> y = checked_outputs(network, x);
  check_plan<Architecture, qnn::Float32>();
  check_integers<qnn::Int8<>>(network, ranges, x, y, least_decibels_int8);
  check_integers<qnn::Int8<qnn::Asymmetric>>(network, ranges, x, y, least_decibels_int8);
  check_integers<qnn::Int16<>>(network, ranges, x, y, least_decibels_int16);
}

}  // namespace check_model
