// SPDX-License-Identifier: MIT
#include "qnn/data/dataset.hpp"

#include "fixtures.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>

namespace dataset_test {

using namespace qnn;
using test::Bytes;
using test::contains;
using test::message_of;

namespace {

/// `count` images of 2x3x2, filled with multiples of 37; labels 0 1 2 0 1 2 ...
Dataset small_images(Index count) {
  std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = static_cast<std::int32_t>(i % 3);
  }
  return Dataset(test::ramp(static_cast<std::size_t>(count) * 12), {2, 3, 2}, labels, 3);
}

/// One feature: the number of the example.
FloatDataset numbered(Index count) {
  std::vector<float> features(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < features.size(); ++i) {
    features[i] = static_cast<float>(i);
  }
  return FloatDataset(features, {1}, std::vector<std::int32_t>(features.size(), 0), 1);
}

std::vector<int> numbers(const FloatDataset& data) {
  std::vector<int> order;
  for (Index i = 0; i < data.size(); ++i) {
    order.push_back(static_cast<int>(data.raw(i)[0]));
  }
  return order;
}

template <class Set>
std::vector<float> example(const Set& data, Index i) {
  std::vector<float> out(static_cast<std::size_t>(data.extents().size()));
  data.copy(i, out);
  return out;
}

}  // namespace

TEST_CASE("a byte stands for byte / 255, rounded to float") {
  Bytes all(256);
  for (std::size_t byte = 0; byte < 256; ++byte) {
    all[byte] = static_cast<std::uint8_t>(byte);
  }
  const Dataset data(all, {16, 16, 1}, {0}, 1);
  const std::vector<float> reals = example(data, 0);
  for (std::size_t byte = 0; byte < 256; ++byte) {
    CHECK(reals[byte] == static_cast<float>(static_cast<double>(byte) / 255.0));
  }
  CHECK(reals[0] == 0.0f);
  CHECK(reals[255] == 1.0f);
}

TEST_CASE("a dataset tells its sizes and gives its examples as they were stored") {
  const Dataset data = small_images(5);
  CHECK(data.size() == 5);
  CHECK(data.extents() == Extents{2, 3, 2});
  CHECK(data.channels() == 2);
  CHECK(data.classes() == 3);
  CHECK(data.label(4) == 1);
  const Bytes stored = test::ramp(5 * 12);
  CHECK(std::ranges::equal(data.raw(3), std::span(stored).subspan(36, 12)));
  CHECK(data.class_counts() == std::vector<Index>{2, 2, 1});
}

TEST_CASE("normalization works channel by channel, on the last extent") {
  const Dataset data = small_images(2).normalized({0.5, 0.25}, {0.5, 2.0});
  const std::vector<float> plain = example(small_images(2), 1), normal = example(data, 1);
  for (std::size_t k = 0; k < normal.size(); k += 2) {
    CHECK(normal[k] == (plain[k] - 0.5f) / 0.5f);
    CHECK(normal[k + 1] == (plain[k + 1] - 0.25f) / 2.0f);
  }
  // It replaces the present one and is not applied on top of it.
  CHECK(example(data.normalized({0, 0}, {1, 1}), 1) == plain);
}

TEST_CASE("a float dataset gives its features; every feature of a row is a channel") {
  const FloatDataset data({1.0f, -2.0f, 3.0f, 4.0f, 0.5f, 6.0f}, {3}, {1, 0}, 2);
  CHECK(example(data, 1) == std::vector<float>{4.0f, 0.5f, 6.0f});
  CHECK(example(data.normalized({0, 0.5, 2}, {1, 1, 4}), 1) == std::vector<float>{4.0f, 0.0f, 1.0f});
}

TEST_CASE("channel statistics: normalizing with them gives mean 0 and deviation 1") {
  const Dataset data = small_images(37);
  const ChannelStatistics statistics = data.channel_statistics();
  REQUIRE(statistics.mean.size() == 2);
  const Dataset normal = data.normalized(statistics.mean, statistics.deviation);
  for (std::size_t channel = 0; channel < 2; ++channel) {
    double sum = 0, squares = 0;
    for (Index i = 0; i < normal.size(); ++i) {
      const std::vector<float> reals = example(normal, i);
      for (std::size_t k = channel; k < reals.size(); k += 2) {
        sum += static_cast<double>(reals[k]);
        squares += static_cast<double>(reals[k]) * static_cast<double>(reals[k]);
      }
    }
    CHECK(std::abs(sum / (37 * 6)) < 1e-6);
    CHECK(std::abs(squares / (37 * 6) - 1.0) < 1e-6);
  }
  // They are those of the values before normalization, whatever the present one is.
  CHECK(normal.channel_statistics().mean == statistics.mean);
}

