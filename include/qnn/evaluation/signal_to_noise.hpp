// SPDX-License-Identifier: MIT
/// @file
/// Signal to quantization noise, stage by stage: where error enters a network.
#pragma once

#include "qnn/config.hpp"
#include "qnn/data/examples.hpp"
#include "qnn/network/layer_names.hpp"
#include "qnn/network/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qnn {

/// The error of one tensor of an integer network against its float twin, over all elements and examples.
struct SignalToNoise {
  Index layer = 0;          ///< position of the last layer of the stage; 0 is the input
  std::string name;         ///< of that layer
  double signal = 0;        ///< sum of squares of the float values
  double noise = 0;         ///< sum of squares of (integer - float)
  double signed_error = 0;  ///< sum of (integer - float): a bias where it does not cancel
  Index count = 0;          ///< elements

  /// SQNR = 10 log10(signal / noise); infinite where there is no noise, NaN where there is neither.
  double decibels() const {
    if (noise == 0) {
      return signal == 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    }
    return 10 * std::log10(signal / noise);
  }
  /// Mean signed error, in the units of the tensor.
  double bias() const { return signed_error / static_cast<double>(count); }
};

namespace detail {

/// Adds the errors of `codes` against `expected`.
template <class Code, class Parameters>
QNN_NOINLINE void add_errors(SignalToNoise& sum, std::span<const float> expected, const Code* codes,
                             const Parameters& parameters) {
  for (std::size_t k = 0; k < expected.size(); ++k) {
    const double wanted = static_cast<double>(expected[k]);
    const double found = static_cast<double>(dequantize_value(codes[k], parameters));
    sum.signal += wanted * wanted;
    sum.noise += (found - wanted) * (found - wanted);
    sum.signed_error += found - wanted;
  }
  sum.count += static_cast<Index>(expected.size());
}

/// The outputs of every layer of the float network for one example, by position; the input is the first. The same for
/// every precision that is compared with it.
template <class Architecture>
QNN_NOINLINE void record_layers(const Network<Architecture, Float32>& network, std::span<const float> input,
                                std::span<float> output, HeapArena<Network<Architecture, Float32>>& arena,
                                std::span<std::vector<float>> layers) {
  network.forward({input.data(), 1}, {output.data(), 1}, arena, [&]<Index I>(IndexConstant<I>, const auto& values) {
    layers[I].assign(values.begin(), values.end());
  });
}

/// The sums of those layers that were compared, with their names.
QNN_COLD inline std::vector<SignalToNoise> compared(std::span<const SignalToNoise> sums,
                                                    std::span<const std::string_view> names) {
  std::vector<SignalToNoise> stages;
  for (std::size_t layer = 0; layer < sums.size(); ++layer) {
    if (sums[layer].count > 0) {
      stages.push_back(sums[layer]);
      stages.back().layer = static_cast<Index>(layer);
      stages.back().name = names[layer];
    }
  }
  return stages;
}

}  // namespace detail

/// Runs both networks on every example and compares what each stage gives, the input included. Both see the same input,
/// so the noise of a stage includes what came down from the stages before. Memory does not depend on the examples.
/// @throws ArgumentError for no examples or other extents
template <class Architecture, IntegerPrecision P, ExampleSource S>
std::vector<SignalToNoise> signal_to_noise(const Network<Architecture, Float32>& network,
                                           const Network<Architecture, P>& quantized, const S& examples) {
  using trace = Trace<Architecture>;
  using In = typename trace::input;
  check_examples<In>(examples, std::max<Index>(trace::output::size, examples.classes()));
  HeapArena<Network<Architecture, Float32>> float_arena(1);
  HeapArena<Network<Architecture, P>> code_arena(1);
  std::array<std::vector<float>, static_cast<std::size_t>(trace::layer_count)> expected;
  std::array<SignalToNoise, static_cast<std::size_t>(trace::layer_count)> sums;
  std::vector<float> input(static_cast<std::size_t>(In::size));
  std::vector<float> output(static_cast<std::size_t>(trace::output::size));

  for (Index i = 0; i < examples.size(); ++i) {
    examples.copy(i, input);
    detail::record_layers(network, input, output, float_arena, expected);
    quantized.forward({input.data(), 1}, {output.data(), 1}, code_arena,
                      [&]<Index I>(IndexConstant<I>, const auto& codes) {
                        detail::add_errors(sums[I], expected[I], codes.data(), quantized.template activation<I>());
                      });
  }
  return detail::compared(sums, layer_names<Architecture>);
}

}  // namespace qnn
