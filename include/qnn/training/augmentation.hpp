// SPDX-License-Identifier: MIT
/// @file
/// Augmentation: training images changed at random, anew in each epoch.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/core/error.hpp"
#include "qnn/core/random.hpp"
#include "qnn/core/shape.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace qnn {

/// Changes an example. The random stream depends on seed, epoch and example alone: neither threads nor the order of
/// examples make a difference. Called by several threads at once.
using Augmentation = std::function<void(std::span<float> example, Random& random)>;

/// An image (height, width, channels) that is being changed.
struct MutableImage {
  float* data;
  Index height, width, channels;

  Index row_size() const { return width * channels; }
  float* row(Index r) const { return data + r * row_size(); }
};

/// Moves the image by up to `pixels` in each direction; what comes in from outside is `background`, in every channel.
/// The same as a random crop of an image padded by as many pixels. Source: He et al., "Deep residual learning for image
/// recognition", 2016, section 4.2.
struct RandomShift {
  Index pixels;
  float background = 0;  ///< 0 is the mean of normalized images; digits on black have black at -mean / deviation

  void operator()(MutableImage image, Random& random) const {
    QNN_EXPECTS(pixels >= 0, "RandomShift: no distance is below 0");
    const Index down = random.below(2 * pixels + 1) - pixels, right = random.below(2 * pixels + 1) - pixels;
    const std::vector<float> before(image.data, image.data + image.height * image.row_size());
    std::fill_n(image.data, before.size(), background);
    const Index columns = image.width - std::min(image.width, right < 0 ? -right : right);
    for (Index to = std::max<Index>(down, 0); to < image.height + std::min<Index>(down, 0); ++to) {
      const float* const from = before.data() + (to - down) * image.row_size();
      std::copy_n(from + std::max<Index>(-right, 0) * image.channels, columns * image.channels,
                  image.row(to) + std::max<Index>(right, 0) * image.channels);
    }
  }
};

/// Mirrors every other image, left to right.
struct RandomFlip {
  void operator()(MutableImage image, Random& random) const {
    if (random.below(2) == 0) {
      return;
    }
    for (Index r = 0; r < image.height; ++r) {
      float* const row = image.row(r);
      for (Index left = 0, right = image.width - 1; left < right; ++left, --right) {
        std::swap_ranges(row + left * image.channels, row + (left + 1) * image.channels, row + right * image.channels);
      }
    }
  }
};

/// Turns the image about its centre by up to `degrees` either way, and scales it by a factor from 1 - zoom to 1 + zoom:
/// each pixel becomes what lies where it came from, interpolated linearly between pixels. What comes in from outside is
/// `background`, in every channel.
/// Source: Simard, Steinkraus, Platt, "Best practices for convolutional neural networks applied to visual document
/// analysis", 2003, section 2.
struct RandomAffine {
  float degrees;         ///< in [0, 180]
  float zoom = 0;        ///< in [0, 1)
  float background = 0;  ///< as that of RandomShift

  void operator()(MutableImage image, Random& random) const {
    QNN_EXPECTS(degrees >= 0 && degrees <= 180, "RandomAffine: degrees are in [0, 180]");
    QNN_EXPECTS(zoom >= 0 && zoom < 1, "RandomAffine: zoom is in [0, 1)");
    const float angle = random.uniform(-degrees, degrees) * std::numbers::pi_v<float> / 180.0f;
    const float scale = random.uniform(1.0f - zoom, 1.0f + zoom);
    const float cosine = std::cos(angle) / scale, sine = std::sin(angle) / scale;
    const float middle_row = static_cast<float>(image.height - 1) / 2;
    const float middle_column = static_cast<float>(image.width - 1) / 2;
    std::vector<float> copy(image.data, image.data + image.height * image.row_size());
    const MutableImage before{copy.data(), image.height, image.width, image.channels};
    for (Index r = 0; r < image.height; ++r) {
      for (Index c = 0; c < image.width; ++c) {
        const float y = static_cast<float>(r) - middle_row, x = static_cast<float>(c) - middle_column;
        sample(before, middle_row + cosine * y - sine * x, middle_column + sine * y + cosine * x,
               image.row(r) + c * image.channels);
      }
    }
  }

 private:
  /// The pixel between pixels at (y, x).
  void sample(MutableImage image, float y, float x, float* pixel) const {
    const float row = std::floor(y), column = std::floor(x);
    const auto top = static_cast<Index>(row), left = static_cast<Index>(column);
    for (Index channel = 0; channel < image.channels; ++channel) {
      const auto at = [&](Index r, Index c) {
        const bool inside = r >= 0 && r < image.height && c >= 0 && c < image.width;
        return inside ? image.row(r)[c * image.channels + channel] : background;
      };
      const float upper = std::lerp(at(top, left), at(top, left + 1), x - column);
      const float lower = std::lerp(at(top + 1, left), at(top + 1, left + 1), x - column);
      pixel[channel] = std::lerp(upper, lower, y - row);
    }
  }
};

/// Sets a square of `side` pixels around a random pixel to 0; it may reach beyond the image.
/// Source: DeVries, Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.
struct Cutout {
  Index side;

  void operator()(MutableImage image, Random& random) const {
    QNN_EXPECTS(side >= 0, "Cutout: no side is shorter than 0");
    const Index top = random.below(image.height) - side / 2, left = random.below(image.width) - side / 2;
    const Index first = std::max<Index>(left, 0), last = std::min(left + side, image.width);
    for (Index r = std::max<Index>(top, 0); r < std::min(top + side, image.height); ++r) {
      std::fill(image.row(r) + first * image.channels, image.row(r) + last * image.channels, 0.0f);
    }
  }
};

namespace detail {

[[noreturn]] QNN_COLD inline void report_not_an_image(const Extents& found) {
  throw ArgumentError("augmentation: image", "height x width x channels", to_string(found));
}

}  // namespace detail

/// The steps one after the other, on images of these extents:
///
/// @code
///   options.augment = qnn::augmentation({32, 32, 3}, qnn::RandomShift{4}, qnn::RandomFlip{});
/// @endcode
/// @param steps  each called as step(MutableImage, Random&)  @throws ArgumentError for extents that are not an image's
template <class... Steps>
Augmentation augmentation(const Extents& image, Steps... steps) {
  if (image.rank() != 3) {
    detail::report_not_an_image(image);
  }
  return [image, steps...](std::span<float> example, Random& random) {
    const MutableImage pixels{example.data(), image[0], image[1], image[2]};
    (steps(pixels, random), ...);
  };
}

}  // namespace qnn