TEST_CASE("channel statistics: known values, and far from zero, where naive sums of squares fail") {
  const Dataset bytes({0, 255, 255, 255}, {1, 2, 1}, {0, 0}, 1);
  CHECK(bytes.channel_statistics().mean[0] == 0.75);
  CHECK(bytes.channel_statistics().deviation[0] == doctest::Approx(std::sqrt(0.1875)).epsilon(1e-14));
  const FloatDataset far({1e7f, 1e7f + 1.0f, 1e7f + 2.0f}, {1}, {0, 0, 0}, 1);
  CHECK(far.channel_statistics().mean[0] == 1e7 + 1.0);
  CHECK(far.channel_statistics().deviation[0] == doctest::Approx(std::sqrt(2.0 / 3.0)).epsilon(1e-12));
  CHECK(contains(message_of<ArgumentError>([&] { far.first(0).channel_statistics(); }), "empty"));
}

TEST_CASE("first and subset name examples; subsets of subsets too") {
  const FloatDataset data = numbered(10);
  CHECK(numbers(data.first(3)) == std::vector{0, 1, 2});
  CHECK(data.first(0).size() == 0);
  CHECK(data.first(10).size() == 10);
  const std::vector<Index> odd{9, 7, 5, 3, 1}, twice{4, 0, 4};
  const FloatDataset chosen = data.subset(odd).subset(twice);
  CHECK(numbers(chosen) == std::vector{1, 9, 1});
  CHECK(numbers(chosen.first(2)) == std::vector{1, 9});
}

TEST_CASE("copies and subsets share the elements") {
  const Dataset data = small_images(8);
  const Dataset copy = data;
  CHECK(copy.raw(0).data() == data.raw(0).data());
  CHECK(data.shuffled(3).split(0.5, 4).rest.first(1).raw(0).data() >= data.raw(0).data());
  CHECK(data.normalized({0, 0}, {2, 2}).raw(7).data() == data.raw(7).data());
}

TEST_CASE("shuffled: a permutation, the same for the same seed on every machine") {
  const FloatDataset data = numbered(100);
  const std::vector<int> order = numbers(data.shuffled(7));
  CHECK(std::set<int>(order.begin(), order.end()).size() == 100);
  CHECK(order == numbers(data.shuffled(7)));
  CHECK(order != numbers(data.shuffled(8)));
  CHECK(order != numbers(data));
  CHECK(numbers(numbered(10).shuffled(42)) == std::vector{2, 3, 6, 4, 7, 9, 0, 8, 1, 5});
}

TEST_CASE("split: two disjoint parts that make up the whole, deterministic, of the rounded size") {
  for (const Index size : {0, 1, 2, 7, 101}) {
    for (const double fraction : {0.0, 0.1, 0.25, 0.5, 0.995, 1.0}) {
      const FloatDataset data = numbered(size);
      const auto [rest, held_out] = data.split(fraction, 5);
      CHECK(held_out.size() == static_cast<Index>(std::floor(fraction * static_cast<double>(size) + 0.5)));
      CHECK(rest.size() + held_out.size() == size);
      std::set<int> seen;
      for (const FloatDataset& part : {rest, held_out}) {
        for (const int number : numbers(part)) {
          seen.insert(number);
        }
      }
      CHECK(static_cast<Index>(seen.size()) == size);
      CHECK(numbers(data.split(fraction, 5).held_out) == numbers(held_out));
    }
  }
  CHECK(numbers(numbered(101).split(0.5, 5).held_out) != numbers(numbered(101).split(0.5, 6).held_out));
}

TEST_CASE("split draws without bias: every example is held out about as often") {
  std::vector<int> times(20);
  const FloatDataset data = numbered(20);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    for (const int number : numbers(data.split(0.25, seed).held_out)) {
      ++times[static_cast<std::size_t>(number)];
    }
  }
  for (const int count : times) {  // 500 expected, standard deviation 19.4
    CHECK(std::abs(count - 500) < 100);
  }
}

TEST_CASE("mapped makes new examples and keeps labels, classes and normalization") {
  const Dataset data = small_images(6).normalized({0.5, 0.5}, {0.25, 0.25}).subset(std::vector<Index>{5, 2});
  const Dataset top = data.mapped({1, 3, 2}, [](std::span<const std::uint8_t> in, std::span<std::uint8_t> out) {
    std::ranges::copy(in.first(6), out.begin());
  });
  CHECK(top.size() == 2);
  CHECK(top.extents() == Extents{1, 3, 2});
  CHECK(top.label(0) == 2);
  CHECK(top.classes() == 3);
  for (Index i = 0; i < 2; ++i) {
    const std::vector<float> whole = example(data, i), part = example(top, i);
    CHECK(std::ranges::equal(part, std::span(whole).first(6)));
  }
}

TEST_CASE("mapped may change the number of channels only before normalization") {
  const auto grey = [](std::span<const std::uint8_t> in, std::span<std::uint8_t> out) {
    for (std::size_t k = 0; k < out.size(); ++k) {
      out[k] = in[2 * k];
    }
  };
  CHECK(small_images(3).mapped({2, 3, 1}, grey).extents() == Extents{2, 3, 1});
  const Dataset normal = small_images(3).normalized({0.5, 0.5}, {1, 1});
  CHECK(contains(message_of<ArgumentError>([&] { normal.mapped({2, 3, 1}, grey); }), "channels"));
}

