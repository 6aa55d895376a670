// SPDX-License-Identifier: MIT
/// @file
/// The divergence and the threshold that it chooses, against examples worked out by hand.
#include "qnn/calibration/entropy.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace entropy_test {

using namespace qnn;
using namespace qnn::fixtures;

namespace {

/// Bins without repeated values.
detail::BinCounts distinct(std::span<const double> bins) {
  static const std::vector<double> none(16);
  return {bins, std::span(none).first(bins.size())};
}

}  // namespace

TEST_CASE("Entropy: the example of the publication") {
  const std::vector<double> bins{1, 0, 2, 3, 5, 3, 1, 7};
  std::vector<double> q(8);
  detail::spread_over_levels(distinct(bins), 2, q);
  CHECK(q == std::vector<double>{2, 0, 2, 2, 4, 4, 4, 4});
  // sum p log(p / q) with both of sum 22: 1 log 1/2 + 2 log 1 + 3 log 3/2 + 5 log 5/4 + 3 log 3/4 + log 1/4 + 7 log 7/4
  const double by_hand = (std::log(0.5) + 3 * std::log(1.5) + 5 * std::log(1.25) + 3 * std::log(0.75) + std::log(0.25) +
                          7 * std::log(1.75)) /
                         22;
  CHECK(detail::divergence(distinct(bins), 0, 0, 2, q) == doctest::Approx(by_hand));
  // Six outliers go to the last bin of P, not of Q: p sums to 28, q to 22.
  const double beyond = (std::log(0.5) + 3 * std::log(1.5) + 5 * std::log(1.25) + 3 * std::log(0.75) + std::log(0.25) +
                         13 * std::log(13.0 / 4)) /
                            28 +
                        std::log(22.0 / 28);
  CHECK(detail::divergence(distinct(bins), 0, 6, 2, q) == doctest::Approx(beyond));
}

TEST_CASE("Entropy: the example of the publication, by four levels") {
  // Pairs (1, 0) (2, 3) (5, 3) (1, 7): of the first only one bin holds something.
  const std::vector<double> bins{1, 0, 2, 3, 5, 3, 1, 7};
  std::vector<double> q(8);
  detail::spread_over_levels(distinct(bins), 4, q);
  CHECK(q == std::vector<double>{1, 0, 2.5, 2.5, 4, 4, 4, 4});
  const double by_hand = (std::log(1.0) + 2 * std::log(0.8) + 3 * std::log(1.2) + 5 * std::log(1.25) +
                          3 * std::log(0.75) + std::log(0.25) + 7 * std::log(1.75)) /
                         22;
  CHECK(detail::divergence(distinct(bins), 0, 0, 4, q) == doctest::Approx(by_hand));
}

TEST_CASE("Entropy: every candidate of eight bins and two levels by hand") {
  // Ten values. The threshold n keeps n bins, the upper level begins at bin n / 2, rounded up. P has what lies beyond
  // in its last bin that holds something.
  const std::vector<double> bins{4, 2, 2, 1, 0, 0, 0, 1};
  struct Candidate {
    std::size_t threshold;
    double beyond;
    double divergence;  // sum P log(P / Q)
    double freedom;     // filled bins - filled levels
  };
  const std::vector<Candidate> candidates{
      // P = 4 6 of 10, Q = 4 2 of 6
      {2, 4, 0.4 * std::log(0.4 * 6 / 4) + 0.6 * std::log(0.6 * 6 / 2), 0},
      // P = 4 2 4, Q = 3 3 | 2 of 8
      {3, 2, 0.4 * std::log(0.4 * 8 / 3) + 0.2 * std::log(0.2 * 8 / 3) + 0.4 * std::log(0.4 * 8 / 2), 1},
      // P = 4 2 2 2, Q = 3 3 | 1.5 1.5 of 9
      {4, 1, 0.4 * std::log(0.4 * 9 / 3) + 0.2 * std::log(0.2 * 9 / 3) + 2 * 0.2 * std::log(0.2 * 9 / 1.5), 2},
      // P = 4 2 2 2 0, Q = 8/3 8/3 8/3 | 1 0 of 9
      {5, 1, 0.4 * std::log(0.4 * 27 / 8) + 2 * 0.2 * std::log(0.2 * 27 / 8) + 0.2 * std::log(0.2 * 9), 2},
      // P = 4 2 2 2 0 0, Q = 8/3 8/3 8/3 | 1 0 0 of 9
      {6, 1, 0.4 * std::log(0.4 * 27 / 8) + 2 * 0.2 * std::log(0.2 * 27 / 8) + 0.2 * std::log(0.2 * 9), 2},
      // P = 4 2 2 2 0 0 0, Q = 9/4 9/4 9/4 9/4 | 0 0 0 of 9
      {7, 1, 0.4 * std::log(0.4 * 4) + 3 * 0.2 * std::log(0.2 * 4), 3},
      // P = 4 2 2 1 0 0 0 1, Q = 9/4 9/4 9/4 9/4 | 0 0 0 1 of 10
      {8, 0, 0.4 * std::log(4 / 2.25) + 2 * 0.2 * std::log(2 / 2.25) + 0.1 * std::log(1 / 2.25) + 0.1 * std::log(1.0),
       3}};
  std::vector<double> q(8);
  for (const Candidate& candidate : candidates) {
    const auto window = distinct(std::span(bins).first(candidate.threshold));
    CAPTURE(candidate.threshold);
    CHECK(detail::divergence(window, 0, candidate.beyond, 2, q) == doctest::Approx(candidate.divergence));
    CHECK(detail::chance_divergence(window, 2) == doctest::Approx(candidate.freedom / 2));
  }
  // As published the fourth is least, 0.044. Ten values of the seventh diverge by 0.054, but by 0.15 by chance alone;
  // a thousand of the same shape by 0.0015.
  const auto least = std::min_element(candidates.begin(), candidates.end(),
                                      [](const auto& a, const auto& b) { return a.divergence < b.divergence; });
  CHECK(least->threshold == 4);
  CHECK(least->divergence == doctest::Approx(0.0437).epsilon(0.01));
  CHECK(detail::least_divergent_threshold(bins, 0, 2) == 7);
  std::vector<double> many(bins);
  std::transform(bins.begin(), bins.end(), many.begin(), [](double count) { return 100 * count; });
  CHECK(detail::least_divergent_threshold(many, 0, 2) == 4);
}

