// SPDX-License-Identifier: MIT
/// @file
/// The histogram holds what it saw, whatever the order, in bins that double.
#include "qnn/calibration/histogram.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace histogram_test {

using namespace qnn;

namespace {

void observe(Histogram& histogram, const std::vector<float>& values) { histogram.observe(values, range_of(values)); }

std::vector<Index> counts(std::span<const Index> side) { return {side.begin(), side.end()}; }

}  // namespace

TEST_CASE("Histogram: bins by hand") {
  Histogram histogram;
  observe(histogram, {0.0f, -0.0f, 0.75f, 1.0f / 2048, -0.5f, 0.0001f});
  CHECK(histogram.width() == 1.0 / 2048);
  CHECK(histogram.zeros() == 2);
  CHECK(histogram.count() == 6);
  CHECK(histogram.positive()[1536] == 1);
  CHECK(histogram.positive()[1] == 1);
  CHECK(histogram.positive()[0] == 1);
  CHECK(histogram.negative()[1024] == 1);
  CHECK(histogram.range() == Range{-0.5f, 0.75f});
  CHECK(histogram.mean() == doctest::Approx((0.75 + 1.0 / 2048 - 0.5 + 0.0001) / 6));

  observe(histogram, {1.0f});  // no bin of a power of two ends with it
  CHECK(histogram.width() == 2.0 / 2048);
  CHECK(histogram.positive()[1024] == 1);
  CHECK(histogram.positive()[768] == 1);
  CHECK(histogram.positive()[0] == 2);
  CHECK(histogram.negative()[512] == 1);
}

TEST_CASE("Histogram: neither the order nor the batches matter") {
  Random random(3);
  std::vector<float> values(5000);
  std::generate(values.begin(), values.end(), [&] { return std::exp(2 * random.normal()) * random.normal(); });
  Histogram at_once, one_by_one, reversed;
  observe(at_once, values);
  for (const float value : values) {
    observe(one_by_one, {value});
  }
  std::reverse(values.begin(), values.end());
  observe(reversed, values);
  for (const Histogram* other : {&one_by_one, &reversed}) {
    CHECK(other->width() == at_once.width());
    CHECK(counts(other->positive()) == counts(at_once.positive()));
    CHECK(counts(other->negative()) == counts(at_once.negative()));
    CHECK(other->range() == at_once.range());
    CHECK(other->mean() == doctest::Approx(at_once.mean()));
  }
  const auto positive = counts(at_once.positive()), negative = counts(at_once.negative());
  CHECK(std::accumulate(positive.begin(), positive.end(), Index{0}) +
            std::accumulate(negative.begin(), negative.end(), Index{0}) + at_once.zeros() ==
        5000);
}

TEST_CASE("Histogram: the largest and the smallest floats have bins") {
  constexpr float largest = std::numeric_limits<float>::max();
  Histogram histogram;
  observe(histogram, {std::numeric_limits<float>::denorm_min(), 1e-40f});
  CHECK(histogram.positive()[0] == 2);
  observe(histogram, {-largest, largest});
  CHECK(histogram.positive()[0] == 2);
  CHECK(histogram.positive()[2047] == 1);
  CHECK(histogram.negative()[2047] == 1);
}

TEST_CASE("Histogram: nothing seen, zeros only, and bins cut off at the range") {
  Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.range().empty());
  observe(histogram, {});
  CHECK(histogram.count() == 0);
  observe(histogram, {0, 0});
  CHECK(histogram.zeros() == 2);
  CHECK(histogram.range() == Range{0, 0});
  observe(histogram, {-1.25f, 1.5f});
  std::vector<double> edges;
  histogram.for_each_bin([&](double from, double to, Index count) {
    CHECK(count == 1);
    edges.insert(edges.end(), {from, to});
  });
  CHECK(edges == std::vector<double>{-1.25, -1.25, 1.5, 1.5});
}

}  // namespace histogram_test
