// SPDX-License-Identifier: MIT
/// @file
/// What the command line of the study calls things.
#include "../../examples/study/calibrators.hpp"
#include "../../examples/study/integers.hpp"
#include "../../examples/study/options.hpp"

#include "qnn/qnn.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace study_command_line_test {

using namespace study;

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

TEST_CASE("all models are the small ones; resnet8 is studied where it is named") {
  Options options;
  CHECK(options.wants("mlp"));
  CHECK(options.wants("cnn"));
  CHECK_FALSE(options.wants("resnet8"));
  options.model = "resnet8";
  CHECK(options.wants("resnet8"));
  CHECK_FALSE(options.wants("cnn"));
}

}  // namespace study_command_line_test
