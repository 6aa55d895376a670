// SPDX-License-Identifier: MIT
#include "../../examples/study/calibrators.hpp"
#include "../../examples/study/conclusions.hpp"
#include "../../examples/study/confusion.hpp"
#include "../../examples/study/csv.hpp"
#include "../../examples/study/distributions.hpp"
#include "../../examples/study/histogram.hpp"
#include "../../examples/study/integers.hpp"
#include "../../examples/study/pareto.hpp"
#include "../../examples/study/results.hpp"
#include "../../examples/study/spread.hpp"
#include "../../examples/study/stages.hpp"
#include "../../examples/study/text.hpp"
#include "../../examples/study/training_words.hpp"

#include "qnn/models/resnet.hpp"
#include "qnn/qnn.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace study_test {

using namespace study;

namespace {

/// Accuracy follows from the predictions; 8 bits are twice as fast for one image, and half as fast for many.
PrecisionResult result_of(const std::string& name, const std::string& method, Index bytes,
                          std::vector<std::int32_t> predictions, const std::vector<std::int32_t>& labels) {
  PrecisionResult result;
  result.name = name;
  result.method = method;
  result.parameter_bytes = bytes;
  result.latency = result.is_int8() ? 2e-6 : 4e-6;
  result.throughput = result.is_int8() ? 1e6 : 2e6;
  result.predictions = std::move(predictions);
  Index right = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    right += result.predictions[i] == labels[i] ? 1 : 0;
  }
  result.accuracy = static_cast<double>(right) / static_cast<double>(labels.size());
  return result;
}

/// For 1000 images of class 1: the first 900 right but for `lost` of them, and `gained` of the last 100.
std::vector<std::int32_t> predictions(Index gained, Index lost) {
  std::vector<std::int32_t> classes(1000, 1);
  std::fill(classes.begin() + 900 + gained, classes.end(), 0);
  std::fill(classes.begin(), classes.begin() + lost, 0);
  return classes;
}

ModelResult model() {
  ModelResult model{.name = "mlp"};
  model.labels.assign(1000, 1);
  model.precisions.push_back(result_of("float32", "", 4000, predictions(0, 0), model.labels));
  model.precisions.push_back(result_of("int8 symmetric per-channel", "min-max", 1010, predictions(2, 2), model.labels));
  model.precisions.push_back(result_of("int8 symmetric per-tensor", "min-max", 1000, predictions(0, 50), model.labels));
  model.precisions[1].stages = {{"Input", 50, 0}, {"2 Dense + ReLU", 41, 0, {0}}, {"4 Dense", 40, 0, {1}}};
  model.precisions[2].stages = {{"Input", 50, 0}, {"2 Dense + ReLU", 38, 0, {0}}, {"4 Dense", 39, 0, {1}}};
  return model;
}

/// The same with two methods more for the last precision, and three seeds: the first method gains 1, 2 and 3 points against
/// min-max, the second loses 10 of the 100 each time.
ModelResult repeated_model() {
  ModelResult repeated = model();
  repeated.precisions.push_back(
      result_of("int8 symmetric per-tensor", "mse-weights", 1000, predictions(0, 40), repeated.labels));
  repeated.precisions.push_back(
      result_of("int8 symmetric per-tensor", "entropy", 1000, predictions(0, 150), repeated.labels));
  for (const Index seed : {2, 3}) {
    std::vector<PrecisionResult> results = repeated.precisions;
    for (PrecisionResult& result : results) {
      result.accuracy += 0.001 * static_cast<double>(seed);
    }
    results[3].accuracy += 0.01 * static_cast<double>(seed - 1);
    repeated.repetitions.push_back({static_cast<std::uint64_t>(seed), results});
  }
  return repeated;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("numbers as text") {
  CHECK(fixed(1.005, 2) == "1.00");  // the double below 1.005
  CHECK(fixed(-0.001, 2) == "0.00");
  CHECK(fixed(std::numeric_limits<double>::quiet_NaN(), 2).empty());
  CHECK(fixed(-std::numeric_limits<double>::infinity(), 2) == "-inf");
  CHECK(fixed(1e300, 1).size() == 303);
  CHECK(with_sign(0.126, 2) == "+0.13");
  CHECK(with_sign(-0.126, 2) == "-0.13");
  CHECK(with_sign(0.001, 2) == "0.00");
  CHECK(percent(0.88512) == "88.51");
  CHECK(exact(0.1) == "0.1");
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(-123456) == "-123,456");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(counted(1, "image") == "1 image");
  CHECK(counted(2000, "image") == "2,000 images");
}

TEST_CASE("fields of CSV and text of HTML cannot break out") {
  CHECK(csv_field("int8 symmetric") == "int8 symmetric");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"a\"") == "\"say \"\"a\"\"\"");
  CHECK(csv_field("two\nlines") == "\"two\nlines\"");
  CHECK(html("<b> & \"it's\"") == "&lt;b&gt; &amp; &quot;it&#39;s&quot;");
}