TEST_CASE("Entropy: equal values by hand") {
  const std::vector<double> bins{2, 2, 2, 50, 2, 2, 2, 2}, beside{2, 2, 50, 30, 2, 0, 0, 2}, alone{0, 0, 9, 0},
      few{1, 2};
  CHECK(detail::repeated_values(bins) == std::vector<double>{0, 0, 0, 48, 0, 0, 0, 0});
  CHECK(detail::repeated_values(beside) == std::vector<double>{0, 0, 48, 28, 0, 0, 0, 0});
  CHECK(detail::repeated_values(alone) == std::vector<double>{0, 0, 8, 0});
  CHECK(detail::repeated_values(few) == std::vector<double>{0, 0});
  const std::vector<double> slope{128, 64, 32, 16, 8, 4, 2, 1};  // 128 stands beside a median of 8
  CHECK(detail::repeated_values(slope)[0] == 120);
  CHECK(detail::repeated_values(slope)[4] == 0);

  std::vector<double> q(8);
  const std::vector<double> repeated = detail::repeated_values(bins);
  const detail::BinCounts whole{bins, repeated};
  CHECK(detail::divergence(whole, 0, 0, 2, q) == doctest::Approx(0));
  CHECK(q == bins);
  // As published the lower level has 56 values, 14 a bin.
  const double spread = (6 * std::log(2.0 / 14) + 50 * std::log(50.0 / 14)) / 64;
  CHECK(detail::divergence(distinct(bins), 0, 0, 2, q) == doctest::Approx(spread));
  // Clipped, they count as all others do: P = 2 2 56 of 60, Q a third each.
  CHECK(detail::divergence(whole.part(0, 3), 0, 54, 2, q) ==
        doctest::Approx((4 * std::log(3.0 * 2 / 60) + 56 * std::log(3.0 * 56 / 60)) / 60));
  // Shares 1 1 1 1/25 of four bins in one level: three quarters of their sum, and half of that.
  CHECK(detail::chance_divergence(whole.part(0, 4), 1) == doctest::Approx(3.04 * 0.75 / 2));
}

TEST_CASE("Entropy: a constant background does not narrow the range") {
  const auto smooth = random_values(Shape1d::one_sided);
  auto values = smooth;
  values.insert(values.end(), 30000, 0.37f);
  values.insert(values.end(), 8000, 1.3f);
  for (const LevelRule& levels : {symmetric8, asymmetric8}) {
    const Range range = choose_range(Entropy{}, seen(values), levels),
                without = choose_range(Entropy{}, seen(smooth), levels);
    CAPTURE(range.highest);
    CHECK(part_inside(smooth, range) > 0.99);
    CHECK(range.highest == doctest::Approx(without.highest).epsilon(0.2));
  }
  // Nor is it clipped where it lies beyond all else.
  values = smooth;
  values.insert(values.end(), 5000, 6.0f);
  for (const LevelRule& levels : {symmetric8, asymmetric8}) {
    CHECK(choose_range(Entropy{}, seen(values), levels).highest == 6.0f);
  }
}

