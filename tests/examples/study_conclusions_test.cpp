// SPDX-License-Identifier: MIT
/// @file
/// What the study concludes from its figures.
#include "../../examples/study/conclusions.hpp"
#include "../../examples/study/pareto.hpp"
#include "../../examples/study/spread.hpp"

#include "study_fixtures.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace study_conclusions_test {

using namespace study_fixtures;

TEST_CASE("spreads over seeds") {
  const Spread spread = spread_of({0.90, 0.92, 0.94});
  CHECK(spread.mean == doctest::Approx(0.92));
  CHECK(spread.deviation == doctest::Approx(0.02));
  CHECK(spread.error() == doctest::Approx(0.02 / std::sqrt(3.0)));
  CHECK(in_percent(spread) == "92.00 ± 2.00");
  CHECK(in_points(spread_of({-0.01})) == "-1.00");
  CHECK(std::isnan(spread_of({0.5}).deviation));

  const Difference few = difference_of(spread);
  CHECK(few.critical == 4.30);  // Student's t: three seeds know little
  CHECK_FALSE(few.is_noise());
  CHECK(difference_of(spread_of({0.01, -0.005})).is_noise());
  const ModelResult found = repeated_model();
  const Spread gained = difference_over_seeds(found, found.precisions[3], found.precisions[2]);
  CHECK(gained.mean == doctest::Approx(0.02));
  CHECK(gained.deviation == doctest::Approx(0.01));  // what both owe to the seed cancels
}

TEST_CASE("the Pareto front holds what nothing beats, from the cheapest to the most accurate") {
  ModelResult found = model();
  const auto names = [&](Cost cost) {
    std::vector<std::string> all;
    for (const PrecisionResult* result : pareto_front(found, cost)) {
      all.push_back(result->label());
    }
    return all;
  };
  // float32 is no more accurate than per-channel, and larger
  CHECK(names(bytes_of) == std::vector<std::string>{"int8 symmetric per-tensor", "int8 symmetric per-channel"});
  CHECK(names(latency_of) == std::vector<std::string>{"int8 symmetric per-channel"});
  found.precisions[0].accuracy = 0.95;
  CHECK(names(bytes_of).back() == "float32");
  found.precisions[2].accuracy = 0.99;
  CHECK(names(bytes_of) == std::vector<std::string>{"int8 symmetric per-tensor"});
  CHECK(contains(conclude_fronts(found),
                 "as small and as accurate as int8 symmetric per-tensor (1,000 bytes, 99.00 %)."));
}

TEST_CASE("conclusions on methods, stages and seeds") {
  ModelResult found = repeated_model();
  CHECK(conclude_methods(found, "int8 symmetric per-channel").empty());  // one method only
  const std::string methods = conclude_methods(found, "int8 symmetric per-tensor");
  CHECK(contains(methods,
                 "Of 3 methods none is better than min-max by more than chance. The most accurate is mse-weights: "
                 "2.00 points more (standard error 0.58), which is noise, against min-max."));
  CHECK(contains(methods, "The worst is entropy: 10.00 points less (standard error 0.00), against min-max."));
  found.repetitions.clear();  // image by image then
  CHECK(contains(conclude_methods(found, "int8 symmetric per-tensor"), "the best is mse-weights: 1.00 points more"));
  found = repeated_model();

  const std::string seeds = conclude_seeds(found);
  CHECK(contains(seeds, "Over 3 seeds float32 has 90.17 ± 0.15 % right"));
  CHECK(contains(seeds, "in points: int8 symmetric per-tensor (-5.00 ± 0.00); "));
  CHECK(contains(seeds, "No change is certain of 1 other."));
  CHECK(conclude_seeds(model()).empty());

  CHECK(conclude_sensitivity(found).empty());
  found.sensitivity_images = 1000;
  found.sensitivities = {{"1 Dense", {0.001, -0.10}, {40.0, 12.0}}, {"3 Dense", {0.0, -0.02}, {38.5, 20.0}}};
  const std::string sensitive = conclude_sensitivity(found);
  CHECK(
      contains(sensitive, "in int8 stage 3 Dense leaves the outputs the least above the noise (38.5 dB, 0.00 points)"));
  CHECK(contains(sensitive, "in int4 stage 1 Dense"));
  CHECK(contains(sensitive, "(12.0 dB, -10.00 points)"));
  CHECK(contains(sensitive, "less than about 1.9 points"));
}

