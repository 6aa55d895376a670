// SPDX-License-Identifier: MIT
/// @file
/// Checks the float machine of a layer: derivatives, and the promises of the protocol (layers/layer.hpp).
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/layers/layer.hpp"
#include "qnn/testing/guarded.hpp"
#include "qnn/testing/options.hpp"
#include "qnn/testing/report.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace qnn::testing {

/// The layer computes y = f(x, p). With random c the loss is L = sum c_i y_i, so that dy = c; backward's dx and
/// gradients are compared with (L(+h) - L(-h)) / 2h, summed in double. Where the two one-sided differences disagree, a
/// kink (of ReLU, of max pooling) lies between, and the place is left out.
template <class Layer, StaticShape In>
class GradientCheck {
  using Machine = typename Layer::template at<Float32, In>;
  using Out = typename Layer::template output<In>;
  using Floats = std::vector<float>;

 public:
  GradientCheck(Report& report, const LayerCheckOptions& options)
      : report_(report), options_(options), random_(options.seed), count_(options.batch) {
    for (const ParameterInfo& info : Machine::parameters) {  // variances are positive
      const Floats values =
          random_floats(info.extents.size(), info.is_statistic ? 0.5f : -1.0f, info.is_statistic ? 1.5f : 1.0f);
      parameters_.insert(parameters_.end(), values.begin(), values.end());
    }
    x_ = random_floats(count_ * In::size, options.lowest, options.highest);
    dy_ = random_floats(count_ * Out::size, -1.0f, 1.0f);
  }

  void run() {
    report_.set_subject(std::string(Layer::name) + " at float32");
    const Pass pass = backward({.wants_dx = true});
    compare_with_differences("dL/dx", x_, pass.dx);
    compare_with_differences("dL/dparameters", parameters_, without_statistics(pass.gradients));
    check_addition(pass);
    check_null(pass);
    if constexpr (!qnn::detail::reads_output<Layer>) {
      check_hidden_output(pass);
    }
    check_batches();
    if constexpr (qnn::detail::is_in_place<Layer>) {
      check_in_place(pass);
    }
  }

 private:
  struct Pass {
    Floats dx, gradients;
  };
  struct PassOptions {
    bool wants_dx = true;
    bool in_place = false;
    bool hides_output = false;
    float before = 0.0f;  ///< what gradients hold before
  };

  /// Statistics have no derivative; what stands in its place is how far they are from what was observed.
  static Floats without_statistics(Floats gradients) {
    auto place = gradients.begin();
    for (const ParameterInfo& info : Machine::parameters) {
      if (info.is_statistic) {
        std::fill_n(place, info.extents.size(), 0.0f);
      }
      place += info.extents.size();
    }
    return gradients;
  }

