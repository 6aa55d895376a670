// SPDX-License-Identifier: MIT
/// @file
/// Random weights to start training from, scaled so that the signal keeps its variance from layer to layer.
///
/// Fan-in is the number of products summed into one output, fan-out the number of outputs that one input reaches: for a
/// dense layer (in, out), for a convolution kernel_height * kernel_width times the channels of the group.
#pragma once

#include "qnn/core/contract.hpp"
#include "qnn/core/random.hpp"
#include "qnn/core/shape.hpp"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>

namespace qnn {

/// Fills a weight tensor with random numbers.
///   requires  fan_in > 0, fan_out > 0
///   ensures   the numbers depend on the seed, `stream`, the fans and the size of the tensor alone; different streams
///             (one for each tensor of a network) are independent
template <class I>
concept Initializer = requires(const I& initializer, std::span<float> weight, Index fan_in, Index fan_out,
                               std::uint64_t stream) {
  { initializer(weight, fan_in, fan_out, stream) } -> std::same_as<void>;
}
&&std::copyable<I>;  // asked last: of a Network, whose constructor asks for an Initializer, it would be a circle

namespace detail {

/// Independent normal numbers of mean 0.
inline void fill_normal(std::span<float> weight, double deviation, Random random) {
  for (float& element : weight) {
    element = static_cast<float>(deviation) * random.normal();
  }
}

/// Independent numbers, uniform in [-sqrt(3) deviation, sqrt(3) deviation), whose standard deviation is `deviation`.
inline void fill_uniform(std::span<float> weight, double deviation, Random random) {
  const float bound = static_cast<float>(std::sqrt(3.0) * deviation);
  for (float& element : weight) {
    element = random.uniform(-bound, bound);
  }
}

/// sqrt(2 / fan_in)
inline double he_deviation(Index fan_in) {
  QNN_EXPECTS(fan_in > 0, "fan-in must be positive");
  return std::sqrt(2.0 / static_cast<double>(fan_in));
}

/// sqrt(2 / (fan_in + fan_out))
inline double glorot_deviation(Index fan_in, Index fan_out) {
  QNN_EXPECTS(fan_in > 0 && fan_out > 0, "fan-in and fan-out must be positive");
  return std::sqrt(2.0 / static_cast<double>(fan_in + fan_out));
}

}  // namespace detail

/// Normal with variance 2 / fan_in, which keeps the forward variance through ReLU.
/// Source: He et al., "Delving deep into rectifiers", 2015, equation 10.
struct HeNormal {
  std::uint64_t seed = 0;
  void operator()(std::span<float> weight, Index fan_in, Index /*fan_out*/, std::uint64_t stream) const {
    detail::fill_normal(weight, detail::he_deviation(fan_in), Random(seed, stream));
  }
};

/// Uniform in [-b, b) with b = sqrt(6 / fan_in): HeNormal's variance without its tails. Source: as HeNormal.
struct HeUniform {
  std::uint64_t seed = 0;
  void operator()(std::span<float> weight, Index fan_in, Index /*fan_out*/, std::uint64_t stream) const {
    detail::fill_uniform(weight, detail::he_deviation(fan_in), Random(seed, stream));
  }
};

/// Normal with variance 2 / (fan_in + fan_out): for networks of tanh, sigmoid or no activation.
/// Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
/// equation 12.
struct GlorotNormal {
  std::uint64_t seed = 0;
  void operator()(std::span<float> weight, Index fan_in, Index fan_out, std::uint64_t stream) const {
    detail::fill_normal(weight, detail::glorot_deviation(fan_in, fan_out), Random(seed, stream));
  }
};

/// Uniform in [-b, b) with b = sqrt(6 / (fan_in + fan_out)): GlorotNormal's variance without its tails.
/// Source: Glorot, Bengio, 2010, equation 16.
struct GlorotUniform {
  std::uint64_t seed = 0;
  void operator()(std::span<float> weight, Index fan_in, Index fan_out, std::uint64_t stream) const {
    detail::fill_uniform(weight, detail::glorot_deviation(fan_in, fan_out), Random(seed, stream));
  }
};

static_assert(Initializer<HeNormal> && Initializer<HeUniform> && Initializer<GlorotNormal> &&
              Initializer<GlorotUniform>);

}  // namespace qnn