TEST_CASE("differences of accuracy count image by image") {
  const Difference none = difference_of({.images = 1000, .gained = 0, .lost = 0, .same_class = 1000});
  CHECK(none.points == 0);
  CHECK(none.is_noise());
  const Difference even = difference_of({.images = 1000, .gained = 8, .lost = 8, .same_class = 984});
  CHECK(even.points == 0);
  CHECK(even.error == doctest::Approx(0.4));  // 100 * sqrt(16) / 1000
  const Difference worse = difference_of({.images = 1000, .gained = 0, .lost = 50, .same_class = 950});
  CHECK(worse.points == doctest::Approx(-5));
  CHECK(worse.error == doctest::Approx(0.6892));  // 100 * sqrt(50 - 2.5) / 1000
  CHECK_FALSE(worse.is_noise());
}

TEST_CASE("conclusions follow from the figures") {
  const ModelResult found = model();
  const std::string cheapest = conclude_cheapest(found, 0.1);
  CHECK(contains(cheapest, "is int8 symmetric per-channel: 3.96 times smaller"));
  CHECK(contains(cheapest, "the same accuracy"));
  CHECK(contains(conclude_cheapest(found, 10), "is int8 symmetric per-tensor"));

  const std::string channels = conclude_pair(found, "int8 symmetric per-channel", "int8 symmetric per-tensor");
  CHECK(contains(channels, "is better: 5.00 points more (standard error"));
  CHECK_FALSE(contains(channels, "noise"));
  CHECK(contains(channels, "for 10 bytes more"));
  CHECK_FALSE(contains(channels, "Yet"));
  ModelResult lucky = model();
  lucky.precisions[1].stages.back().decibels = 30;
  CHECK(contains(conclude_pair(lucky, "int8 symmetric per-channel", "int8 symmetric per-tensor"),
                 "Yet the outputs of int8 symmetric per-tensor are closer to float32's (39.0 against 30.0 dB)"));
  CHECK(conclude_pair(found, "int8 symmetric per-channel", "int4").empty());
  CHECK(contains(conclude_pair(found, "int8 symmetric per-channel", "float32"), "makes no difference"));

  const std::string noise = conclude_noise(found);
  CHECK(contains(noise, "at 2 Dense + ReLU of int8 symmetric per-tensor: 38.0 dB"));
  CHECK(contains(noise, "by 12.0 dB, is at 2 Dense + ReLU"));

  const std::string speed = conclude_speed(found);
  CHECK(contains(speed, "2.0 times as fast as float32 for one image"));
  CHECK(contains(speed, "2.0 times slower than float32 for 64 images"));
  CHECK(contains(speed, "saves memory here, not time"));

  StudyResult study;
  CHECK(conclude_generalization(found, study).empty());
  ModelResult moved = model();
  study.options.generalize = "usps";
  study.other_images = 100;
  moved.precisions[0].other_accuracy = 0.8;
  moved.precisions[1].other_accuracy = 0.79;
  moved.precisions[2].other_accuracy = 0.81;
  const std::string other = conclude_generalization(moved, study);
  CHECK(contains(other, "On 100 images of usps"));
  CHECK(contains(other, "80.00 % right (standard error 4.00 points)"));
  CHECK(contains(other, "int8 symmetric per-channel does worst there, 1.00 points below float32, less than"));
  moved.precisions[1].other_accuracy = 0.6;
  CHECK(contains(conclude_generalization(moved, study), "20.00 points below float32, more than"));
  study = StudyResult();

  ModelResult alike = model();
  alike.precisions[1].predictions = alike.precisions[0].predictions;
  CHECK(contains(conclude_cheapest(alike, 0.1), "with exactly the same images right"));

  for (const Conclusion& conclusion : conclusions(found, study)) {
    CHECK_FALSE(conclusion.text.empty());
    CHECK(conclusion.text.back() == '.');
  }
}

TEST_CASE("where nothing is cheap enough, float32 stays") {
  ModelResult found = model();
  found.precisions.erase(found.precisions.begin() + 1);
  CHECK(conclude_cheapest(found, 0.1) == "No quantized precision stays within 0.1 points of float32.");
}

TEST_CASE("the step down of a sum counts from the noisier of its branches") {
  const std::vector<StageNoise> stages{
      {"Input", 50, 0}, {"1 Conv2d", 40, 0, {0}}, {"2 Conv2d", 45, 0, {0}}, {"3 Add", 38, 0, {1, 2}}};
  CHECK(detail::step_down(stages, stages[0]) == 0);
  CHECK(detail::step_down(stages, stages[2]) == 5);
  CHECK(detail::step_down(stages, stages[3]) == 2);
}

}  // namespace study_conclusions_test
