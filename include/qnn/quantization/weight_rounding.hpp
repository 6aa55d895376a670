// SPDX-License-Identifier: MIT
/// @file
/// Learned rounding of the weights of one layer: each goes up or down, whichever gives the better outputs. Takes the
/// numbers of the layer, not its type: compiled once for all layers and precisions.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/random.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/scheme/asymmetric.hpp"
#include "qnn/training/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace qnn {

/// How rounding is learned.
struct RoundingOptions {
  int iterations = 1000;               ///< steps of Adam for each layer
  Index batch = 32;                    ///< examples of a step
  float learning_rate = 0.1f;          ///< of Adam
  float regularization = 10;           ///< weight of what drives weights to one side, beside a relative error of 1
  float warm_up = 0.2f;                ///< share of the iterations without it, in [0, 1)
  std::uint64_t seed = 1;              ///< of the choice of examples
  QuantizationOptions quantization{};  ///< how the scales of the weights are chosen
};

namespace detail {

QNN_COLD inline void check_rounding(const RoundingOptions& options) {
  if (options.iterations < 1 || options.batch < 1) {
    throw ArgumentError("learn_rounding: iterations and batch", "at least 1",
                        std::to_string(options.iterations) + " and " + std::to_string(options.batch));
  }
  check_learning_rate(options.learning_rate);
  check_option(options.regularization >= 0 && std::isfinite(options.regularization), "regularization",
               "0 or a positive finite number", options.regularization);
  check_option(options.warm_up >= 0 && options.warm_up < 1, "warm_up", "0 <= warm_up < 1", options.warm_up);
}

/// h(v) = clamp(1.2 sigmoid(v) - 0.1, 0, 1): unlike a sigmoid it reaches 0 and 1. Source: Louizos, Welling, Kingma,
/// 2018.
struct RectifiedSigmoid {
  float value, slope;
  explicit RectifiedSigmoid(float v) {
    const float sigmoid = 1.0f / (1.0f + std::exp(-v));
    const float stretched = 1.2f * sigmoid - 0.1f;
    value = std::clamp(stretched, 0.0f, 1.0f);
    slope = stretched > 0.0f && stretched < 1.0f ? 1.2f * sigmoid * (1.0f - sigmoid) : 0.0f;
  }
  /// The v with h(v) = share, in [0, 1).
  static float inverse(float share) { return -std::log(1.2f / (share + 0.1f) - 1.0f); }
};

/// The slope of 1 - |2 h - 1|^exponent, which is least where h is 0 or 1: -2 exponent |2 h - 1|^(exponent - 1) sign(2 h
/// - 1). Source: Nagel et al. 2020 (learn_rounding.hpp).
inline float regularizer_slope(float h, float exponent) {
  const float side = 2.0f * h - 1.0f;
  return -2.0f * exponent * std::copysign(std::pow(std::fabs(side), exponent - 1.0f), side);
}

/// The codes of the weights of a layer, those that may go either way with a variable each.
///
/// The weights from which the scale follows stay at their nearest codes, so that the same scale follows from the
/// result: the lowest and the highest of each group, of a symmetric one the largest. So do those beyond the codes.
class WeightRounding {
 public:
  /// @param groups  scale and zero point of as many equal parts of the weights
  WeightRounding(std::span<const float> weights, std::span<const Asymmetric::Parameters> groups, CodeRange codes,
                 bool symmetric)
      : groups_(groups.begin(), groups.end()),
        group_size_(weights.size() / groups.size()),
        nearest_(weights.size()),
        lower_(weights.size()) {
    for (std::size_t group = 0; group < groups.size(); ++group) {
      const auto reals = weights.subspan(group * group_size_, group_size_);
      const Range range = range_of(reals);
      for (std::size_t k = 0; k < reals.size(); ++k) {
        const std::size_t at = group * group_size_ + k;
        const bool is_end = symmetric ? std::fabs(reals[k]) == range.magnitude()
                                      : reals[k] == range.lowest || reals[k] == range.highest;
        const float steps = reals[k] / groups[group].scale;
        const float below = std::floor(steps);
        nearest_[at] = quantize_value<std::int16_t>(reals[k], groups[group], codes);
        lower_[at] = nearest_[at];
        const float lowest = static_cast<float>(codes.lowest - groups[group].zero_point);
        const float highest = static_cast<float>(codes.highest - groups[group].zero_point);
        if (!is_end && below >= lowest && below < highest) {
          lower_[at] = static_cast<std::int32_t>(below) + groups[group].zero_point;
          free_.push_back(at);
          variables_.push_back(RectifiedSigmoid::inverse(steps - below));
        }
      }
    }
    state_.resize(Adam::slots * variables_.size());
    gradients_.resize(variables_.size());
  }

