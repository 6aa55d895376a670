// SPDX-License-Identifier: MIT
#include "qnn/layers/dropout.hpp"

#include "check_report.hpp"
#include "run_layer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

namespace dropout_test {
namespace {

using namespace qnn;
using namespace qnn::testing;
using Floats = std::vector<float>;
using Row = Shape<1000>;

template <int Percent>
Floats trained(const Floats& x, TrainingStep step) {
  Floats y(x.size());
  const Index count = static_cast<Index>(x.size()) / Row::size;
  Dropout<Percent>::template at<Float32, Row>::forward_training(nullptr, Batch<const float, Row>(x.data(), count),
                                                                Batch<float, Row>(y.data(), count), step);
  return y;
}

}  // namespace

TEST_CASE("Dropout: the identity in inference") {
  const Floats x{1, -2, 3};
  CHECK(outputs_of<Dropout<50>, Shape<3>>(x) == x);
}

TEST_CASE_TEMPLATE("Dropout: drops its share and keeps the mean", Layer, Dropout<20>, Dropout<50>, Dropout<99>) {
  constexpr int percent = std::is_same_v<Layer, Dropout<20>> ? 20 : std::is_same_v<Layer, Dropout<50>> ? 50 : 99;
  const Floats ones(100'000, 1.0f);
  const Floats y = trained<percent>(ones, {.seed = 3, .first_example = 0});
  const auto dropped = static_cast<double>(std::count(y.begin(), y.end(), 0.0f));
  const double p = percent / 100.0, deviation = std::sqrt(p * (1 - p) * 100'000);
  CHECK(std::abs(dropped - p * 100'000) < 5 * deviation);
  const float scaled = 1.0f / (1.0f - static_cast<float>(percent) / 100.0f);
  CHECK(std::count(y.begin(), y.end(), scaled) == 100'000 - static_cast<Index>(dropped));
}

TEST_CASE("Dropout: 0 % drops nothing") {
  const Floats ones(1000, 1.0f);
  CHECK(trained<0>(ones, {.seed = 3}) == ones);
}

TEST_CASE("Dropout: the mask is a function of the step and the example alone") {
  const Floats ones(3000, 1.0f), one(1000, 1.0f);
  const Floats all = trained<50>(ones, {.seed = 3, .first_example = 10});
  CHECK(all == trained<50>(ones, {.seed = 3, .first_example = 10}));
  CHECK(all != trained<50>(ones, {.seed = 4, .first_example = 10}));
  CHECK(Floats(all.begin() + 2000, all.end()) == trained<50>(one, {.seed = 3, .first_example = 12}));
  CHECK(Floats(all.begin(), all.begin() + 1000) != Floats(all.begin() + 1000, all.begin() + 2000));
}

TEST_CASE("Dropout: gradients, through the mask of the same step") {
  CHECK_REPORT(check_layer<Dropout<30>, Shape<7, 3>, Precisions<Int8<>>>({.seed = 1}));
}

}  // namespace dropout_test
