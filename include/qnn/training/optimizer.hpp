// SPDX-License-Identifier: MIT
/// @file
/// How parameters follow their gradients: stochastic gradient descent, Adam, AdamW. Optimizers are options without
/// memory; their state is a plain array that the caller owns, so that a checkpoint saves it like the parameters.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/kernels/eigen/eigen.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qnn {

/// Whether weight decay acts on a tensor: usual for weights, harmful for biases and for scales of BatchNorm.
enum class Decay { none, apply };

/// An update rule of n parameters with `slots` floats of state for each.
///   requires  parameters, gradients, state do not overlap and are n, n and slots * n long; state is zero before the
///             first step and the previous step's thereafter: slot by slot, n floats each
///             step = 1, 2, 3, ...; learning_rate is the base rate after the schedule (schedule.hpp), and replaces the
///             member `learning_rate`, which is the base rate
///   ensures   parameters and state are those after the step; the result for one parameter depends on that parameter
///             alone, so that a tensor may be updated in parts
///             validate() throws ArgumentError where an option is out of range
template <class O>
concept Optimizer = std::copyable<O> &&
    requires(const O& optimizer, std::span<float> parameters, std::span<const float> gradients, std::span<float> state,
             std::int64_t step, float learning_rate, Decay decay) {
  { O::slots } -> std::convertible_to<Index>;
  { optimizer.learning_rate } -> std::convertible_to<float>;
  { optimizer.step(parameters, gradients, state, step, learning_rate, decay) } -> std::same_as<void>;
  { optimizer.validate() } -> std::same_as<void>;
};

namespace detail {

QNN_COLD inline void check_option(bool holds, std::string_view name, std::string_view expected, float found) {
  if (!holds) {
    throw ArgumentError(name, expected, std::to_string(found));
  }
}

inline void check_learning_rate(float learning_rate) {
  check_option(learning_rate > 0 && std::isfinite(learning_rate), "learning_rate", "a positive finite number",
               learning_rate);
}

inline void check_weight_decay(float weight_decay) {
  check_option(weight_decay >= 0 && std::isfinite(weight_decay), "weight_decay", "0 or a positive finite number",
               weight_decay);
}

QNN_COLD inline void check_adam(float learning_rate, float beta1, float beta2, float epsilon, float weight_decay) {
  check_learning_rate(learning_rate);
  check_option(beta1 >= 0 && beta1 < 1, "beta1", "0 <= beta1 < 1", beta1);
  check_option(beta2 >= 0 && beta2 < 1, "beta2", "0 <= beta2 < 1", beta2);
  check_option(epsilon > 0 && std::isfinite(epsilon), "epsilon", "a positive finite number", epsilon);
  check_weight_decay(weight_decay);
}

/// The numbers of one Adam step that are alike for all parameters.
struct AdamStep {
  float beta1, beta2, epsilon;
  float learning_rate;
  float l2;      ///< weight decay that is added to the gradient
  float shrink;  ///< factor on the parameter: decoupled weight decay
  std::int64_t step;

  /// One pass over memory, without branches: vectorizes (with -fno-math-errno, for the square root).
  void operator()(std::span<float> parameters, std::span<const float> gradients, std::span<float> state) const {
    QNN_EXPECTS(gradients.size() == parameters.size(), "one gradient for each parameter");
    QNN_EXPECTS(state.size() == 2 * parameters.size(), "two floats of state for each parameter");
    QNN_EXPECTS(step >= 1, "steps are counted from 1");
    // The corrections are taken in double: beta2^step is so near 1 at first that float would lose half its digits.
    const double correction1 = 1 - std::pow(static_cast<double>(beta1), static_cast<double>(step));
    const double correction2 = 1 - std::pow(static_cast<double>(beta2), static_cast<double>(step));
    const float rate = static_cast<float>(static_cast<double>(learning_rate) / correction1);
    const float unbias2 = static_cast<float>(1 / std::sqrt(correction2));

    // Eigen's arrays take square roots several at a time, which a plain loop may not where sqrt has to set errno. In
    // pieces, so that the three expressions find their operands in the cache.
    using Piece = Eigen::Map<Eigen::ArrayXf>;
    constexpr Index piece = 1024;
    const auto count = static_cast<Index>(parameters.size());
    for (Index first = 0; first < count; first += piece) {
      const Index length = std::min(piece, count - first);
      Piece parameter(parameters.data() + first, length);
      Piece moment1(state.data() + first, length);
      Piece moment2(state.data() + count + first, length);
      const Eigen::Map<const Eigen::ArrayXf> gradient(gradients.data() + first, length);
      moment1 = beta1 * moment1 + (1 - beta1) * (gradient + l2 * parameter);
      moment2 = beta2 * moment2 + (1 - beta2) * (gradient + l2 * parameter).square();
      parameter = shrink * parameter - rate * moment1 / (moment2.sqrt() * unbias2 + epsilon);
    }
  }
};

}  // namespace detail

/// Stochastic gradient descent with momentum m, weight decay w and learning rate r, on parameter p with gradient g:
///
///     s <- g + w p      v <- m v + s      p <- p - r v          or, with nesterov,      p <- p - r (s + m v)
///
/// With m = 0 the state is neither read nor written. As in PyTorch, r is not part of v: a change of r acts at once.
/// Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, as in
/// torch.optim.SGD.
struct Sgd {
  float learning_rate = 0.01f;  ///< r > 0
  float momentum = 0;           ///< m, in [0, 1)
  bool nesterov = false;        ///< look ahead along v; needs momentum
  float weight_decay = 0;       ///< w >= 0