  Floats random_floats(Index count, float low, float high) {
    Floats values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), [&] { return random_.uniform(low, high); });
    return values;
  }

  /// y = f(x) as training computes it.
  static void forward(const float* parameters, Batch<const float, In> x, Batch<float, Out> y, float* scratch) {
    if constexpr (requires { Machine::forward_training(parameters, x, y, TrainingStep{}); }) {
      Machine::forward_training(parameters, x, y, TrainingStep{.seed = 9, .first_example = 4});
    } else {
      Machine::forward(parameters, x, y, scratch);
    }
  }
  Guarded<float> outputs(const Floats& x) {
    Guarded<float> y(count_ * Out::size, 7.0f), scratch(Machine::scratch);
    forward(parameters_.data(), {x.data(), count_}, {y.data(), count_}, scratch.data());
    report_.expect(y.intact() && scratch.intact(), "forward writes outside y and its scratch");
    return y;
  }
  double loss() {
    const Guarded<float> y = outputs(x_);
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      sum += static_cast<double>(dy_[i]) * static_cast<double>(y[i]);
    }
    return sum;
  }

  Pass backward(PassOptions how) {
    Guarded<float> x(count_ * In::size), y = outputs(x_), dy(count_ * Out::size), dx(count_ * In::size, 5.0f);
    Guarded<float> gradients(static_cast<Index>(parameters_.size()), how.before), scratch(Machine::backward_scratch);
    if (how.hides_output) {
      std::fill(y.begin(), y.end(), std::numeric_limits<float>::quiet_NaN());
    }
    std::copy(x_.begin(), x_.end(), x.data());
    std::copy(dy_.begin(), dy_.end(), dy.data());
    float* const target = !how.wants_dx ? nullptr : how.in_place ? dy.data() : dx.data();
    Machine::backward(BackwardPass<In, Out>{.parameters = parameters_.data(),
                                            .x = {how.in_place ? y.data() : x.data(), count_},
                                            .y = {y.data(), count_},
                                            .dy = {dy.data(), count_},
                                            .dx = {target, count_},
                                            .gradients = gradients.data(),
                                            .scratch = scratch.data(),
                                            .step = {.seed = 9, .first_example = 4}});
    report_.expect(dx.intact() && dy.intact() && gradients.intact() && scratch.intact(),
                   "backward writes outside dx, the gradients and its scratch");
    report_.expect(how.in_place || std::equal(dy_.begin(), dy_.end(), dy.data()), "backward changes dy");
    Pass pass{{}, Floats(gradients.begin(), gradients.end())};
    if (target != nullptr) {
      pass.dx.assign(target, target + count_ * In::size);
    }
    return pass;
  }

  void compare_with_differences(std::string_view what, Floats& values, const Floats& derivatives) {
    const Index total = static_cast<Index>(values.size()), samples = std::min(total, options_.samples);
    const double middle = loss();
    Index kinks = 0;
    for (Index sample = 0; sample < samples; ++sample) {
      const Index place = samples == total ? sample : random_.below(total);
      float& value = values[static_cast<std::size_t>(place)];
      const float kept = value, above = kept + options_.step, below = kept - options_.step;
      value = above;
      const double high = loss();
      value = below;
      const double low = loss();
      value = kept;
      const double right = (high - middle) / (static_cast<double>(above) - static_cast<double>(kept));
      const double left = (middle - low) / (static_cast<double>(kept) - static_cast<double>(below));
      const double slope = (high - low) / (static_cast<double>(above) - static_cast<double>(below));
      if (std::abs(right - left) > 0.05 * (1.0 + std::abs(slope))) {
        ++kinks;
      } else {
        report_.expect_near(what, place, slope, static_cast<double>(derivatives[static_cast<std::size_t>(place)]),
                            options_.tolerance * (1.0 + std::abs(slope)));
      }
    }
    report_.expect(2 * kinks <= samples, std::string(what) + ": hardly differentiable anywhere; choose other inputs");
  }

  void check_addition(const Pass& pass) {
    const Pass again = backward({.before = 2.0f});
    for (std::size_t i = 0; i < pass.gradients.size(); ++i) {
      const double expected = 2.0 + static_cast<double>(pass.gradients[i]);
      report_.expect_near("gradients are added to what is there", static_cast<Index>(i), expected,
                          static_cast<double>(again.gradients[i]), 1e-5 * (1.0 + std::abs(expected)));
    }
  }
  void check_null(const Pass& pass) {
    report_.expect(backward({.wants_dx = false}).gradients == pass.gradients,
                   "the gradients of the parameters change where dx is not wanted");
  }
  void check_hidden_output(const Pass& pass) {
    const Pass hidden = backward({.hides_output = true});
    report_.expect(hidden.dx == pass.dx && hidden.gradients == pass.gradients,
                   "backward reads y, which a layer behind it may overwrite: say reads_output");
  }
  void check_in_place(const Pass& pass) {
    const Guarded<float> apart = outputs(x_);
    Guarded<float> shared(count_ * In::size), scratch(Machine::scratch);
    std::copy(x_.begin(), x_.end(), shared.data());
    forward(parameters_.data(), {shared.data(), count_}, {shared.data(), count_}, scratch.data());
    report_.expect(std::equal(shared.begin(), shared.end(), apart.data()),
                   "forward differs where x and y are one memory");
    const Pass in_place = backward({.in_place = true});
    report_.expect(in_place.dx == pass.dx && in_place.gradients == pass.gradients,
                   "backward differs where x and y, dx and dy share memory");
  }
  /// Inference of all examples at once and one by one.
  void check_batches() {
    Guarded<float> scratch(Machine::scratch), together(count_ * Out::size), alone = together;
    Machine::forward(parameters_.data(), Batch<const float, In>(x_.data(), count_),
                     Batch<float, Out>(together.data(), count_), scratch.data());
    for (Index n = 0; n < count_; ++n) {
      Machine::forward(parameters_.data(), Batch<const float, In>(x_.data() + n * In::size, 1),
                       Batch<float, Out>(alone.data() + n * Out::size, 1), scratch.data());
    }
    const float largest = *std::max_element(together.begin(), together.end());
    report_.expect_near("one example by itself", together, alone,
                        1e-5 * (1.0 + std::abs(static_cast<double>(largest))));
  }

  Report& report_;
  LayerCheckOptions options_;
  Random random_;
  Index count_;
  Floats parameters_, x_, dy_;
};

}  // namespace qnn::testing