TEST_CASE("Entropy: levels that do not divide the bins, and bins that hold nothing") {
  const std::vector<double> uneven{1, 2, 3, 5, 9}, nothing{0, 0, 0}, half_empty{1, 2, 0};
  std::vector<double> q(5);
  detail::spread_over_levels(distinct(uneven), 2, q);  // bins 0, 1, 2 and 3, 4
  CHECK(q == std::vector<double>{2, 2, 2, 7, 7});
  CHECK(std::isinf(detail::divergence(distinct(nothing), 0, 1, 2, q)));
  // Four outliers go to the last bin that holds something: p = 1, 2 + 4 of 7; q = 1.5, 1.5 of 3.
  CHECK(detail::divergence(distinct(half_empty), 0, 4, 2, q) ==
        doctest::Approx((std::log(2.0 / 7) + 6 * std::log(12.0 / 7)) / 7));
  CHECK(detail::divergence(distinct(half_empty), 0, 0, 3, q) == doctest::Approx(0));
}

TEST_CASE("Entropy: the threshold by an independent search") {
  // 2 levels; an outlier at the end. All thresholds, each by the formula written out.
  const std::vector<double> bins{6, 6, 5, 3, 3, 1, 1, 0, 0, 0, 0, 1};
  std::size_t expected = 0;
  double least = 1e9;
  for (std::size_t n = 2; n <= bins.size(); ++n) {
    double inside = 0, all = 0, sum = 0;
    for (std::size_t k = 0; k < bins.size(); ++k) {
      (k < n ? inside : all) += bins[k];
    }
    const double outliers = all;
    all += inside;
    for (std::size_t k = 0; k < n; ++k) {
      const bool upper = 2 * k >= n;
      double level = 0, filled = 0;
      for (std::size_t j = 0; j < n; ++j) {
        if ((2 * j >= n) == upper && bins[j] > 0) {
          level += bins[j];
          ++filled;
        }
      }
      const std::size_t last_filled = n < 8 ? n - 1 : n < 12 ? 6 : 11;
      const double p = (bins[k] + (k == last_filled ? outliers : 0)) / all;
      const double q = bins[k] > 0 ? level / filled / inside : 0;
      sum += p == 0 ? 0 : p * std::log(p / q);
    }
    // Filled bins beyond the first of each of the two levels, half a value of 26 each.
    const auto filled = [&](std::size_t from, std::size_t to) {
      return static_cast<double>(std::count_if(bins.begin() + static_cast<std::ptrdiff_t>(from),
                                               bins.begin() + static_cast<std::ptrdiff_t>(to),
                                               [](double count) { return count > 0; }));
    };
    const std::size_t half = (n + 1) / 2;
    sum -= (filled(0, half) - 1 + std::max(filled(half, n) - 1, 0.0)) / 2 / 26;
    if (sum < least) {
      least = sum;
      expected = n;
    }
  }
  CHECK(expected < bins.size());
  CHECK(detail::least_divergent_threshold(bins, 0, 2) == expected);
  // Mirrored around 0 with twice the levels it is the same question.
  std::vector<double> mirrored(bins.rbegin(), bins.rend());
  mirrored.insert(mirrored.end(), bins.begin(), bins.end());
  CHECK(detail::least_divergent_threshold(mirrored, bins.size(), 4) == expected);
}

TEST_CASE("Entropy: clips outliers, not what is spread evenly; 16 bits clip nothing") {
  std::vector<float> even;
  for (int k = 0; k < 20000; ++k) {
    even.push_back(static_cast<float>(k) / 20000);
  }
  CHECK(choose_range(Entropy{}, seen(even), asymmetric8).highest > 0.97f);
  auto values = random_values(Shape1d::one_sided);
  values.push_back(40.0f);
  for (const LevelRule& levels : {symmetric8, asymmetric8}) {
    const Range range = choose_range(Entropy{}, seen(values), levels);
    CHECK(range.highest < 35.0f);  // beyond 5 there is nothing that tells thresholds apart
    CHECK(range.highest > 1.0f);
    CHECK(range.lowest == 0.0f);
  }
  for (const std::size_t count : {std::size_t{1000}, std::size_t{5000}, std::size_t{50000}}) {
    const auto normal = random_values(Shape1d::normal, count);
    for (const LevelRule& levels : {symmetric8, asymmetric8}) {
      const Range range = choose_range(Entropy{}, seen(normal), levels);
      CAPTURE(range.highest);
      CHECK(part_inside(normal, range) > 0.99);  // however few were seen
    }
  }
  CHECK(choose_range(Entropy{}, seen(values), asymmetric16).highest == 40.0f);
  CHECK(choose_range(Entropy{}, seen({0, 0, 0}), symmetric8) == Range{0, 0});
  CHECK(choose_range(Entropy{}, seen({-3, -3}), asymmetric8) == Range{-3, 0});
}

}  // namespace entropy_test
