// SPDX-License-Identifier: MIT
/// @file
/// How the learning rate changes while a network trains: a factor on the optimizer's base rate, as a function of time.
///
/// Time is the number of optimizer steps done, so 0 at the first step; `total_steps` would be the time after the last.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <numbers>
#include <string>
#include <string_view>
#include <variant>

namespace qnn {

namespace detail {

QNN_COLD inline void check_schedule(bool holds, std::string_view name, std::string_view expected, double found) {
  if (!holds) {
    throw ArgumentError(name, expected, std::to_string(found));
  }
}

/// The linear rise at the start of a schedule, in epochs or in steps. The factor at step i of w is (i + 1) / w: the
/// first step already learns, and step w - 1 has the full rate.
struct WarmUp {
  double epochs, steps;

  void validate() const {
    check_schedule(epochs >= 0 && std::isfinite(epochs), "warm_up_epochs", "0 or a positive finite number", epochs);
    check_schedule(steps >= 0 && std::isfinite(steps), "warm_up_steps", "0 or a positive finite number", steps);
    check_schedule(epochs == 0 || steps == 0, "warm_up_steps", "0 where warm_up_epochs is set", steps);
  }
  double length(double steps_per_epoch) const { return epochs * steps_per_epoch + steps; }
  /// See Schedule.
  double factor(double step, double steps_per_epoch) const {
    const double rise = length(steps_per_epoch);
    return step < rise ? std::min(1.0, (step + 1) / rise) : 1.0;
  }
};

/// From `start` at time 0 to `end` at time 1 along half a cosine, level at both ends.
inline double half_cosine(double start, double end, double time) {
  return end + (start - end) * (1 + std::cos(std::numbers::pi * std::clamp(time, 0.0, 1.0))) / 2;
}

}  // namespace detail

/// The base rate throughout, after the warm-up.
struct ConstantRate {
  double warm_up_epochs = 0;  ///< >= 0
  double warm_up_steps = 0;   ///< >= 0, instead of warm_up_epochs

  /// @throws ArgumentError where an option is out of its range
  void validate() const { detail::WarmUp{warm_up_epochs, warm_up_steps}.validate(); }
  /// See Schedule.
  double factor(double step, double /*total_steps*/, double steps_per_epoch) const {
    return detail::WarmUp{warm_up_epochs, warm_up_steps}.factor(step, steps_per_epoch);
  }
};

/// The rate times `decay` after every `every_epochs` epochs, counted from the start of training:
/// factor = decay^floor(epoch / every_epochs), epoch = 0, 1, ..., times the warm-up.
struct StepDecay {
  double decay = 0.1;         ///< in (0, 1]
  double every_epochs = 10;   ///< > 0
  double warm_up_epochs = 0;  ///< >= 0
  double warm_up_steps = 0;   ///< >= 0, instead of warm_up_epochs

  /// @throws ArgumentError where an option is out of its range
  void validate() const {
    detail::check_schedule(decay > 0 && decay <= 1, "StepDecay::decay", "0 < decay <= 1", decay);
    detail::check_schedule(every_epochs > 0 && std::isfinite(every_epochs), "StepDecay::every_epochs",
                           "a positive finite number", every_epochs);
    detail::WarmUp{warm_up_epochs, warm_up_steps}.validate();
  }
  /// See Schedule.
  double factor(double step, double /*total_steps*/, double steps_per_epoch) const {
    return std::pow(decay, std::floor(step / (every_epochs * steps_per_epoch))) *
           detail::WarmUp{warm_up_epochs, warm_up_steps}.factor(step, steps_per_epoch);
  }
};

/// After a warm-up of w steps, half a cosine from 1 down to `final_fraction` f:
///
///     factor = f + (1 - f) (1 + cos(pi (step - w) / (total_steps - w))) / 2
///
/// A warm-up as long as the training or longer leaves only the rise.
/// Source: Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5, one cycle.
struct Cosine {
  double final_fraction = 0;  ///< f, in [0, 1]
  double warm_up_epochs = 0;  ///< >= 0
  double warm_up_steps = 0;   ///< >= 0, instead of warm_up_epochs

  /// @throws ArgumentError where an option is out of its range
  void validate() const {
    detail::check_schedule(final_fraction >= 0 && final_fraction <= 1, "Cosine::final_fraction",
                           "0 <= final_fraction <= 1", final_fraction);
    detail::WarmUp{warm_up_epochs, warm_up_steps}.validate();
  }
  /// See Schedule.
  double factor(double step, double total_steps, double steps_per_epoch) const {
    const detail::WarmUp warm_up{warm_up_epochs, warm_up_steps};
    const double rise = warm_up.length(steps_per_epoch);
    if (step < rise) {
      return warm_up.factor(step, steps_per_epoch);
    }
    return detail::half_cosine(1, final_fraction, total_steps > rise ? (step - rise) / (total_steps - rise) : 1);
  }
};

/// One cycle: the factor rises from 1 / start_divisor to 1 during the first `rise` of all steps, then falls to
/// 1 / (start_divisor * final_divisor) at the end, along half a cosine each. The rise is the warm-up.
/// Source: Smith, Topin, "Super-convergence", 2018; with the cosine form and the defaults of
/// torch.optim.lr_scheduler.OneCycleLR.
struct OneCycle {
  double rise = 0.3;           ///< fraction of all steps until the peak, in (0, 1)
  double start_divisor = 25;   ///< peak rate / first rate, >= 1
  double final_divisor = 1e4;  ///< first rate / last rate, >= 1

  /// @throws ArgumentError where an option is out of its range
  void validate() const {
    detail::check_schedule(rise > 0 && rise < 1, "OneCycle::rise", "0 < rise < 1", rise);
    detail::check_schedule(start_divisor >= 1 && std::isfinite(start_divisor), "OneCycle::start_divisor",
                           "a finite number of at least 1", start_divisor);
    detail::check_schedule(final_divisor >= 1 && std::isfinite(final_divisor), "OneCycle::final_divisor",
                           "a finite number of at least 1", final_divisor);
  }
  /// See Schedule.
  double factor(double step, double total_steps, double /*steps_per_epoch*/) const {
    const double peak = rise * total_steps;
    const double start = 1 / start_divisor;
    return step < peak ? detail::half_cosine(start, 1, step / peak)
                       : detail::half_cosine(1, start / final_divisor, (step - peak) / (total_steps - peak));
  }
};

/// Any of the schedules above, as a value: `.schedule = qnn::Cosine{.final_fraction = 0.01, .warm_up_epochs = 1}`.
class Schedule {
  using Kind = std::variant<ConstantRate, StepDecay, Cosine, OneCycle>;

 public:
  /// ConstantRate without warm-up.
  Schedule() = default;
  template <class S>
    requires(!std::same_as<S, Schedule> && std::constructible_from<Kind, S>)
  Schedule(S schedule) : kind_(schedule) {}

  /// @throws ArgumentError where an option is out of its range
  void validate() const {
    std::visit([](const auto& schedule) { schedule.validate(); }, kind_);
  }

  /// What to multiply the base learning rate by at `step`, in [0, 1].
  ///   requires  0 <= step <= total_steps, total_steps > 0, steps_per_epoch > 0
  double factor(double step, double total_steps, double steps_per_epoch) const {
    QNN_EXPECTS(steps_per_epoch > 0 && total_steps > 0 && step >= 0 && step <= total_steps, "a step of the training");
    return std::visit([&](const auto& schedule) { return schedule.factor(step, total_steps, steps_per_epoch); }, kind_);
  }

 private:
  Kind kind_;
};

}  // namespace qnn
