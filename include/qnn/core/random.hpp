// SPDX-License-Identifier: MIT
/// @file
/// Reproducible random numbers: the same bits from the same seed with every compiler. Only normal() asks the standard
/// library for functions (log, cos) whose last bit may differ.
#pragma once

#include "qnn/core/shape.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <utility>

namespace qnn {

/// One step of SplitMix64's output function: a bijection of 64-bit words that mixes every bit.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
constexpr std::uint64_t mix(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
  return word ^ (word >> 31);
}

/// SplitMix64. A generator is cheap to make, so streams are named by their coordinates instead of being stored:
/// `Random(seed, epoch, batch)` is the same stream whenever it is asked for, which makes resuming exact.
class Random {
 public:
  using result_type = std::uint64_t;

  template <class... Coordinates>
  constexpr explicit Random(std::uint64_t seed, Coordinates... coordinates) : state_(mix(seed)) {
    ((state_ = mix(state_ + golden_gamma + static_cast<std::uint64_t>(coordinates))), ...);
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  constexpr result_type operator()() {
    state_ += golden_gamma;
    return mix(state_);
  }

  /// Uniform in [0, 1), a multiple of 2^-24.
  constexpr float uniform() { return static_cast<float>((*this)() >> 40) * 0x1p-24f; }
  /// Uniform in [low, high]. The product is exact in double, so a fused multiply-add changes nothing.
  constexpr float uniform(float low, float high) {
    return static_cast<float>(double{low} + (double{high} - double{low}) * double{uniform()});
  }
  /// Uniform in [0, bound), bound in 1..2^32, by Lemire's multiplication; the bias is below 2^-32.
  constexpr Index below(Index bound) {
    return static_cast<Index>((((*this)() >> 32) * static_cast<std::uint64_t>(bound)) >> 32);
  }
  /// Standard normal, by Box and Muller's transform of two uniforms.
  float normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - static_cast<double>(uniform())));
    return static_cast<float>(radius * std::cos(2.0 * std::numbers::pi * static_cast<double>(uniform())));
  }

 private:
  static constexpr std::uint64_t golden_gamma = 0x9E3779B97F4A7C15u;
  std::uint64_t state_;
};

/// Fisher-Yates: every order equally likely, the same order for the same generator.
template <class RandomAccessRange>
constexpr void shuffle(RandomAccessRange& range, Random& random) {
  for (Index i = static_cast<Index>(range.size()) - 1; i > 0; --i) {
    std::swap(range[static_cast<std::size_t>(i)], range[static_cast<std::size_t>(random.below(i + 1))]);
  }
}

}  // namespace qnn
