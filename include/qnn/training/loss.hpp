// SPDX-License-Identifier: MIT
/// @file
/// What training minimises, for one example at a time: `loss(outputs, target, gradient)`.
#pragma once

#include "qnn/core/contract.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/numeric/log_sum_exp.hpp"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

namespace qnn {

namespace detail {

template <class L>
inline constexpr bool reads_logits = requires {
  requires L::reads_logits;
};
template <class L>
inline constexpr bool reads_example = requires {
  requires L::reads_example;
};
/// What a loss compares the outputs with.
template <class L>
using Target = std::conditional_t<reads_example<L>, std::span<const float>, std::int32_t>;

}  // namespace detail

/// A loss of one example.
///   requires  target: the class label, 0 <= label < outputs.size(); of a loss that says
///             `static constexpr bool reads_example = true` the example itself, as long as outputs
///             gradient is empty, or as long as outputs and not overlapping them
///   ensures   returns the loss of this example; writes d loss / d outputs to gradient, not divided by the batch size;
///             where gradient is empty, only evaluates
///             validate() throws ArgumentError where an option is out of range
/// `outputs` are those of the network. A loss of logits says `static constexpr bool reads_logits = true`, and is given
/// what enters a final Softmax instead.
template <class L>
concept Loss = std::copyable<L> &&
    requires(const L& loss, std::span<const float> outputs, detail::Target<L> target, std::span<float> gradient) {
  { loss(outputs, target, gradient) } -> std::same_as<double>;
  { loss.validate() } -> std::same_as<void>;
};

namespace detail {

/// @throws ArgumentError unless 0 <= label < classes. Labels come from files: checked in every build.
inline void check_label(std::int32_t label, std::size_t classes) {
  if (label < 0 || static_cast<std::size_t>(label) >= classes) {
    throw ArgumentError("label", "0 to " + std::to_string(static_cast<Index>(classes) - 1) + ", one per output",
                        std::to_string(label));
  }
}

}  // namespace detail

/// Softmax followed by cross-entropy, from logits z of K classes:
///
///     loss         = -sum_k q_k log p_k      p = softmax(z)      q_k = (1 - s) [k = label] + s / K
///     d loss / d z = p - q
///
/// with label smoothing s: the true class is asked for with probability 1 - s + s/K instead of 1. Natural logarithm;
/// computed in double. The loss is never negative; for s = 0 it is 0 at perfect confidence. A logit that is NaN or
/// +infinity gives the loss NaN. O(K).
/// Source: Szegedy et al., "Rethinking the Inception architecture", 2016, section 7 (label smoothing).
struct CrossEntropy {
  static constexpr bool reads_logits = true;
  /// s, in [0, 1).
  float label_smoothing = 0;

  /// @throws ArgumentError unless label_smoothing is in [0, 1)
  void validate() const {
    if (!(label_smoothing >= 0 && label_smoothing < 1)) {
      throw ArgumentError("CrossEntropy::label_smoothing", "0 <= label_smoothing < 1", std::to_string(label_smoothing));
    }
  }

  /// See Loss.
  /// @throws ArgumentError unless 0 <= label < logits.size()
  double operator()(std::span<const float> logits, std::int32_t label, std::span<float> gradient = {}) const {
    QNN_EXPECTS(gradient.empty() || gradient.size() == logits.size(), "one gradient for each logit");
    detail::check_label(label, logits.size());
    const auto target = static_cast<std::size_t>(label);
    const LogSumExp log_sum(logits);
    const double smoothing = static_cast<double>(label_smoothing);
    const double share = smoothing / static_cast<double>(logits.size());

    double loss = (1 - smoothing) * log_sum.surprise(logits[target]);
    if (smoothing > 0) {  // else 0 * infinity would make NaN of a class that is ruled out
      for (const float logit : logits) {
        loss += share * log_sum.surprise(logit);
      }
    }
    for (std::size_t k = 0; k < gradient.size(); ++k) {
      const double wanted = share + (k == target ? 1 - smoothing : 0);
      gradient[k] = static_cast<float>(std::exp(-log_sum.surprise(logits[k])) - wanted);
    }
    return loss;
  }
};

/// Mean squared error of K outputs y against targets t:
///
///     loss         = 1/K sum_k (y_k - t_k)^2
///     d loss / d y = 2/K (y - t)
///
/// A class label stands for the one-hot target t_k = [k = label]. Behind a final Softmax y are probabilities (the Brier
/// score, divided by K), else whatever the network gives. Computed in double. O(K).
struct MeanSquaredError {
  /// Has no options: always valid.
  void validate() const {}

  /// Against a one-hot target; see Loss.
  /// @throws ArgumentError unless 0 <= label < outputs.size()
  double operator()(std::span<const float> outputs, std::int32_t label, std::span<float> gradient = {}) const {
    detail::check_label(label, outputs.size());
    const auto hot = static_cast<std::size_t>(label);
    return evaluate(
        outputs, [hot](std::size_t k) { return k == hot ? 1.0 : 0.0; }, gradient);
  }

  /// Against `target`, which is as long as `outputs`.
  double operator()(std::span<const float> outputs, std::span<const float> target,
                    std::span<float> gradient = {}) const {
    QNN_EXPECTS(!outputs.empty() && target.size() == outputs.size(), "one target for each of one or more outputs");
    return evaluate(
        outputs, [target](std::size_t k) { return static_cast<double>(target[k]); }, gradient);
  }

 private:
  template <class Target>
  static double evaluate(std::span<const float> outputs, Target target, std::span<float> gradient) {
    QNN_EXPECTS(gradient.empty() || gradient.size() == outputs.size(), "one gradient for each output");
    const double count = static_cast<double>(outputs.size());
    double sum = 0;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const double error = static_cast<double>(outputs[k]) - target(k);
      sum += error * error;
      if (!gradient.empty()) {
        gradient[k] = static_cast<float>(2 * error / count);
      }
    }
    return sum / count;
  }
};

/// MeanSquaredError of the outputs against the example itself: the loss of an autoencoder. Labels play no part, and
/// there is no accuracy. Where training augments, the outputs are compared with the example as it was before (a
/// denoising autoencoder: Vincent et al., "Extracting and composing robust features with denoising autoencoders",
/// 2008).
struct Reconstruction {
  static constexpr bool reads_example = true;
  /// Has no options: always valid.
  void validate() const {}

  /// See Loss. @pre example is as long as outputs
  double operator()(std::span<const float> outputs, std::span<const float> example,
                    std::span<float> gradient = {}) const {
    return MeanSquaredError{}(outputs, example, gradient);
  }
};

static_assert(Loss<CrossEntropy> && Loss<MeanSquaredError> && Loss<Reconstruction>);

}  // namespace qnn
