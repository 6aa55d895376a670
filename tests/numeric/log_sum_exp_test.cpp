// SPDX-License-Identifier: MIT
/// @file
/// The logarithm of a sum of exponentials: known values, and logits that exp alone could not take.
#include "qnn/numeric/log_sum_exp.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace log_sum_exp_test {
namespace {

using qnn::LogSumExp;
using Floats = std::vector<float>;

double total(const LogSumExp& found) { return found.largest + found.excess; }

}  // namespace

TEST_CASE("LogSumExp: known values") {
  const Floats logits{0.0f, std::log(2.0f), std::log(5.0f)};  // probabilities 1/8, 2/8, 5/8
  const LogSumExp found(logits);
  CHECK(found.largest == static_cast<double>(logits[2]));
  CHECK(total(found) == doctest::Approx(std::log(8.0)).epsilon(1e-7));
  CHECK(found.surprise(logits[0]) == doctest::Approx(std::log(8.0)).epsilon(1e-7));
  CHECK(found.surprise(logits[2]) == doctest::Approx(std::log(8.0 / 5)).epsilon(1e-7));
  CHECK(LogSumExp(Floats{-3.5f}).excess == 0);
  CHECK(total(LogSumExp(Floats{-3.5f})) == -3.5);
}

TEST_CASE("LogSumExp: agrees with the plain sum where that overflows nowhere, and probabilities add up to 1") {
  qnn::Random random(5);
  for (const std::size_t count : {1u, 2u, 3u, 10u, 101u}) {
    Floats logits(count);
    double sum = 0;
    for (float& logit : logits) {
      logit = 3 * random.normal();
      sum += std::exp(static_cast<double>(logit));
    }
    const LogSumExp found(logits);
    CHECK(total(found) == doctest::Approx(std::log(sum)).epsilon(1e-12));
    CHECK(found.excess >= 0);
    CHECK(found.excess <= std::log(static_cast<double>(count)) + 1e-12);
    double probability = 0;
    for (const float logit : logits) {
      probability += std::exp(-found.surprise(logit));
    }
    CHECK(probability == doctest::Approx(1.0).epsilon(1e-12));
  }
}

TEST_CASE("LogSumExp: neither overflows nor takes the logarithm of 0") {
  constexpr float largest = std::numeric_limits<float>::max();
  CHECK(total(LogSumExp(Floats{1e4f, -1e4f, 0.0f})) == 1e4);
  CHECK(LogSumExp(Floats{1e4f, -1e4f, 0.0f}).surprise(-1e4f) == 2e4);
  CHECK(total(LogSumExp(Floats(4, -1e4f))) == doctest::Approx(std::log(4.0) - 1e4).epsilon(1e-12));
  CHECK(total(LogSumExp(Floats{largest, -largest})) == static_cast<double>(largest));
  // Exact in float, so that moving all logits together changes nothing.
  CHECK(LogSumExp(Floats{0.5f, -1.25f, 2.0f}).excess == LogSumExp(Floats{8192.5f, 8190.75f, 8194.0f}).excess);
}

TEST_CASE("LogSumExp: -infinity adds nothing, NaN and +infinity are passed on") {
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const LogSumExp without(Floats{0, 0, -infinity});
  CHECK(total(without) == doctest::Approx(std::log(2.0)).epsilon(1e-12));
  CHECK(without.surprise(-infinity) == static_cast<double>(infinity));
  for (const Floats& bad : {Floats{nan, 0, 0}, Floats{0, nan, 0}, Floats{0, 0, nan}, Floats{0, infinity, 0}}) {
    CHECK(std::isnan(LogSumExp(bad).surprise(0.0f)));
  }
}

}  // namespace log_sum_exp_test