  /// Weights that may go either way.
  std::size_t free() const { return free_.size(); }
  const std::vector<std::int32_t>& nearest() const { return nearest_; }
  /// The codes that the variables are nearer to.
  std::vector<std::int32_t> learned() const {
    std::vector<std::int32_t> codes = lower_;
    for (std::size_t i = 0; i < free_.size(); ++i) {
      codes[free_[i]] += RectifiedSigmoid(variables_[i]).value >= 0.5f ? 1 : 0;
    }
    return codes;
  }
  /// The reals of codes.
  float real(std::int32_t code, std::size_t at) const {
    return dequantize_value(static_cast<std::int16_t>(code), groups_[at / group_size_]);
  }
  void reals(std::span<const std::int32_t> codes, std::span<float> weights) const {
    for (std::size_t k = 0; k < codes.size(); ++k) {
      weights[k] = real(codes[k], k);
    }
  }
  /// The reals between codes that the variables stand for.
  void soft_reals(std::span<float> weights) const {
    reals(lower_, weights);
    for (std::size_t i = 0; i < free_.size(); ++i) {
      weights[free_[i]] += groups_[free_[i] / group_size_].scale * RectifiedSigmoid(variables_[i]).value;
    }
  }
  /// One step of Adam down  n error + regularization sum_i 1 - |2 h_i - 1|^exponent  for n variables, given derror/dw.
  void step(std::span<const float> of_weights, float regularization, float exponent, float learning_rate) {
    const auto count = static_cast<float>(variables_.size());
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      const RectifiedSigmoid h(variables_[i]);
      const float of_h = count * groups_[free_[i] / group_size_].scale * of_weights[free_[i]];
      gradients_[i] = (of_h + regularization * regularizer_slope(h.value, exponent)) * h.slope;
    }
    Adam{}.step(variables_, gradients_, state_, ++steps_, learning_rate, Decay::none);
  }

 private:
  std::vector<Asymmetric::Parameters> groups_;
  std::size_t group_size_;
  std::vector<std::int32_t> nearest_, lower_;
  std::vector<std::size_t> free_;
  std::vector<float> variables_, gradients_, state_;
  std::int64_t steps_ = 0;
};

/// What the outputs of a stage should be, and how they follow from its parameters.
struct Reconstruction {
  std::vector<float> inputs, targets;  ///< of all examples; targets behind the activation
  std::size_t input_size, output_size, channels;
  std::vector<float> bias;   ///< behind the weights in the parameters, or none
  std::vector<float> shift;  ///< added to the outputs of each channel, or none
  Clamp clamp;
  std::function<std::span<const float>(std::span<const float> parameters, std::span<const float> x)> forward;
  std::function<void(std::span<const float> parameters, std::span<const float> x, std::span<const float> dy,
                     std::span<float> gradients)>
      add_gradients;

  std::size_t examples() const { return inputs.size() / input_size; }
  std::vector<float> parameters(std::size_t weights) const {
    std::vector<float> all(weights);
    all.insert(all.end(), bias.begin(), bias.end());
    return all;
  }
  /// What output k of those of some examples lacks or has too much, and whether it moves with the parameters there.
  struct Residual {
    float error;
    bool moves;
  };
  Residual residual(float output, float target, std::size_t k) const {
    const float value = output + (shift.empty() ? 0.0f : shift[k % channels]);
    const float clamped = clamp.apply(value);
    return {clamped - target, clamped == value};
  }
  /// The squared error of each channel over all examples.
  std::vector<double> errors(std::span<const float> parameters, std::size_t batch) const {
    std::vector<double> sums(channels);
    for (std::size_t first = 0; first < examples(); first += batch) {
      const std::size_t count = std::min(batch, examples() - first);
      const auto y = forward(parameters, std::span(inputs).subspan(first * input_size, count * input_size));
      for (std::size_t k = 0; k < y.size(); ++k) {
        const double error = static_cast<double>(residual(y[k], targets[first * output_size + k], k).error);
        sums[k % channels] += error * error;
      }
    }
    return sums;
  }
};

