// SPDX-License-Identifier: MIT
/// @file
/// Random numbers: SplitMix64's published values, distributions, and streams that are told apart.
#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <set>
#include <vector>

namespace random_test {
namespace {

using namespace qnn;

static_assert(std::uniform_random_bit_generator<Random>);

/// The inverse of `mix`: a generator seeded with unmix(s) starts in SplitMix64's state s.
constexpr std::uint64_t inverse(std::uint64_t odd) {  // modulo 2^64, by Newton's iteration
  std::uint64_t x = odd;
  for (int i = 0; i < 6; ++i) {
    x *= 2 - odd * x;
  }
  return x;
}
constexpr std::uint64_t unmix(std::uint64_t word) {
  word ^= (word >> 31) ^ (word >> 62);
  word *= inverse(0x94D049BB133111EBu);
  word ^= (word >> 27) ^ (word >> 54);
  word *= inverse(0xBF58476D1CE4E5B9u);
  return word ^ (word >> 30) ^ (word >> 60);
}
static_assert(mix(unmix(42)) == 42 && unmix(mix(0xDEADBEEF)) == 0xDEADBEEF && mix(0) == 0);

template <std::size_t Count>
constexpr std::array<std::uint64_t, Count> first_of(Random random) {
  std::array<std::uint64_t, Count> words{};
  std::generate(words.begin(), words.end(), [&] { return random(); });
  return words;
}

// The published first outputs of SplitMix64 from the states 0 and 1234567.
static_assert(first_of<4>(Random(0)) == std::array<std::uint64_t, 4>{0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4,
                                                                     0x06C45D188009454F, 0xF88BB8A8724C81EC});
static_assert(first_of<5>(Random(unmix(1234567))) ==
              std::array<std::uint64_t, 5>{6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                           4593380528125082431u, 16408922859458223821u});

// A stream is named by its coordinates: the same ones, the same stream; any other, another.
static_assert(first_of<3>(Random(1, 2, 3)) == first_of<3>(Random(1, 2, 3)));
static_assert(first_of<1>(Random(1, 2, 3)) != first_of<1>(Random(1, 3, 2)));
static_assert(first_of<1>(Random(1)) != first_of<1>(Random(1, 0)) &&
              first_of<1>(Random(1, 0)) != first_of<1>(Random(1, 0, 0)));

TEST_CASE("streams of neighbouring seeds and coordinates do not meet") {
  std::set<std::uint64_t> seen;
  std::size_t drawn = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (Index epoch = 0; epoch < 20; ++epoch) {
      for (Index batch = 0; batch < 20; ++batch) {
        Random random(seed, epoch, batch);
        for (int i = 0; i < 5; ++i, ++drawn) {
          seen.insert(random());
        }
      }
    }
  }
  CHECK(seen.size() == drawn);
}

TEST_CASE("streams are not correlated") {
  constexpr int count = 20'000;
  for (const int distance : {1, 2, 1000}) {
    double sum = 0.0;
    for (int i = 0; i < count; ++i) {
      Random a(7, i), b(7, i + distance);
      sum += static_cast<double>(a.uniform(-1.0f, 1.0f)) * static_cast<double>(b.uniform(-1.0f, 1.0f));
    }
    CHECK(std::abs(sum / count) < 5.0 / 3.0 / std::sqrt(count));  // the product has standard deviation 1/3
  }
}

/// Sum of (observed - expected)^2 / expected; with n bins its mean is n - 1 and its variance 2 (n - 1).
double chi_square(const std::vector<int>& bins, double expected) {
  return std::accumulate(bins.begin(), bins.end(), 0.0, [&](double sum, int observed) {
    return sum + (observed - expected) * (observed - expected) / expected;
  });
}

TEST_CASE("uniform: multiples of 2^-24 in [0, 1), evenly spread") {
  Random random(1);
  std::vector<int> bins(256);
  constexpr int count = 256 * 1000;
  double sum = 0.0;
  for (int i = 0; i < count; ++i) {
    const float value = random.uniform();
    REQUIRE(value >= 0.0f);
    REQUIRE(value < 1.0f);
    REQUIRE(value * 0x1p24f == std::floor(value * 0x1p24f));
    ++bins[static_cast<std::size_t>(value * 256.0f)];
    sum += static_cast<double>(value);
  }
  CHECK(std::abs(chi_square(bins, 1000) - 255.0) < 5 * std::sqrt(2 * 255.0));
  CHECK(std::abs(sum / count - 0.5) < 5 * std::sqrt(1.0 / 12 / count));
}

TEST_CASE("uniform in an interval stays inside it") {
  Random random(2);
  for (int i = 0; i < 10'000; ++i) {
    const float value = random.uniform(-3.0f, 0.1f);
    REQUIRE(value >= -3.0f);
    REQUIRE(value <= 0.1f);
  }
  CHECK(random.uniform(2.0f, 2.0f) == 2.0f);
}

TEST_CASE("below: inside its bound, evenly spread, up to 2^32") {
  Random random(3);
  for (const Index bound : {Index{1}, Index{2}, Index{3}, Index{7}, Index{256}, Index{1000}}) {
    std::vector<int> bins(static_cast<std::size_t>(bound));
    for (Index i = 0; i < 500 * bound; ++i) {
      const Index value = random.below(bound);
      REQUIRE(value >= 0);
      REQUIRE(value < bound);
      ++bins[static_cast<std::size_t>(value)];
    }
    const auto degrees = static_cast<double>(bound - 1);
    CHECK(std::abs(chi_square(bins, 500) - degrees) <= 5 * std::sqrt(2 * degrees));
  }
  constexpr Index largest = Index{1} << 32;
  Index seen = 0;
  for (int i = 0; i < 1000; ++i) {
    const Index value = random.below(largest);
    REQUIRE(value < largest);
    seen = std::max(seen, value);
  }
  CHECK(seen > largest / 100 * 99);
}

TEST_CASE("normal: mean 0, variance 1, skewness 0, kurtosis 3, and always finite") {
  Random random(4);
  constexpr int count = 400'000;
  double first = 0.0, second = 0.0, third = 0.0, fourth = 0.0;
  int beyond_two = 0;
  for (int i = 0; i < count; ++i) {
    const auto x = static_cast<double>(random.normal());
    REQUIRE(std::isfinite(x));
    first += x / count;
    second += x * x / count;
    third += x * x * x / count;
    fourth += x * x * x * x / count;
    beyond_two += std::abs(x) > 2.0;
  }
  const double deviation = 5 / std::sqrt(count);  // five standard deviations of a mean of standard normals
  CHECK(std::abs(first) < deviation);
  CHECK(std::abs(second - 1.0) < deviation * std::sqrt(2.0));
  CHECK(std::abs(third) < deviation * std::sqrt(15.0));
  CHECK(std::abs(fourth - 3.0) < deviation * std::sqrt(96.0));
  CHECK(std::abs(static_cast<double>(beyond_two) / count - 0.0455) < 5 * std::sqrt(0.0455 / count));
}

TEST_CASE("shuffle: a permutation, the same for the same generator") {
  std::vector<int> sorted(1000);
  std::iota(sorted.begin(), sorted.end(), 0);
  auto shuffled = sorted, again = sorted, other = sorted;
  Random a(5), b(5), c(6);
  shuffle(shuffled, a);
  shuffle(again, b);
  shuffle(other, c);
  CHECK(shuffled != sorted);
  CHECK(shuffled == again);
  CHECK(shuffled != other);
  std::sort(shuffled.begin(), shuffled.end());
  CHECK(shuffled == sorted);
  std::vector<int> none, one{7};
  shuffle(none, a);
  shuffle(one, a);
  CHECK(one == std::vector{7});
}

TEST_CASE("shuffle: every order equally likely") {
  Random random(7);
  std::vector<int> bins(24);
  for (int i = 0; i < 24'000; ++i) {
    std::array<int, 4> order{0, 1, 2, 3};
    shuffle(order, random);
    std::size_t rank = 0;  // the position of this order among all 24, by Lehmer's code
    for (std::size_t first = 0; first < 4; ++first) {
      rank =
          rank * (4 - first) + static_cast<std::size_t>(std::count_if(order.begin() + first, order.end(),
                                                                      [&](int later) { return later < order[first]; }));
    }
    ++bins.at(rank);
  }
  CHECK(std::abs(chi_square(bins, 1000) - 23.0) < 5 * std::sqrt(2 * 23.0));
}

}  // namespace

}  // namespace random_test
