// SPDX-License-Identifier: MIT
/// @file
/// What all benchmarks share: names, the counter of operations, random numbers to work on, quantized networks.
///
/// A benchmark is called `<workload>/<implementation>/<shape or batch>`, as in `gemm_i8/portable/64x128x784`. Its
/// counter `ops` is in operations per second, two for each multiply-accumulate. scripts/bench reads both, and runs all
/// but the training with one thread (`OMP_NUM_THREADS=1`).
#pragma once

#include "qnn/qnn.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bench {

using qnn::Index;

/// `P` in the names of workloads.
template <class P>
inline constexpr const char* suffix = std::is_same_v<P, qnn::Float32>       ? "_f32"
                                      : sizeof(typename P::activation) == 1 ? "_i8"
                                                                            : "_i16";

inline std::string name(const std::string& workload, const std::string& implementation, const std::string& shape) {
  return workload + "/" + implementation + "/" + shape;
}

/// (m, n, k) of the products of peers, those of gemm.cpp.
inline constexpr std::array<std::array<Index, 3>, 7> gemm_shapes{{{1, 128, 784},
                                                                  {1, 1024, 1024},
                                                                  {64, 128, 784},
                                                                  {64, 1024, 1024},
                                                                  {256, 256, 256},
                                                                  {1024, 1024, 1024},
                                                                  {3136, 64, 576}}};

inline std::string gemm_shape_text(Index m, Index n, Index k) {
  return std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
}

/// The instruction set that QNN_ISA forces; empty where qnn chooses.
inline std::string forced_isa() {
  const char* const forced = std::getenv("QNN_ISA");
  return forced == nullptr ? "" : forced;
}

/// Whether QNN_ISA forces plain loops, which take too long for large shapes.
inline bool runs_plain_loops() { return forced_isa() == "reference" || forced_isa() == "portable"; }

/// What the rows of qnn are called after: the instruction set that is forced, or simply `qnn`.
inline std::string implementation() { return forced_isa().empty() ? "qnn" : forced_isa(); }

/// Sets the rate `ops` from the multiply-accumulate operations of one iteration.
inline void count_multiplications(benchmark::State& state, Index multiplications) {
  state.counters["ops"] =
      benchmark::Counter(2.0 * static_cast<double>(multiplications), benchmark::Counter::kIsIterationInvariantRate);
}

/// Measures `body`. It runs once before the clock starts: memory is in place then, for all implementations alike.
template <class Body>
void measure(benchmark::State& state, Body&& body) {
  body();
  for (auto _ : state) {
    body();
    benchmark::ClobberMemory();
  }
}

/// Floats in [-1, 1), or codes from -127 or -32767 on: of both signs, which no kernel multiplies faster than others.
template <class T>
qnn::AlignedVector<T> random_values(Index count, std::uint64_t seed) {
  qnn::AlignedVector<T> values(static_cast<std::size_t>(count));
  qnn::Random random(seed);
  std::generate(values.begin(), values.end(), [&] {
    if constexpr (std::is_same_v<T, float>) {
      return random.uniform(-1.0f, 1.0f);
    } else {
      constexpr Index highest = std::numeric_limits<T>::max();
      return static_cast<T>(random.below(2 * highest + 1) - highest);
    }
  });
  return values;
}

/// Inputs of a network. Those of one channel are pixels, as MNIST has them: from 0 on; those of three are pixels
/// normalized to both signs.
template <class In, class T>
qnn::AlignedVector<T> random_inputs(Index count, std::uint64_t seed) {
  auto values = random_values<T>(count * In::size, seed);
  if constexpr (In::extents[In::rank - 1] == 1) {
    std::transform(values.begin(), values.end(), values.begin(),
                   [](T value) { return static_cast<T>(std::abs(value)); });
  }
  return values;
}

/// `count` examples of one class, for calibration and for training, whose speed does not depend on what is learned.
template <class Architecture>
qnn::FloatDataset random_examples(Index count) {
  using In = typename qnn::Trace<Architecture>::input;
  const auto values = random_inputs<In, float>(count, 11);
  return {std::vector<float>(values.begin(), values.end()), In::extents,
          std::vector<std::int32_t>(static_cast<std::size_t>(count)), 1};
}

/// A network with random weights, at precision P; calibrated on random examples. Made once: Google Benchmark calls the
/// function that it measures many times.
template <class Architecture, class P>
const qnn::Network<Architecture, P>& random_network() {
  static const auto made = [] {
    auto network = std::make_unique<qnn::Network<Architecture, qnn::Float32>>(qnn::HeNormal{.seed = 7});
    if constexpr (std::is_same_v<P, qnn::Float32>) {
      return network;
    } else {
      auto integer = std::make_unique<qnn::Network<Architecture, P>>();
      qnn::quantize_to(*integer, *network, qnn::calibrate(*network, random_examples<Architecture>(16)));
      return integer;
    }
  }();
  return *made;
}

/// Prints what QNN_ISA may be on this machine, one in a line, from the simplest to the one that qnn chooses.
inline int list_isas() {
  for (int i = 0; i <= static_cast<int>(qnn::isa::Name::neon_dotprod); ++i) {
    const auto isa = static_cast<qnn::isa::Name>(i);
    if (qnn::isa::is_supported(isa)) {
      std::cout << qnn::isa::text(isa) << '\n';
    }
  }
  return 0;
}

/// The rest of main(), once all benchmarks are registered. `--list_isas` is for scripts/bench.
inline int run_registered(int argument_count, char** arguments) {
  if (argument_count == 2 && arguments[1] == std::string_view("--list_isas")) {
    return list_isas();
  }
  benchmark::Initialize(&argument_count, arguments);
  if (benchmark::ReportUnrecognizedArguments(argument_count, arguments)) {
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace bench