  /// State for each parameter: v.
  static constexpr Index slots = 1;

  /// @throws ArgumentError where an option is out of its range
  void validate() const {
    detail::check_learning_rate(learning_rate);
    detail::check_option(momentum >= 0 && momentum < 1, "momentum", "0 <= momentum < 1", momentum);
    detail::check_option(!nesterov || momentum > 0, "momentum", "above 0 where nesterov is set", momentum);
    detail::check_weight_decay(weight_decay);
  }

  /// See Optimizer. The number of the step does not matter.
  void step(std::span<float> parameters, std::span<const float> gradients, std::span<float> state,
            std::int64_t /*step*/, float rate, Decay decay) const {
    QNN_EXPECTS(gradients.size() == parameters.size(), "one gradient for each parameter");
    QNN_EXPECTS(state.size() == parameters.size(), "one float of state for each parameter");
    const float l2 = decay == Decay::apply ? weight_decay : 0.0f;
    if (momentum == 0) {
      descend(parameters, gradients, rate, l2);
    } else {
      // Both rules are p <- p - r (a s + b v).
      descend(parameters, gradients, state, rate, l2, nesterov ? 1.0f : 0.0f, nesterov ? momentum : 1.0f);
    }
  }

 private:
  static void descend(std::span<float> parameters, std::span<const float> gradients, float rate, float l2) {
    float* QNN_RESTRICT parameter = parameters.data();
    const float* QNN_RESTRICT gradient = gradients.data();
    for (Index i = 0; i < static_cast<Index>(parameters.size()); ++i) {
      parameter[i] -= rate * (gradient[i] + l2 * parameter[i]);
    }
  }

  void descend(std::span<float> parameters, std::span<const float> gradients, std::span<float> state, float rate,
               float l2, float of_slope, float of_velocity) const {
    float* QNN_RESTRICT parameter = parameters.data();
    const float* QNN_RESTRICT gradient = gradients.data();
    float* QNN_RESTRICT velocity = state.data();
    const float keep = momentum;
    for (Index i = 0; i < static_cast<Index>(parameters.size()); ++i) {
      const float slope = gradient[i] + l2 * parameter[i];
      const float speed = keep * velocity[i] + slope;
      velocity[i] = speed;
      parameter[i] -= rate * (of_slope * slope + of_velocity * speed);
    }
  }
};

/// Adam with weight decay w as an L2 penalty: at step t = 1, 2, ..., on parameter p with gradient g and rate r,
///
///     s <- g + w p      m <- beta1 m + (1 - beta1) s      v <- beta2 v + (1 - beta2) s^2
///     p <- p - r (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
///
/// Source: Kingma, Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; torch.optim.Adam.
struct Adam {
  float learning_rate = 1e-3f;  ///< r > 0
  float beta1 = 0.9f;           ///< in [0, 1)
  float beta2 = 0.999f;         ///< in [0, 1)
  float epsilon = 1e-8f;        ///< above 0
  float weight_decay = 0;       ///< w >= 0

  /// State for each parameter: m, then v.
  static constexpr Index slots = 2;

  /// @throws ArgumentError where an option is out of its range
  void validate() const { detail::check_adam(learning_rate, beta1, beta2, epsilon, weight_decay); }

  /// See Optimizer.
  void step(std::span<float> parameters, std::span<const float> gradients, std::span<float> state, std::int64_t step,
            float rate, Decay decay) const {
    detail::AdamStep{.beta1 = beta1,
                     .beta2 = beta2,
                     .epsilon = epsilon,
                     .learning_rate = rate,
                     .l2 = decay == Decay::apply ? weight_decay : 0.0f,
                     .shrink = 1,
                     .step = step}(parameters, gradients, state);
  }
};

/// Adam with decoupled weight decay w, which no longer passes through the adaptive rate: Adam's step with s = g, from
///
///     p <- (1 - r w) p
///
/// Source: Loshchilov, Hutter, "Decoupled weight decay regularization", 2019, algorithm 2, with w multiplied by the
/// rate as in torch.optim.AdamW.
struct AdamW {
  float learning_rate = 1e-3f;  ///< r > 0
  float beta1 = 0.9f;           ///< in [0, 1)
  float beta2 = 0.999f;         ///< in [0, 1)
  float epsilon = 1e-8f;        ///< above 0
  float weight_decay = 0.01f;   ///< w >= 0

  /// State for each parameter: m, then v.
  static constexpr Index slots = 2;

  /// @throws ArgumentError where an option is out of its range
  void validate() const { detail::check_adam(learning_rate, beta1, beta2, epsilon, weight_decay); }

  /// See Optimizer.
  void step(std::span<float> parameters, std::span<const float> gradients, std::span<float> state, std::int64_t step,
            float rate, Decay decay) const {
    detail::AdamStep{.beta1 = beta1,
                     .beta2 = beta2,
                     .epsilon = epsilon,
                     .learning_rate = rate,
                     .l2 = 0,
                     .shrink = decay == Decay::apply ? 1 - rate * weight_decay : 1.0f,
                     .step = step}(parameters, gradients, state);
  }
};

static_assert(Optimizer<Sgd> && Optimizer<Adam> && Optimizer<AdamW>);

}  // namespace qnn
