// SPDX-License-Identifier: MIT
/// @file
/// Integer linear layers with arbitrary codes, and the precisions that kernels are tried at.
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/layers/linear.hpp"

#include <algorithm>
#include <vector>

/// Which codes a test draws.
enum class Draw { random, lowest, highest, ends };

inline std::int32_t draw(qnn::Random& random, qnn::CodeRange range, Draw how) {
  const qnn::Index drawn = random.below(qnn::Index{range.highest} - range.lowest + 1);
  switch (how) {
    case Draw::lowest:
      return range.lowest;
    case Draw::highest:
      return range.highest;
    case Draw::ends:
      return drawn % 2 == 0 ? range.lowest : range.highest;
    default:
      return static_cast<std::int32_t>(range.lowest + drawn);
  }
}

template <class Code>
std::vector<Code> random_codes(qnn::Random& random, qnn::Index count, qnn::CodeRange range, Draw how = Draw::random) {
  std::vector<Code> codes(static_cast<std::size_t>(count));
  std::generate(codes.begin(), codes.end(), [&] { return static_cast<Code>(draw(random, range, how)); });
  return codes;
}

/// A machine of Dense or Conv2d with every number drawn: weights, their zero points, biases up to what the overflow
/// proof allows, multipliers that spread the accumulator over about the range of codes, a clamp.
template <class P, class Machine>
void randomize(Machine& machine, qnn::Random& random, Draw how) {
  using namespace qnn;
  for (auto& code : machine.weight.codes()) {
    code = static_cast<typename P::weights::code>(draw(random, P::weight_codes, how));
  }
  if constexpr (P::weights::scheme::has_zero_point) {
    for (auto& parameters : machine.weight.parameters()) {
      parameters.zero_point = draw(random, P::weight_codes, how);
    }
  }
  const std::int64_t limit = bias_limit<typename P::accumulator>(Machine::term, Machine::fan_in);
  for (auto& bias : machine.folded_bias) {
    const std::int64_t part = how == Draw::random ? 1000 : 1;  // 0.1 % of the limit, or all of it
    const std::int64_t code = limit / 1000 * (random.below(2001) - 1000) / part;
    bias = static_cast<typename P::accumulator>(how == Draw::lowest ? -limit : how == Draw::highest ? limit : code);
  }
  const double largest = static_cast<double>(Machine::term) * static_cast<double>(Machine::fan_in);
  const double steps = static_cast<double>(P::activation_codes.highest);
  for (auto& multiplier : machine.stage.multipliers) {
    double real = std::min(4.0 * steps / largest * (0.5 + static_cast<double>(random.uniform())), 1.0);
    if (P::requantization::scale_grid == ScaleGrid::powers_of_two) {
      real = static_cast<double>(power_of_two_above(static_cast<float>(real)));
    }
    multiplier = P::requantization::multiplier(real);
  }
  machine.stage.zero_point = P::activations::scheme::has_zero_point ? draw(random, P::activation_codes, how) : 0;
  if (random.below(2) == 0) {
    const std::int32_t middle = P::activation_codes.lowest / 2 + P::activation_codes.highest / 2;
    machine.stage.codes = {middle, P::activation_codes.highest};
  }
}

namespace precisions {

using namespace qnn;
using A = Int8<>;
using B = Int8<Asymmetric, PerTensor, FloatScale>;
using C = Int8<Asymmetric, PerChannel, DoubleRounding>;
using D = Quantized<Format<std::int8_t, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>;
using E = Quantized<Format<std::int8_t, Asymmetric, PerTensor>, Format<std::int8_t, Asymmetric>, PowerOfTwoShift>;
using F = Int16<>;
using G = Quantized<Format<std::int16_t, Asymmetric, PerChannel>, Format<std::int16_t, Asymmetric>, FloatScale>;
using H = Quantized<Format<std::int8_t, Symmetric, PerChannel>, Format<std::int16_t, Symmetric>>;
using I = Quantized<Format<std::int16_t, Symmetric, PerTensor>, Format<std::uint8_t, Asymmetric>, PowerOfTwoShift>;
using J = Quantized<Format<std::int8_t, Symmetric>, Format<std::int8_t, Symmetric>, IntegerMultiplier, std::int64_t>;

}  // namespace precisions
