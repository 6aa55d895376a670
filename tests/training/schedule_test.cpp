// SPDX-License-Identifier: MIT
#include "qnn/training/schedule.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace schedule_test {
namespace {

struct Options {
  int epochs = 10;
  qnn::Schedule schedule = {};
};

/// At `step` of 10 epochs with 10 steps each.
double at(const qnn::Schedule& schedule, double step) { return schedule.factor(step, 100, 10); }

}  // namespace

TEST_CASE("Schedule: is the base rate unless something else is asked for") {
  CHECK(at({}, 0) == 1);
  CHECK(at({}, 100) == 1);
  const Options options{.schedule = qnn::Cosine{.final_fraction = 0.01f, .warm_up_epochs = 1}};
  CHECK(at(options.schedule, 0) == 0.1);
  CHECK(at(options.schedule, 100) == doctest::Approx(0.01));
}

TEST_CASE("warm-up: rises linearly, learns at once and is complete on its last step") {
  const qnn::ConstantRate in_epochs{.warm_up_epochs = 2}, in_steps{.warm_up_steps = 20};
  for (const qnn::Schedule& schedule : {qnn::Schedule(in_epochs), qnn::Schedule(in_steps)}) {
    CHECK(at(schedule, 0) == 0.05);
    CHECK(at(schedule, 9) == 0.5);
    CHECK(at(schedule, 19) == 1);
    CHECK(at(schedule, 20) == 1);
    CHECK(at(schedule, 100) == 1);
  }
  CHECK(at(qnn::ConstantRate{.warm_up_steps = 2.5}, 1) == 0.8);
  CHECK(at(qnn::ConstantRate{.warm_up_steps = 2.5}, 2) == 1);
}

TEST_CASE("StepDecay: falls between epochs") {
  const qnn::StepDecay decay{.decay = 0.5, .every_epochs = 3};
  CHECK(at(decay, 0) == 1);
  CHECK(at(decay, 29) == 1);
  CHECK(at(decay, 30) == 0.5);
  CHECK(at(decay, 59) == 0.5);
  CHECK(at(decay, 60) == 0.25);
  CHECK(at(decay, 99) == 0.125);
  CHECK(at(qnn::StepDecay{.decay = 0.5, .every_epochs = 3, .warm_up_epochs = 4}, 34) == 0.5 * 35 / 40);
}

TEST_CASE("Cosine: from one to the final fraction") {
  const qnn::Cosine to_zero{};
  CHECK(at(to_zero, 0) == 1);
  CHECK(at(to_zero, 50) == doctest::Approx(0.5));
  CHECK(at(to_zero, 100) == doctest::Approx(0));
  CHECK(at(to_zero, 100.0 / 3) == doctest::Approx(0.75));
  const qnn::Cosine warm{.final_fraction = 0.2, .warm_up_epochs = 2};
  CHECK(at(warm, 0) == 0.05);
  CHECK(at(warm, 19) == 1);
  CHECK(at(warm, 20) == 1);
  CHECK(at(warm, 60) == doctest::Approx(0.6));
  CHECK(at(warm, 100) == doctest::Approx(0.2));
}

TEST_CASE("Cosine: a warm-up that outlasts the training only rises") {
  const qnn::Cosine long_rise{.warm_up_steps = 200};
  CHECK(at(long_rise, 99) == 0.5);
  CHECK(at(qnn::Cosine{.final_fraction = 0.1, .warm_up_steps = 100}, 99) == 1);
  CHECK(at(qnn::Cosine{.final_fraction = 0.1, .warm_up_steps = 100}, 100) == doctest::Approx(0.1));
}

TEST_CASE("OneCycle: rises to the peak, then falls far below where it began") {
  const qnn::OneCycle cycle{.rise = 0.4, .start_divisor = 10, .final_divisor = 100};
  CHECK(at(cycle, 0) == doctest::Approx(0.1));
  CHECK(at(cycle, 20) == doctest::Approx(0.55));
  CHECK(at(cycle, 40) == 1);
  CHECK(at(cycle, 70) == doctest::Approx(0.5005));
  CHECK(at(cycle, 100) == doctest::Approx(0.001));
}

TEST_CASE("schedules: stay in [0, 1] and jump nowhere but where StepDecay does") {
  const qnn::Schedule schedules[] = {qnn::ConstantRate{.warm_up_epochs = 1.5}, qnn::Cosine{.warm_up_steps = 7},
                                     qnn::OneCycle{}};
  for (const qnn::Schedule& schedule : schedules) {
    double previous = schedule.factor(0, 1000, 37);
    for (int step = 0; step <= 1000; ++step) {
      const double factor = schedule.factor(step, 1000, 37);
      CHECK(factor >= 0);
      CHECK(factor <= 1);
      CHECK(std::fabs(factor - previous) < 0.15);
      previous = factor;
    }
  }
}

TEST_CASE("schedules: refuse options out of range") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](const qnn::Schedule& schedule) { CHECK_THROWS_AS(schedule.validate(), qnn::ArgumentError); };
  for (const double bad : {-1.0, nan}) {
    refused(qnn::ConstantRate{.warm_up_epochs = bad});
    refused(qnn::ConstantRate{.warm_up_steps = bad});
    refused(qnn::StepDecay{.decay = bad});
    refused(qnn::StepDecay{.every_epochs = bad});
    refused(qnn::StepDecay{.warm_up_epochs = bad});
    refused(qnn::Cosine{.final_fraction = bad});
    refused(qnn::Cosine{.warm_up_steps = bad});
    refused(qnn::OneCycle{.rise = bad});
    refused(qnn::OneCycle{.start_divisor = bad});
    refused(qnn::OneCycle{.final_divisor = bad});
  }
  refused(qnn::StepDecay{.decay = 0});
  refused(qnn::StepDecay{.decay = 1.5});
  refused(qnn::StepDecay{.every_epochs = 0});
  refused(qnn::Cosine{.final_fraction = 1.5});
  refused(qnn::OneCycle{.rise = 0});
  refused(qnn::OneCycle{.rise = 1});
  refused(qnn::Cosine{.warm_up_epochs = 1, .warm_up_steps = 5});
  for (const qnn::Schedule& good : {qnn::Schedule(), qnn::Schedule(qnn::StepDecay{}), qnn::Schedule(qnn::Cosine{}),
                                    qnn::Schedule(qnn::OneCycle{})}) {
    CHECK_NOTHROW(good.validate());
  }
  CHECK_THROWS_AS(at({}, 101), qnn::ContractViolation);
  CHECK_THROWS_AS(at({}, -1), qnn::ContractViolation);
}

}  // namespace schedule_test