TEST_CASE("the CSV has one line for each precision, and as many fields in each") {
  StudyResult study;
  study.options.dataset = "a,b";
  study.models.push_back(model());
  std::ostringstream stream;
  write_csv(stream, study);
  std::istringstream lines(stream.str());
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) {
    all.push_back(line);
  }
  REQUIRE(all.size() == 4);
  const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  CHECK(commas(all[1]) == commas(all[0]) + 1);  // the one in quotes
  CHECK(commas(all[3]) == commas(all[0]) + 1);
  CHECK(all[3].starts_with("\"a,b\",mlp,int8 symmetric per-tensor,min-max,1,0.85,"));
  CHECK(all[3].ends_with(","));  // no second data set
}

TEST_CASE("with several seeds the CSV has one line for each, then means and deviations") {
  StudyResult study;
  study.options.dataset = "mnist";
  study.models.push_back(repeated_model());
  std::ostringstream stream;
  write_csv(stream, study);
  const std::string text = stream.str();
  CHECK(std::ranges::count(text, '\n') == 1 + 3 * 5 + 2 * 5);
  CHECK(contains(text, "mnist,mlp,int8 symmetric per-tensor,mse-weights,1,0.86,"));
  CHECK(contains(text, "mnist,mlp,int8 symmetric per-tensor,mse-weights,3,0.88"));
  CHECK(contains(text, "\nmnist,mlp,int8 symmetric per-tensor,mse-weights,mean,0.871"));
  CHECK(contains(text, "mse-weights,standard deviation,0.01"));
  CHECK_FALSE(contains(text, "inf"));
}

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

TEST_CASE("precisions and methods are told apart by what the command line calls them") {
  Options options;
  CHECK(options.wants_precision("int8-asymmetric"));
  CHECK_FALSE(options.wants_precision("w4a8"));
  CHECK(options.wants_method("min-max"));
  CHECK_FALSE(options.wants_method("qat"));
  CHECK(short_name<Int8AsymmetricPerTensor>() == "int8 asymmetric per-tensor");
  CHECK(short_name<W8A16>() == "W8A16");
  CHECK(short_name<W2A8>() == "W2A8");
  CHECK((is_learned_for<Int8> && is_learned_for<W4A4>));
  CHECK_FALSE((is_learned_for<Int8Asymmetric> || is_learned_for<W8A16>));
}

TEST_CASE("calibrators chosen at run time are those of the library") {
  qnn::Observation seen, nothing;
  const std::vector<float> values{-1.0f, 0.5f, 0.25f, 3.0f};
  seen.observe(values, qnn::range_of(values));
  const std::vector<qnn::Observation> all{nothing, seen};
  const qnn::LevelRule levels = qnn::activation_levels<Int8>;
  CHECK(choose_ranges(Calibrator::min_max, all, levels)[1] == seen.range());
  CHECK(choose_ranges(Calibrator::min_max, all, levels)[0] == qnn::Range{});
  CHECK(choose_ranges(Calibrator::entropy, all, levels)[1] == qnn::choose_range(qnn::Entropy{}, seen, levels));
  CHECK(choose_ranges(Calibrator::percentile, all, levels)[1] == qnn::choose_range(qnn::Percentile{}, seen, levels));
  CHECK(choose_ranges(Calibrator::moving_average, all, levels)[1] == seen.average().range());
  CHECK(choose_ranges(Calibrator::squared_error, all, levels)[1] ==
        qnn::choose_range(qnn::MinimalSquaredError{}, seen, levels));
}

