// SPDX-License-Identifier: MIT
/// @file
/// Integer functions of one value against the real ones, at every code there is.
#pragma once

#include "qnn/layers/layer.hpp"
#include "qnn/scheme/precision.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

/// How far the codes of a function are from the real one, in steps.
struct CodeErrors {
  double largest = 0, mean = 0;  ///< largest magnitude; mean signed error of those that are not clamped
  double within = 0;             ///< how many those are

  /// Whether the mean is that of rounding: uniform errors, with a deviation of 0.29 steps.
  bool unbiased() const { return std::abs(mean) <= 0.01 + 5.0 * 0.29 / std::sqrt(within + 1.0); }
};

/// Output codes of `Layer` for every input code, from the lowest.
template <class P, class Layer>
std::vector<int> codes_of_all(typename P::activations::parameters input, typename P::activations::parameters output) {
  using Code = typename P::activation;
  using One = qnn::Shape<1>;
  const auto count = static_cast<std::size_t>(P::activation_codes.highest - P::activation_codes.lowest + 1);
  typename Layer::template at<P, One> machine{};
  machine.prepare(input, output, {});
  std::vector<Code> x(count), y(count);
  for (std::size_t i = 0; i < count; ++i) {
    x[i] = static_cast<Code>(static_cast<int>(i) + P::activation_codes.lowest);
  }
  const auto examples = static_cast<qnn::Index>(count);
  machine.forward(qnn::Batch<const Code, One>(x.data(), examples), qnn::Batch<Code, One>(y.data(), examples));
  return {y.begin(), y.end()};
}

/// Compares them with `function`, long double to long double, clamped to the codes.
template <class P, class Layer, class Function>
CodeErrors code_errors(typename P::activations::parameters input, typename P::activations::parameters output,
                       Function&& function) {
  const std::vector<int> found = codes_of_all<P, Layer>(input, output);
  CodeErrors errors;
  double sum = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const int code = static_cast<int>(i) + P::activation_codes.lowest;
    const auto x = static_cast<long double>(input.scale) * (code - input.zero_point);
    const long double exact = function(x) / static_cast<long double>(output.scale) + output.zero_point;
    const long double lowest = P::activation_codes.lowest, highest = P::activation_codes.highest;
    const auto error = static_cast<double>(found[i] - std::clamp(exact, lowest, highest));
    errors.largest = std::max(errors.largest, std::abs(error));
    if (exact > lowest && exact < highest) {
      sum += error;
      errors.within += 1;
    }
  }
  errors.mean = errors.within > 0 ? sum / errors.within : 0;
  return errors;
}

/// A layer whose outputs have parameters of their own, whatever it reads: every code at scales from tiny to huge is the
/// nearest one, or with 16 bits within 0.51 steps.
template <class Layer, class Function>
void check_every_code(Function&& function) {
  using namespace qnn;
  using Bytes = Quantized<Format<std::int8_t, Symmetric>, Format<std::uint8_t, Asymmetric>>;
  for (const float scale : {0x1p-40f, 1e-4f, 0.0003f, 0.01f, 0.0625f, 0.37f, 0.8f, 5.0f, 1000.0f, 0x1p40f}) {
    const auto check = [&]<class P>(typename P::activations::parameters input, double bound) {
      const auto output = Layer::template at<P, Shape<1>>::output_parameters(input, {});
      const CodeErrors errors = code_errors<P, Layer>(input, output, function);
      CAPTURE(scale);
      CAPTURE(P::name());
      CHECK(errors.largest <= bound);
      CHECK(errors.unbiased());
    };
    check.template operator()<Int8<>>({scale}, 0.5 + 1e-9);
    check.template operator()<Int8<Asymmetric>>({scale, -37}, 0.5 + 1e-9);
    check.template operator()<Bytes>({scale, 200}, 0.5 + 1e-9);
    check.template operator()<Int16<>>({scale}, 0.51);
    check.template operator()<Int16<Asymmetric>>({scale, 9000}, 0.51);
    check.template operator()<Int16<Asymmetric>>({scale, -32768}, 0.51);
  }
}
