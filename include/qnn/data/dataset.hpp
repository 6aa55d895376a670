// SPDX-License-Identifier: MIT
/// @file
/// Labelled examples in memory: bytes (images) or floats (any other features), one class index each.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/random.hpp"
#include "qnn/core/shape.hpp"
#include "qnn/data/example_source.hpp"
#include "qnn/data/normalization.hpp"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace qnn {

/// What a dataset stores: `std::uint8_t` stands for the real byte / 255, a `float` for itself.
template <class E>
concept DatasetElement = std::same_as<E, std::uint8_t> || std::same_as<E, float>;

/// A set divided in two: `const auto [rest, held_out] = data.split(0.1, seed);`
template <class Set>
struct HeldOut {
  Set rest, held_out;
};

namespace detail {

/// Number of elements of one example. @throws ArgumentError unless there are extents, all positive, whose product fits
QNN_COLD inline Index example_size(const Extents& example) {
  Index product = 1;
  for (const Index extent : example) {
    if (extent <= 0 || product > std::numeric_limits<Index>::max() / extent) {
      throw ArgumentError("extents of an example", "positive extents whose product fits in memory", to_string(example));
    }
    product *= extent;
  }
  if (example.rank() == 0) {
    throw ArgumentError("extents of an example", "at least one extent, channels last", "none");
  }
  return product;
}

}  // namespace detail

/// A fixed set of labelled examples with the same extents, channels last: (height, width, channels) for images,
/// (features) for rows of a table. Models ExampleSource.
///
/// A reader receives `real = (value - mean[c]) / deviation[c]`, c the index along the last extent and `value` the byte
/// divided by 255, or the float itself. At first mean is 0 and deviation 1, so that bytes become 0 .. 1.
///
/// Elements and labels are shared, never changed: copies and subsets (`first`, `subset`, `split`, `shuffled`) cost at
/// most one list of indices, and any number of threads may read.
template <DatasetElement Element>
class BasicDataset {
 public:
  using element = Element;

  /// @param elements  the examples one behind the other, each dense and row-major
  /// @param example   extents of one example
  /// @param labels    class of each example, 0 <= label < classes
  /// @throws ArgumentError where sizes disagree or a label is out of range, naming the first offender
  /// @throws NumericError where a float element is NaN or infinite, naming the sample and the element
  BasicDataset(std::vector<Element> elements, const Extents& example, std::vector<std::int32_t> labels, int classes)
      : example_(example),
        example_size_(detail::example_size(example)),
        count_(static_cast<Index>(labels.size())),
        classes_(classes),
        normalization_(static_cast<std::size_t>(example[example.rank() - 1])) {
    check_sizes(elements.size(), labels.size());
    check_labels(labels);
    elements_ = std::make_shared<const std::vector<Element>>(std::move(elements));
    labels_ = std::make_shared<const std::vector<std::int32_t>>(std::move(labels));
    check_finite();
  }

  /// Examples without labels, for training by `Reconstruction` and for calibration: all are of class 0, the only one.
  /// @throws ArgumentError, NumericError as the constructor
  static BasicDataset unlabelled(std::vector<Element> elements, const Extents& example) {
    const auto length = static_cast<std::size_t>(detail::example_size(example));
    std::vector<std::int32_t> labels(elements.size() / length);
    return {std::move(elements), example, std::move(labels), 1};
  }

  Index size() const { return count_; }
  Extents extents() const { return example_; }
  int classes() const { return classes_; }
  Index channels() const { return example_[example_.rank() - 1]; }
  const Normalization& normalization() const { return normalization_; }

  /// Class of example i. @throws ArgumentError unless 0 <= i < size()
  std::int32_t label(Index i) const { return (*labels_)[position(i)]; }

  /// Example i as it is stored, before normalization. Valid as long as any dataset shares the elements.
  /// @throws ArgumentError unless 0 <= i < size()
  std::span<const Element> raw(Index i) const {
    const auto length = static_cast<std::size_t>(example_size_);
    return std::span<const Element>(*elements_).subspan(position(i) * length, length);
  }