TEST_CASE("a histogram holds every value") {
  Histogram histogram(-1, 1, 4);
  const std::vector<float> values{-5.0f, -1.0f, -0.25f, 0.0f, 0.75f, 1.0f, 7.0f, 0.1f};
  histogram.add(values);
  CHECK(histogram.total() == 8);
  CHECK(histogram.share(0) == 2.0 / 8);
  CHECK(histogram.share(1) == 1.0 / 8);
  CHECK(histogram.share(2) == 2.0 / 8);
  CHECK(histogram.share(3) == 3.0 / 8);
  CHECK(histogram.centre(0) == -0.75);
  Histogram flat(3, 3, 2);  // a tensor of equal values
  flat.add(std::vector<float>{3.0f});
  CHECK(flat.share(0) == 1.0);
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

TEST_CASE("a confusion matrix is a table with escaped names") {
  std::ostringstream stream;
  write_confusion(stream, {{9, 1}, {0, 0}}, {"T-shirt & <top>", "bag"});
  const std::string text = stream.str();
  CHECK(contains(text, "T-shirt &amp; &lt;top&gt;"));
  CHECK_FALSE(contains(text, "<top>"));
  CHECK(contains(text, "<td class=\"hit\" style=\"--share:0.68\">9</td>"));
  CHECK(contains(text, "<td class=\"miss\" style=\"--share:0.50\">1</td>"));
  CHECK(contains(text, "<td class=\"none\" style=\"--share:0.00\">0</td>"));  // a class without images
}

TEST_CASE("all models are the small ones; resnet8 is studied where it is named") {
  Options options;
  CHECK(options.wants("mlp"));
  CHECK(options.wants("cnn"));
  CHECK_FALSE(options.wants("resnet8"));
  options.model = "resnet8";
  CHECK(options.wants("resnet8"));
  CHECK_FALSE(options.wants("cnn"));
}

TEST_CASE("stages are named by their layers, and know what they read, across branches") {
  const std::vector<LayerOfStage> layers = layers_of_stages<qnn::ResNet8>();
  const std::vector<std::string> names = stage_names(layers);
  REQUIRE(names.size() == 29);
  CHECK(names[0] == "Input");
  CHECK(names[3] == "1 Conv2d + BatchNorm + ReLU");
  CHECK(names[8] == "7 Conv2d + BatchNorm");
  CHECK(names[10] == "9 Add + ReLU");
  CHECK(names[16] == "16 Conv2d");
  CHECK(names[18] == "17 Add + ReLU");
  CHECK(names[28] == "28 Dense");
  using Places = std::vector<std::vector<std::size_t>>;
  // the end of block one; two convolutions and the projection of block two, which all begin there; their sum
  CHECK(stages_before(layers, {0, 3, 6, 8, 10, 13, 15, 16, 18}) ==
        Places{{}, {0}, {1}, {2}, {3, 1}, {4}, {5}, {4}, {6, 7}});

  using Dropped =
      qnn::Sequential<qnn::Input<8>, qnn::Dense<4>, qnn::Dropout<30>, qnn::ReLU, qnn::Flatten, qnn::Dense<2>>;
  const std::vector<LayerOfStage> dropped = layers_of_stages<Dropped>();
  CHECK(stage_names(dropped)[3] == "1 Dense + ReLU");
  CHECK(stages_before(dropped, {0, 3, 5}) == Places{{}, {0}, {1}});
}

TEST_CASE("the step down of a sum counts from the noisier of its branches") {
  const std::vector<StageNoise> stages{
      {"Input", 50, 0}, {"1 Conv2d", 40, 0, {0}}, {"2 Conv2d", 45, 0, {0}}, {"3 Add", 38, 0, {1, 2}}};
  CHECK(detail::step_down(stages, stages[0]) == 0);
  CHECK(detail::step_down(stages, stages[2]) == 5);
  CHECK(detail::step_down(stages, stages[3]) == 2);
}

TEST_CASE("histograms of weights are those that are quantized, with BatchNorm taken in") {
  using Net =
      qnn::Sequential<qnn::Input<4, 4, 2>,
                      qnn::Residual<qnn::Sequential<qnn::Conv2d<2, qnn::Kernel<1>, qnn::NoBias>, qnn::BatchNorm>>,
                      qnn::ReLU, qnn::Flatten, qnn::Dense<3>>;
  qnn::Network<Net, qnn::Float32> network;
  for (float& parameter : network.parameters()) {
    parameter = 0.5f;
  }
  for (const qnn::ParameterSlot& slot : qnn::ParameterLayout<Net>::slots) {
    if (slot.info.name == "scale") {
      slot.in(network.parameters())[0] = 10.0f;  // of the first of two channels
    }
    if (slot.info.name == "running_variance") {
      std::ranges::fill(slot.in(network.parameters()), 1.0f - qnn::BatchNorm::epsilon);
    }
  }
  qnn::Ranges<Net> ranges;
  ranges.of_layer.fill({-1.0f, 1.0f});
  const auto integers = qnn::quantize<qnn::Int8<>>(network, ranges);
  const std::vector<TensorHistogram> weights = weight_histograms(network, integers);
  REQUIRE(weights.size() == 2);
  CHECK(weights[0].tensor == "1 Conv2d + BatchNorm");
  CHECK(weights[0].ranges[0].highest == doctest::Approx(5.0));  // 10 times 0.5
  CHECK(weights[0].ranges[1].lowest == doctest::Approx(-5.0));
  CHECK(weights[0].ranges[2].highest == doctest::Approx(0.25));  // 0.5 times 0.5, the second channel
  CHECK(weights[0].histogram.total() == 4);
  CHECK(weights[1].tensor == "6 Dense");
  // input, convolution, normalization, sum, ReLU, Flatten, Dense
  CHECK(own_ranges<Net> == std::array{true, false, true, false, true, false, true});
}

TEST_CASE("how a network was trained, in words") {
  ModelResult plain{.name = "cnn", .recipe = {}, .optimizer = "AdamW"};
  plain.history.best_epoch = 3;
  CHECK(contains(training_in_words(plain), "learning rate of 0.002, batches of 64; 10 % of the training images"));
  CHECK(contains(training_in_words(plain), "The parameters of epoch 3 are kept."));
  CHECK_FALSE(contains(training_in_words(plain), "at random"));
  ModelResult residual{.name = "resnet8", .recipe = examples::residual_recipe, .optimizer = "SGD"};
  const std::string text = training_in_words(residual);
  CHECK(contains(text, "Labels are smoothed by 0.1."));
  CHECK(contains(text, "by up to 4 pixels, and every other one is mirrored."));
  CHECK(contains(text, "with a decay of 0.999, is validated"));
}

}  // namespace study_test
