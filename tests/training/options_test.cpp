// SPDX-License-Identifier: MIT
/// @file
/// Every option of a training that is out of its range is refused by name.
#include "qnn/training/options.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

namespace options_test {

using namespace qnn;

namespace {

std::string refusal(const TrainingOptions& options) {
  try {
    options.validate();
  } catch (const ArgumentError& error) {
    return error.what();
  }
  return "no error";
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("training options: the defaults and the ends of the ranges are valid") {
  CHECK(refusal({}) == "no error");
  CHECK(refusal({.epochs = 1, .batch = 1, .validation = 0, .threads = 1}) == "no error");
  CHECK(refusal({.validation = 0.999, .patience = 1, .clip_norm = 1e-9, .threads = 1024}) == "no error");
}

TEST_CASE("training options: what is out of range") {
  CHECK(refusal({.epochs = 0}) == "qnn: train: epochs: expected at least 1, found 0");
  CHECK(refusal({.epochs = -3}) == "qnn: train: epochs: expected at least 1, found -3");
  CHECK(refusal({.batch = 0}) == "qnn: train: batch: expected at least 1, found 0");
  for (const double validation : {1.0, -0.1, 1.5, infinity, std::nan("")}) {
    CHECK(refusal({.validation = validation}).starts_with("qnn: train: validation: expected 0 <= validation < 1"));
  }
  CHECK(refusal({.patience = -1}).starts_with("qnn: train: patience: expected 0 (never stop early) or more, found -1"));
  CHECK(refusal({.validation = 0, .patience = 2}) ==
        "qnn: train: patience: expected 0 where nothing is held out for validation, found 2");
  for (const double norm : {-1.0, infinity, std::nan("")}) {
    CHECK(refusal({.clip_norm = norm}).starts_with("qnn: train: clip_norm: expected 0 (off) or a positive number"));
  }
  CHECK(refusal({.threads = -1}).starts_with("qnn: threads: expected 0 (all) to 1024, found -1"));
  CHECK(refusal({.threads = 1025}).starts_with("qnn: threads"));
  CHECK(refusal({.schedule = StepDecay{.decay = 2}}).starts_with("qnn: StepDecay::decay"));
}

}  // namespace options_test