/// 20 after the warm-up, falling to 2 along half a cosine: at first only weights that have all but decided are held.
inline float rounding_exponent(double progress) {
  return static_cast<float>(2.0 + 9.0 * (1.0 + std::cos(std::numbers::pi * progress)));
}

/// Adam on batches of random examples. @param nearest_error  of an example, on average, with codes rounded to nearest
QNN_NOINLINE inline void optimize_rounding(WeightRounding& rounding, const Reconstruction& problem, std::size_t weights,
                                           double nearest_error, const RoundingOptions& options) {
  std::vector<float> parameters = problem.parameters(weights), gradients(parameters.size());
  const std::size_t batch = std::min(static_cast<std::size_t>(options.batch), problem.examples());
  std::vector<float> x(batch * problem.input_size), target(batch * problem.output_size), dy(target.size());
  const float scale = static_cast<float>(2.0 / (static_cast<double>(batch) * nearest_error));
  Random random(options.seed);
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    for (std::size_t n = 0; n < batch; ++n) {
      const auto example = static_cast<std::size_t>(random.below(static_cast<Index>(problem.examples())));
      std::copy_n(&problem.inputs[example * problem.input_size], problem.input_size, &x[n * problem.input_size]);
      std::copy_n(&problem.targets[example * problem.output_size], problem.output_size,
                  &target[n * problem.output_size]);
    }
    rounding.soft_reals(std::span(parameters).first(weights));
    const auto y = problem.forward(parameters, x);
    for (std::size_t k = 0; k < y.size(); ++k) {
      const auto [error, moves] = problem.residual(y[k], target[k], k);
      dy[k] = moves ? scale * error : 0.0f;
    }
    std::fill(gradients.begin(), gradients.end(), 0.0f);
    problem.add_gradients(parameters, x, dy, gradients);
    const double done = static_cast<double>(iteration) / options.iterations,
                 start = static_cast<double>(options.warm_up);
    const bool warm = done >= start;
    rounding.step(std::span(gradients).first(weights), warm ? options.regularization : 0.0f,
                  rounding_exponent(warm ? (done - start) / (1.0 - start) : 0.0), options.learning_rate);
  }
}

/// The codes of the weights: for each output channel the learned ones where they give a smaller error than the nearest
/// ones on all examples, else the nearest ones. So no channel is worse than with rounding to nearest.
QNN_COLD inline std::vector<std::int32_t> learn_codes(WeightRounding& rounding, const Reconstruction& problem,
                                                      const RoundingOptions& options) {
  std::vector<std::int32_t> codes = rounding.nearest();
  std::vector<float> parameters = problem.parameters(codes.size());
  const auto errors_of = [&](std::span<const std::int32_t> candidates) {
    rounding.reals(candidates, std::span(parameters).first(codes.size()));
    return problem.errors(parameters, static_cast<std::size_t>(options.batch));
  };
  const std::vector<double> nearest_errors = errors_of(codes);
  double sum = 0;
  for (const double error : nearest_errors) {
    sum += error;
  }
  if (sum == 0.0 || rounding.free() == 0) {
    return codes;
  }
  optimize_rounding(rounding, problem, codes.size(), sum / static_cast<double>(problem.examples()), options);
  const std::vector<std::int32_t> learned = rounding.learned();
  const std::vector<double> learned_errors = errors_of(learned);
  const std::size_t fan_in = codes.size() / problem.channels;
  for (std::size_t o = 0; o < problem.channels; ++o) {
    if (learned_errors[o] < nearest_errors[o]) {
      std::copy_n(learned.begin() + static_cast<std::ptrdiff_t>(o * fan_in), fan_in,
                  codes.begin() + static_cast<std::ptrdiff_t>(o * fan_in));
    }
  }
  return codes;
}

}  // namespace detail

}  // namespace qnn
