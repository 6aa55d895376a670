// SPDX-License-Identifier: MIT
#include "qnn/training/augmentation.hpp"

#include "qnn/data/dataset.hpp"
#include "qnn/layers.hpp"
#include "qnn/training/train.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <set>
#include <vector>

namespace augmentation_test {
namespace {

using namespace qnn;

constexpr Index height = 4, width = 5, channels = 2;

/// 1, 2, 3, ...: every value tells where it came from.
std::vector<float> numbered() {
  std::vector<float> image(static_cast<std::size_t>(height * width * channels));
  std::iota(image.begin(), image.end(), 1.0f);
  return image;
}

template <class... Steps>
std::vector<float> changed(std::uint64_t seed, Steps... steps) {
  std::vector<float> image = numbered();
  Random random(seed);
  augmentation({height, width, channels}, steps...)(image, random);
  return image;
}

/// The numbered image moved down and to the right.
std::vector<float> moved(Index down, Index right) {
  const std::vector<float> from = numbered();
  std::vector<float> to(from.size());
  for (Index r = 0; r < height; ++r) {
    for (Index c = 0; c < width; ++c) {
      for (Index k = 0; k < channels; ++k) {
        const Index row = r - down, column = c - right;
        const bool inside = row >= 0 && row < height && column >= 0 && column < width;
        to[static_cast<std::size_t>((r * width + c) * channels + k)] =
            inside ? from[static_cast<std::size_t>((row * width + column) * channels + k)] : 0.0f;
      }
    }
  }
  return to;
}

}  // namespace

TEST_CASE("RandomShift moves by every distance up to its own, and beyond the image leaves nothing") {
  std::set<std::pair<Index, Index>> seen;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const std::vector<float> image = changed(seed, RandomShift{2});
    bool found = false;
    for (Index down = -2; down <= 2; ++down) {
      for (Index right = -2; right <= 2; ++right) {
        if (image == moved(down, right)) {
          found = true;
          seen.insert({down, right});
        }
      }
    }
    CHECK(found);
  }
  CHECK(seen.size() == 25);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {  // further than the image is wide
    const std::vector<float> image = changed(seed, RandomShift{9});
    CHECK(std::all_of(image.begin(), image.end(), [](float x) { return x >= 0 && x <= height * width * channels; }));
  }
  CHECK(changed(1, RandomShift{0}) == numbered());
  for (std::uint64_t seed = 0; seed < 50; ++seed) {  // the same image on another background
    std::vector<float> on_black = changed(seed, RandomShift{2});
    std::ranges::replace(on_black, 0.0f, -3.5f);
    CHECK(changed(seed, RandomShift{.pixels = 2, .background = -3.5f}) == on_black);
  }
}

TEST_CASE("RandomFlip mirrors about half of the images, pixels whole") {
  std::vector<float> mirrored = numbered();
  for (Index r = 0; r < height; ++r) {
    for (Index c = 0; c < width; ++c) {
      for (Index k = 0; k < channels; ++k) {
        mirrored[static_cast<std::size_t>((r * width + c) * channels + k)] =
            static_cast<float>((r * width + (width - 1 - c)) * channels + k + 1);
      }
    }
  }
  int flipped = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<float> image = changed(seed, RandomFlip{});
    CHECK((image == numbered() || image == mirrored));
    flipped += image == mirrored ? 1 : 0;
  }
  CHECK(flipped > 70);
  CHECK(flipped < 130);
}

TEST_CASE("RandomAffine turns and scales about the centre") {
  CHECK(changed(1, RandomAffine{0}) == numbered());

  // Of a plane, rows and columns tell where a pixel came from.
  constexpr Index side = 9, middle = side / 2;
  std::vector<float> plane;
  for (Index i = 0; i < side * side; ++i) {
    plane.push_back(static_cast<float>(i / side - middle));
    plane.push_back(static_cast<float>(i % side - middle));
  }
  float furthest_left = 0, furthest_right = 0, smallest = 2, largest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::vector<float> image = plane;
    Random random(seed);
    augmentation({side, side, 2}, RandomAffine{.degrees = 20, .zoom = 0.25f, .background = 50})(image, random);
    const auto source = [&](Index row, Index column, std::size_t axis) {
      return image[2 * static_cast<std::size_t>((middle + row) * side + middle + column) + axis];
    };
    CHECK(source(0, 0, 0) == 0.0f);
    CHECK(source(0, 0, 1) == 0.0f);
    const float down = source(1, 0, 0), across = source(1, 0, 1);
    const float angle = std::atan2(across, down) * 180 / std::numbers::pi_v<float>,
                scale = 1 / std::hypot(down, across);
    furthest_left = std::min(furthest_left, angle), furthest_right = std::max(furthest_right, angle);
    smallest = std::min(smallest, scale), largest = std::max(largest, scale);
    for (Index row = -2; row <= 2; ++row) {  // each pixel by the same turn and scale
      for (Index column = -2; column <= 2; ++column) {
        const auto r = static_cast<float>(row), c = static_cast<float>(column);
        CHECK(source(row, column, 0) == doctest::Approx(r * down - c * across).epsilon(1e-4));
        CHECK(source(row, column, 1) == doctest::Approx(r * across + c * down).epsilon(1e-4));
      }
    }
  }
  CHECK(furthest_left == doctest::Approx(-20).epsilon(0.05));
  CHECK(furthest_right == doctest::Approx(20).epsilon(0.05));
  CHECK(smallest == doctest::Approx(0.75).epsilon(0.02));
  CHECK(largest == doctest::Approx(1.25).epsilon(0.02));

  // What comes in from outside is the background: a shrunken image has it in all corners.
  std::vector<float> small = plane;
  for (std::uint64_t seed = 0; small.front() != 50; ++seed) {
    REQUIRE(seed < 100);
    small = plane;
    Random random(seed);
    augmentation({side, side, 2}, RandomAffine{.degrees = 0, .zoom = 0.6f, .background = 50})(small, random);
  }
  CHECK(small.back() == 50);
}

