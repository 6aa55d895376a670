// SPDX-License-Identifier: MIT
/// @file
/// Integer linear layers with arbitrary codes, and the precisions that kernels are tried at.
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/layers/linear.hpp"

#include <algorithm>
#include <span>
#include <vector>

/// Which codes a test draws; those of seven bits for inputs only.
enum class Draw { random, lowest, highest, ends, seven_bit };

inline std::int32_t draw(qnn::Random& random, qnn::CodeRange range, Draw how) {
  const qnn::Index drawn = random.below(qnn::Index{range.highest} - range.lowest + 1);
  switch (how) {
    case Draw::lowest:
      return range.lowest;
    case Draw::highest:
      return range.highest;
    case Draw::ends:
      return drawn % 2 == 0 ? range.lowest : range.highest;
    case Draw::seven_bit:  // 0 to 127, for which there are kernels
      return std::min(range.highest, static_cast<std::int32_t>(drawn % 128));
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

/// What weights are multiplied by, by group; otherwise as LinearQuantizer takes it.
template <class P>
using MultipliersOf = typename qnn::detail::LinearQuantizer<P>::Multipliers;

/// Weight `k` of channel `channel`, times the multiplier of its group, written out once more.
template <class P>
std::int32_t weight_at(qnn::CodeSpan<typename P::weights::code> codes, [[maybe_unused]] MultipliersOf<P> multipliers,
                       std::size_t fan_in, std::size_t channel, std::size_t k) {
  const std::int32_t code = codes[channel * fan_in + k];
  if constexpr (qnn::is_grouped<typename P::weights::granularity>) {
    constexpr auto size = static_cast<std::size_t>(qnn::group_size<typename P::weights::granularity>);
    const std::size_t groups = fan_in / size + (fan_in % size == 0 ? 0 : 1);
    return code * multipliers[channel * groups + k / size];
  } else {
    return code;
  }
}

/// The numbers of a linear layer of any shape, so that what tests do with them is compiled once for each precision.
template <class P>
struct LinearNumbers {
  qnn::CodeSpan<typename P::weights::code> weights;
  MultipliersOf<P> groups;
  std::span<typename P::weights::parameters> parameters;
  std::span<typename P::accumulator> biases;
  std::span<typename P::requantization::Multiplier> multipliers;
  std::int32_t& zero_point;
  qnn::CodeRange& clamp;
  std::int64_t term;
  qnn::Index fan_in;

  /// Of an output channel.
  const auto& of_channel(std::size_t channel) const { return parameters[parameters.size() == 1 ? 0 : channel]; }
};

template <class P, class Machine>
LinearNumbers<P> numbers_of(Machine& machine) {
  return {machine.weight.codes(),
          machine.weight.multipliers(),
          machine.weight.parameters(),
          machine.folded_bias,
          machine.stage.multipliers,
          machine.stage.zero_point,
          machine.stage.codes,
          Machine::term,
          Machine::fan_in};
}

/// Every number is drawn: weights, their zero points, biases up to what the overflow proof allows, multipliers that
/// spread the accumulator over about the range of codes, a clamp.
template <class P>
void randomize(LinearNumbers<P> numbers, qnn::Random& random, Draw how) {
  using namespace qnn;
  for (auto&& code : numbers.weights) {
    code = static_cast<typename P::weights::code>(draw(random, P::weight_codes, how));
  }
  if constexpr (qnn::is_grouped<typename P::weights::granularity>) {
    for (auto&& multiplier : numbers.groups) {  // with the lowest codes the largest, too: the largest products
      multiplier = GroupMultiplier(draw(random, {1, 15}, how == Draw::lowest ? Draw::highest : how));
    }
  }
  if constexpr (P::weights::scheme::has_zero_point) {
    for (auto& parameters : numbers.parameters) {
      parameters.zero_point = draw(random, P::weight_codes, how);
    }
  }
  const std::int64_t limit = bias_limit<typename P::accumulator>(numbers.term, numbers.fan_in);
  for (auto& bias : numbers.biases) {
    const std::int64_t part = how == Draw::random ? 1000 : 1;  // 0.1 % of the limit, or all of it
    const std::int64_t code = limit / 1000 * (random.below(2001) - 1000) / part;
    bias = static_cast<typename P::accumulator>(how == Draw::lowest ? -limit : how == Draw::highest ? limit : code);
  }
  const double largest = static_cast<double>(numbers.term) * static_cast<double>(numbers.fan_in);
  const double steps = static_cast<double>(P::activation_codes.highest);
  for (auto& multiplier : numbers.multipliers) {
    double real = std::min(4.0 * steps / largest * (0.5 + static_cast<double>(random.uniform())), 1.0);
    if (P::requantization::scale_grid == ScaleGrid::powers_of_two) {
      real = static_cast<double>(power_of_two_above(static_cast<float>(real)));
    }
    multiplier = P::requantization::multiplier(real);
  }
  numbers.zero_point = P::activations::scheme::has_zero_point ? draw(random, P::activation_codes, how) : 0;
  if (random.below(2) == 0) {
    const std::int32_t middle = P::activation_codes.lowest / 2 + P::activation_codes.highest / 2;
    numbers.clamp = {middle, P::activation_codes.highest};
  }
}

/// A machine of Dense or Conv2d.
template <class P, class Machine>
void randomize(Machine& machine, qnn::Random& random, Draw how) {
  randomize(numbers_of<P>(machine), random, how);
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
using K = W4A8<>;
using L = W2A8<Asymmetric, PerTensor, FloatScale>;
using M = Quantized<Format<Int4, Asymmetric, PerChannel>, Format<std::uint8_t, Asymmetric>>;
using N = W4A4<Asymmetric, PerChannel, DoubleRounding>;
using O = W4A8<Symmetric, PerTensor, PowerOfTwoShift>;
using Q = Quantized<Format<Int2, Asymmetric, PerTensor>, Format<std::int16_t, Symmetric>>;
using R = W4A8<Asymmetric, PerGroup<7>>;
using S = W2A8<Symmetric, PerGroup<16>, DoubleRounding>;
using T = Quantized<Format<Int4, Symmetric, PerGroup<4>>, Format<std::int16_t, Asymmetric>>;

}  // namespace precisions
