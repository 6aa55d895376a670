// SPDX-License-Identifier: MIT
/// @file
/// Numbers, CSV and HTML of the study, its histograms.
#include "../../examples/study/confusion.hpp"
#include "../../examples/study/csv.hpp"
#include "../../examples/study/histogram.hpp"
#include "../../examples/study/text.hpp"
#include "../../examples/study/training_words.hpp"

#include "study_fixtures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace study_text_test {

using namespace study_fixtures;

namespace {

std::string csv_of(const StudyResult& study) {
  std::ostringstream stream;
  write_csv(stream, study);
  return stream.str();
}

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
  std::istringstream lines(csv_of(study));
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
  const std::string text = csv_of(study);
  CHECK(std::ranges::count(text, '\n') == 1 + 3 * 5 + 2 * 5);
  CHECK(contains(text, "mnist,mlp,int8 symmetric per-tensor,mse-weights,1,0.86,"));
  CHECK(contains(text, "mnist,mlp,int8 symmetric per-tensor,mse-weights,3,0.88"));
  CHECK(contains(text, "\nmnist,mlp,int8 symmetric per-tensor,mse-weights,mean,0.871"));
  CHECK(contains(text, "mse-weights,standard deviation,0.01"));
  CHECK_FALSE(contains(text, "inf"));
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

TEST_CASE("how a network was trained, in words") {
  ModelResult plain{.name = "cnn", .recipe = {}, .optimizer = "AdamW"};
  plain.history.best_epoch = 3;
  CHECK(contains(training_in_words(plain), "learning rate of 0.002, batches of 64; 10 % of the training images"));
  CHECK(contains(training_in_words(plain), "The parameters of epoch 3 are kept."));
  CHECK_FALSE(contains(training_in_words(plain), "at random"));
  plain.recipe.distortion = {.shift = 2, .turn = 10, .zoom = 0.1};
  CHECK(contains(training_in_words(plain),
                 "at random, by up to 2 pixels, turned by up to 10 degrees, scaled by up to 10 %."));
  ModelResult residual{.name = "resnet8", .recipe = examples::residual_recipe, .optimizer = "SGD"};
  const std::string text = training_in_words(residual);
  CHECK(contains(text, "Labels are smoothed by 0.1."));
  CHECK(contains(text, "by up to 4 pixels, and every other one is mirrored."));
  CHECK(contains(text, "with a decay of 0.999, stands in their place"));
  residual.recipe.validation = 0;
  CHECK(contains(training_in_words(residual), "; none of the training images are held out"));
}

}  // namespace study_text_test