TEST_CASE("distortions that no image has are refused") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const RandomAffine wrong : {RandomAffine{-1}, RandomAffine{181}, RandomAffine{nan}, RandomAffine{0, 1},
                                   RandomAffine{0, -0.1f}, RandomAffine{0, nan}}) {
    CHECK_THROWS_AS(changed(1, wrong), ContractViolation);
  }
  CHECK_THROWS_AS(changed(1, RandomShift{-1}), ContractViolation);
  CHECK_THROWS_AS(changed(1, Cutout{-1}), ContractViolation);
}

TEST_CASE("Cutout sets a square to 0, cut off at the borders") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const std::vector<float> image = changed(seed, Cutout{3}), before = numbered();
    const auto zeros = std::count(image.begin(), image.end(), 0.0f);
    CHECK(zeros >= 2 * 2 * channels);
    CHECK(zeros <= 3 * 3 * channels);
    for (std::size_t i = 0; i < image.size(); ++i) {
      CHECK((image[i] == 0.0f || image[i] == before[i]));
    }
  }
}

TEST_CASE("an augmentation is of images only, and a function of its random stream") {
  CHECK_THROWS_WITH_AS(augmentation({784}, RandomFlip{}), doctest::Contains("height x width x channels"),
                       ArgumentError);
  CHECK(changed(7, RandomShift{2}, RandomFlip{}, Cutout{2}) == changed(7, RandomShift{2}, RandomFlip{}, Cutout{2}));
}

namespace {

using Net = Sequential<Input<6, 6, 1>, Conv2d<4, Kernel<3>>, ReLU, Flatten, Dense<2>>;

FloatDataset bars() {
  Random random(4);
  std::vector<float> values;
  std::vector<std::int32_t> labels;
  for (Index n = 0; n < 64; ++n) {
    const Index place = random.below(6);
    for (Index i = 0; i < 36; ++i) {
      values.push_back((n % 2 == 0 ? i / 6 : i % 6) == place ? 1.0f : 0.0f);
    }
    labels.push_back(static_cast<std::int32_t>(n % 2));
  }
  return {values, {6, 6, 1}, labels, 2};
}

std::vector<float> trained(TrainingOptions options, TrainingState state = {}) {
  static const FloatDataset data = bars();
  Network<Net, Float32> network(HeNormal{.seed = 2});
  options.batch = 16;
  options.validation = 0;
  options.threads = 1;
  options.progress = Progress::silent;
  train(network, data, CrossEntropy{}, Adam{.learning_rate = 1e-2f}, options, std::move(state));
  return {network.parameters().begin(), network.parameters().end()};
}

}  // namespace

TEST_CASE("training sees augmented examples, others in every epoch, the same for a seed") {
  const Augmentation shift = augmentation({6, 6, 1}, RandomShift{1});
  const auto plain = trained({.epochs = 2}), augmented = trained({.epochs = 2, .augment = shift});
  CHECK(augmented != plain);
  CHECK(augmented == trained({.epochs = 2, .augment = shift}));
  CHECK(augmented != trained({.epochs = 2, .augment = shift, .seed = 5}));
  std::vector<std::uint64_t> firsts;
  trained({.epochs = 3, .augment = [&](std::span<float>, Random& random) { firsts.push_back(random()); }});
  CHECK(firsts.size() == 3 * 64);
  std::sort(firsts.begin(), firsts.end());
  CHECK(std::adjacent_find(firsts.begin(), firsts.end()) == firsts.end());
}

TEST_CASE("the average of the parameters follows them, and is what training gives") {
  TrainingState seen;
  const auto averaged =
      trained({.epochs = 3, .average = 0.9, .after_epoch = [&](const TrainingState& s) { seen = s; }});
  CHECK(std::equal(averaged.begin(), averaged.end(), seen.average.begin()));
  CHECK(!std::equal(averaged.begin(), averaged.end(), seen.parameters.begin()));
  CHECK(std::equal(seen.best.begin(), seen.best.end(), seen.average.begin()));
  const auto plain = trained({.epochs = 3});
  CHECK(std::equal(plain.begin(), plain.end(), seen.parameters.begin()));

  // One step by hand: the average begins with the parameters and moves by 1 - (1 + 1) / (10 + 1) of their step.
  TrainingState one;
  static const FloatDataset data = bars();
  Network<Net, Float32> network(HeNormal{.seed = 2});
  const std::vector<float> before(network.parameters().begin(), network.parameters().end());
  train(network, data, CrossEntropy{}, Sgd{.learning_rate = 0.1f},
        {.epochs = 1,
         .batch = 64,
         .validation = 0,
         .average = 0.999,
         .threads = 1,
         .progress = Progress::silent,
         .after_epoch = [&](const TrainingState& s) { one = s; }});
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(one.average[i] == doctest::Approx(before[i] + 9.0f / 11.0f * (one.parameters[i] - before[i])).epsilon(1e-5));
  }
}

TEST_CASE("a training with average and augmentation resumes bit for bit") {
  const Augmentation shift = augmentation({6, 6, 1}, RandomShift{1}, RandomFlip{});
  TrainingState middle;
  const TrainingOptions options{.epochs = 4, .augment = shift, .average = 0.95};
  TrainingOptions watched = options;
  watched.after_epoch = [&](const TrainingState& state) {
    if (state.epoch == 2) {
      middle = state;
    }
  };
  const auto whole = trained(watched);
  CHECK(trained(options, middle) == whole);
}

}  // namespace augmentation_test