TEST_CASE("mapped refuses extents that fit in no memory, where their product with the examples would wrap") {
  const auto nothing = [](std::span<const std::uint8_t>, std::span<std::uint8_t>) {};
  const Dataset four = small_images(4);
  constexpr Index quarter = Index{1} << 61;  // * 2 channels * 4 examples = 2^64, which wraps to 0
  const std::string message = message_of<ArgumentError>([&] { four.mapped({quarter, 1, 2}, nothing); });
  CHECK(contains(message, "mapped: expected extents that fit in memory, found " + to_string(Extents{quarter, 1, 2})));
}

TEST_CASE("what does not fit together is refused where the dataset is made") {
  const auto refused = [](Bytes elements, Extents extents, std::vector<std::int32_t> labels, int classes) {
    return message_of<ArgumentError>([&] { Dataset(elements, extents, labels, classes); });
  };
  CHECK(contains(refused({1, 2, 3, 4}, {2, 1, 1}, {0}, 2), "labels: expected 2"));
  CHECK(contains(refused({1, 2, 3, 4}, {2, 1, 1}, {0, 1, 1}, 2), "found 3"));
  CHECK(contains(refused({1, 2, 3}, {2, 1, 1}, {0}, 2), "multiple of 2 (2x1x1), found 3"));
  CHECK(contains(refused({1, 2}, {1}, {0, 2}, 2), "label of example 1: expected 0 to 1, found 2"));
  CHECK(contains(refused({1, 2}, {1}, {-1, 0}, 2), "label of example 0"));
  CHECK(contains(refused({1, 2}, {1}, {0, 0}, 0), "classes: expected at least 1, found 0"));
  CHECK(contains(refused({}, {}, {}, 2), "at least one extent"));
  CHECK(contains(refused({}, {2, 0}, {}, 2), "positive extents"));
  CHECK(contains(refused({}, {2, -1}, {}, 2), "positive extents"));
  const Index huge = std::numeric_limits<Index>::max() / 2;
  CHECK(contains(refused({}, {huge, 3, 1}, {}, 2), "product fits"));
  CHECK(Dataset({}, {28, 28, 1}, {}, 10).size() == 0);
}

TEST_CASE("indices and sizes out of range are refused where a dataset is read") {
  const Dataset data = small_images(4);
  std::vector<float> out(12), small(11);
  for (const Index i : {Index{-1}, Index{4}, std::numeric_limits<Index>::max()}) {
    CHECK_THROWS_AS(data.copy(i, out), ArgumentError);
    CHECK_THROWS_AS(data.label(i), ArgumentError);
    CHECK_THROWS_AS(data.raw(i), ArgumentError);
    CHECK_THROWS_AS(data.subset(std::vector<Index>{0, i}), ArgumentError);
  }
  CHECK(contains(message_of<ArgumentError>([&] { data.copy(0, small); }), "expected 12 elements, found 11"));
  CHECK_THROWS_AS(data.first(2).label(2), ArgumentError);
  CHECK_THROWS_AS(data.first(5), ArgumentError);
  CHECK_THROWS_AS(data.first(-1), ArgumentError);
  for (const double fraction : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(data.split(fraction, 0), ArgumentError);
  }
  CHECK(contains(message_of<ArgumentError>([&] { data.normalized({0.5}, {0.5}); }), "one per channel"));
  CHECK_THROWS_AS(data.normalized({0, 0}, {1, 0}), ArgumentError);
}

TEST_CASE("features that are no numbers are refused, by sample and element") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
    const std::string message = message_of<NumericError>([&] {
      FloatDataset({1, 2, 3, 4, 5, bad}, {2}, {0, 0, 0}, 1);
    });
    CHECK(contains(message, "sample 2, element 1"));
  }
}

TEST_CASE("a normalization under which an element would become infinite is refused") {
  const FloatDataset large({1.0f, 3e38f}, {1}, {0, 0}, 1);
  CHECK(contains(message_of<NumericError>([&] { large.normalized({0.0}, {1e-10}); }), "sample 1"));
  CHECK(contains(message_of<NumericError>([&] { large.normalized({-3e38}, {1.0}); }), "sample 1"));
  CHECK(contains(message_of<NumericError>([&] { small_images(1).normalized({0, 0}, {1, 1e-40}); }), "channel 1"));
}

TEST_CASE("examples without labels are all of the only class") {
  const auto data = FloatDataset::unlabelled({1, 2, 3, 4, 5, 6}, {3});
  CHECK(data.size() == 2);
  CHECK(data.classes() == 1);
  CHECK(data.class_counts() == std::vector<Index>{2});
  CHECK(example(data, 1) == std::vector<float>{4, 5, 6});
  CHECK(contains(message_of<ArgumentError>([] { FloatDataset::unlabelled({1, 2, 3, 4}, {3}); }), "a multiple of 3"));
  CHECK_THROWS_AS(FloatDataset::unlabelled({1, NAN, 3}, {3}), NumericError);
  CHECK_THROWS_AS(FloatDataset::unlabelled({1}, {0}), ArgumentError);
}

}  // namespace dataset_test