  /// Writes example i, normalized. O(extents().size()).
  /// @throws ArgumentError unless 0 <= i < size() and out.size() == extents().size()
  QNN_NOINLINE void copy(Index i, std::span<float> out) const {
    const std::span<const Element> in = raw(i);
    if (out.size() != in.size()) {
      throw ArgumentError("out", std::to_string(in.size()) + " elements", std::to_string(out.size()));
    }
    const std::size_t channels = normalization_.channels();
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const auto normalize = normalization_.of_channel(channel);
      if (channels == 1) {  // side by side: compilers make vectors of it
        std::transform(in.begin(), in.end(), out.begin(), [&](Element x) { return normalize(value<float>(x)); });
        return;
      }
      for (std::size_t k = channel; k < in.size(); k += channels) {
        out[k] = normalize(value<float>(in[k]));
      }
    }
  }

  /// The first n examples. @throws ArgumentError unless 0 <= n <= size()
  BasicDataset first(Index n) const {
    if (n < 0 || n > count_) {
      throw ArgumentError("first", "0 to " + std::to_string(count_) + " examples", std::to_string(n));
    }
    std::vector<Index> chosen(static_cast<std::size_t>(n));
    std::iota(chosen.begin(), chosen.end(), Index{0});
    return subset(chosen);
  }

  /// The examples named, in that order; naming one twice is allowed. @throws ArgumentError unless 0 <= index < size()
  QNN_COLD BasicDataset subset(std::span<const Index> chosen) const {
    std::vector<Index> positions;
    positions.reserve(chosen.size());
    for (const Index i : chosen) {
      positions.push_back(static_cast<Index>(position(i)));
    }
    BasicDataset result = *this;
    result.count_ = static_cast<Index>(positions.size());
    result.positions_ = std::make_shared<const std::vector<Index>>(std::move(positions));
    return result;
  }

  /// All examples in an order drawn at random; the same seed gives the same order on every machine.
  BasicDataset shuffled(std::uint64_t seed) const { return subset(random_order(seed)); }

  /// Draws round(fraction * size()) examples at random, halves up, and holds them out; the rest is in random order too.
  /// The same seed gives the same two sets on every machine.
  /// @throws ArgumentError unless 0 <= fraction <= 1
  QNN_COLD HeldOut<BasicDataset> split(double fraction, std::uint64_t seed) const {
    if (!(fraction >= 0.0 && fraction <= 1.0)) {
      throw ArgumentError("split: fraction held out", "0 to 1", std::to_string(fraction));
    }
    const std::vector<Index> order = random_order(seed);
    const auto held_out = static_cast<std::size_t>(std::floor(fraction * static_cast<double>(count_) + 0.5));
    const auto all = std::span<const Index>(order);
    return {subset(all.subspan(held_out)), subset(all.first(held_out))};
  }

  /// The same examples read with another normalization, in place of the present one. Normalize training and test data
  /// alike, with the statistics of the *training* data.
  /// @throws ArgumentError unless there is one finite mean and one finite positive deviation per channel
  /// @throws NumericError where an element would become infinite
  BasicDataset normalized(const std::vector<double>& mean, const std::vector<double>& deviation) const {
    BasicDataset result = *this;
    result.normalization_ = Normalization(mean, deviation);
    if (result.normalization_.channels() != normalization_.channels()) {
      throw ArgumentError("normalized", std::to_string(channels()) + " means and deviations, one per channel",
                          std::to_string(mean.size()));
    }
    result.check_finite();
    return result;
  }

  /// Mean and deviation of each channel over this set, before normalization, in double precision: the mean first, then
  /// the mean squared distance from it. A channel that never changes has deviation 0, which `normalized` refuses.
  /// @throws ArgumentError where the set is empty
  ChannelStatistics channel_statistics() const {
    if (count_ == 0) {
      throw ArgumentError("channel_statistics", "at least one example", "an empty set");
    }
    ChannelStatistics statistics;
    statistics.mean = channel_means([](double real, std::size_t) { return real; });
    statistics.deviation = channel_means([&](double real, std::size_t channel) {
      return (real - statistics.mean[channel]) * (real - statistics.mean[channel]);
    });
    for (double& variance : statistics.deviation) {
      variance = std::sqrt(variance);
    }
    return statistics;
  }

  /// A new set, of examples with extents `to`: `transform(std::span<const Element> in, std::span<Element> out)` is
  /// called once per example, in order, with `out` all zeros. Labels, classes and normalization stay.
  /// @throws ArgumentError where the number of channels changes under a normalization: normalize afterwards instead;
  ///         where so many elements fit in no memory
  template <class Transform>
  BasicDataset mapped(const Extents& to, Transform&& transform) const {
    const auto length = static_cast<std::size_t>(detail::example_size(to));
    const bool same_channels = to[to.rank() - 1] == channels();
    if (!same_channels && !normalization_.is_identity()) {
      throw ArgumentError("mapped", "as many channels as are normalized, " + std::to_string(channels()), to_string(to));
    }
    std::vector<Element> elements;
    if (count_ > 0 && length > elements.max_size() / static_cast<std::size_t>(count_)) {
      throw ArgumentError("mapped", "extents that fit in memory", to_string(to));
    }
    elements.resize(static_cast<std::size_t>(count_) * length);
    std::vector<std::int32_t> labels;
    labels.reserve(static_cast<std::size_t>(count_));
    for (Index i = 0; i < count_; ++i) {
      transform(raw(i), std::span<Element>(elements).subspan(static_cast<std::size_t>(i) * length, length));
      labels.push_back(label(i));
    }
    BasicDataset result(std::move(elements), to, std::move(labels), classes_);
    if (same_channels) {
      result.normalization_ = normalization_;
      result.check_finite();
    }
    return result;
  }

  /// Number of examples of each class.
  std::vector<Index> class_counts() const {
    std::vector<Index> counts(static_cast<std::size_t>(classes_));
    for (Index i = 0; i < count_; ++i) {
      ++counts[static_cast<std::size_t>(label(i))];
    }
    return counts;
  }

 private:
  /// The real that an element stands for, before normalization.
  template <class Real>
  static Real value(Element element) {
    if constexpr (std::same_as<Element, std::uint8_t>) {
      return static_cast<Real>(element) / Real{255};
    } else {
      return static_cast<Real>(element);
    }
  }

  std::size_t position(Index i) const {
    if (i < 0 || i >= count_) {
      throw ArgumentError("index of an example", "0 <= index < " + std::to_string(count_), std::to_string(i));
    }
    return static_cast<std::size_t>(positions_ ? (*positions_)[static_cast<std::size_t>(i)] : i);
  }

  std::vector<Index> random_order(std::uint64_t seed) const {
    std::vector<Index> order(static_cast<std::size_t>(count_));
    std::iota(order.begin(), order.end(), Index{0});
    Random random(seed);
    shuffle(order, random);
    return order;
  }

  /// Mean of `term(real, channel)` for each channel: summed example by example, so that rounding errors stay small.
  template <class Term>
  std::vector<double> channel_means(Term term) const {
    std::vector<double> sums(normalization_.channels());
    std::vector<double> of_example(sums.size());
    for (Index i = 0; i < count_; ++i) {
      const std::span<const Element> in = raw(i);
      std::ranges::fill(of_example, 0.0);
      for (std::size_t first = 0; first < in.size(); first += sums.size()) {
        for (std::size_t channel = 0; channel < sums.size(); ++channel) {
          of_example[channel] += term(value<double>(in[first + channel]), channel);
        }
      }
      std::ranges::transform(sums, of_example, sums.begin(), std::plus<>());
    }
    for (double& sum : sums) {
      sum /= static_cast<double>(count_) * static_cast<double>(example_size_ / channels());
    }
    return sums;
  }

  QNN_COLD void check_sizes(std::size_t elements, std::size_t labels) const {
    const auto length = static_cast<std::size_t>(example_size_);
    if (elements % length != 0) {
      throw ArgumentError("elements", "a multiple of " + std::to_string(length) + " (" + to_string(example_) + ")",
                          std::to_string(elements));
    }
    if (elements / length != labels) {
      throw ArgumentError("labels", std::to_string(elements / length) + " (one per example)", std::to_string(labels));
    }
  }

  QNN_COLD void check_labels(std::span<const std::int32_t> labels) const {
    if (classes_ < 1) {
      throw ArgumentError("classes", "at least 1", std::to_string(classes_));
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] < 0 || labels[i] >= classes_) {
        throw ArgumentError("label of example " + std::to_string(i), "0 to " + std::to_string(classes_ - 1),
                            std::to_string(labels[i]));
      }
    }
  }

  /// A NaN or an infinity that came in here would only show many steps later, in a loss or a range.
  void check_finite() const {
    if constexpr (std::same_as<Element, std::uint8_t>) {
      for (std::size_t channel = 0; channel < normalization_.channels(); ++channel) {
        if (!std::isfinite(normalization_(0.0f, channel)) || !std::isfinite(normalization_(1.0f, channel))) {
          throw NumericError("qnn: the normalization of channel " + std::to_string(channel) + " overflows float");
        }
      }
    } else {
      for (Index i = 0; i < count_; ++i) {
        const std::span<const Element> in = raw(i);
        for (std::size_t k = 0; k < in.size(); ++k) {
          const float real = normalization_(in[k], k % normalization_.channels());
          if (!std::isfinite(real)) {
            throw NumericError("qnn: sample " + std::to_string(i) + ", element " + std::to_string(k) +
                               ": expected a finite number, found " + std::to_string(real) +
                               "; drop the sample or put a number in its place");
          }
        }
      }
    }
  }

  std::shared_ptr<const std::vector<Element>> elements_;
  std::shared_ptr<const std::vector<std::int32_t>> labels_;
  std::shared_ptr<const std::vector<Index>> positions_;  // null: all examples in the order stored
  Extents example_;
  Index example_size_;
  Index count_;
  int classes_;
  Normalization normalization_;
};

/// Images as bytes, (height, width, channels).
using Dataset = BasicDataset<std::uint8_t>;
/// Features as floats, of any extents.
using FloatDataset = BasicDataset<float>;

static_assert(ExampleSource<Dataset> && ExampleSource<FloatDataset>);

}  // namespace qnn
