// SPDX-License-Identifier: MIT
/// @file
/// Float convolutions of every shape, forward and back, against plain loops in double. The instruction set is the one
/// in use; product_test.cpp tries them all.
#include "qnn/kernels/vector/convolution.hpp"

#include "kernel_cases.hpp"
#include "qnn/core/random.hpp"
#include "qnn/testing/guarded.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace convolution_test {
namespace {

using namespace qnn;
using kernels::vector::Convolution;

enum class Kind { any, depthwise, deep };
/// @param kind  deep: one channel, and sums deeper than a block of as many columns as there are outputs
Convolution random_shape(Random& random, Kind kind) {
  const bool deep = kind == Kind::deep;
  const auto pick = [&](Index from, Index to) { return from + static_cast<Index>(random.below(to - from + 1)); };
  Convolution shape{};
  shape.groups = pick(0, 2) == 0 ? pick(1, 4) : 1;
  shape.channels = shape.groups * pick(1, 40);
  shape.kernel_height = pick(1, 4);
  shape.kernel_width = pick(1, 4);
  shape.dilation_height = pick(1, 2);
  shape.dilation_width = pick(1, 2);
  shape.stride_height = pick(1, 3);
  shape.stride_width = pick(1, 3);
  if (deep) {
    shape.groups = shape.dilation_height = shape.dilation_width = shape.stride_height = shape.stride_width = 1;
    shape.channels = pick(90, 130);
    shape.kernel_height = pick(14, 16);
    shape.kernel_width = pick(14, 18);
  }
  if (kind == Kind::depthwise) {
    shape.groups = shape.channels = pick(2, 70);
  }
  const Index covered_height = (shape.kernel_height - 1) * shape.dilation_height + 1;
  const Index covered_width = (shape.kernel_width - 1) * shape.dilation_width + 1;
  auto& padded = shape.padded;
  padded.channels = shape.groups * (kind != Kind::any || pick(0, 2) == 0 ? 1 : pick(1, 37));
  padded.top = pick(0, 1) * pick(0, covered_height - 1);
  padded.left = pick(0, 1) * pick(0, covered_width - 1);
  padded.height = pick(1, 12) + covered_height - 1;
  padded.width = pick(1, 20) + covered_width - 1;
  const Index after = pick(0, 1) * pick(0, 2);
  shape.out_height = (padded.top + padded.height + after - covered_height) / shape.stride_height + 1;
  shape.out_width = (padded.left + padded.width + after - covered_width) / shape.stride_width + 1;
  padded.rows = (shape.out_height - 1) * shape.stride_height + covered_height;
  padded.columns = (shape.out_width - 1) * shape.stride_width + covered_width;
  padded.code_bytes = sizeof(float);
  return shape;
}

/// Calls body(output, input, weight) for every product of one image.
template <class Body>
void for_each_product(const Convolution& shape, Body&& body) {
  const auto& image = shape.padded;
  for (Index row = 0; row < shape.out_height; ++row) {
    for (Index column = 0; column < shape.out_width; ++column) {
      for (Index o = 0; o < shape.channels; ++o) {
        for (Index i = 0; i < shape.kernel_height; ++i) {
          for (Index j = 0; j < shape.kernel_width; ++j) {
            const Index r = row * shape.stride_height - image.top + i * shape.dilation_height;
            const Index c = column * shape.stride_width - image.left + j * shape.dilation_width;
            if (r < 0 || r >= image.height || c < 0 || c >= image.width) {
              continue;
            }
            for (Index k = 0; k < shape.group_inputs(); ++k) {
              const Index channel = o / shape.group_outputs() * shape.group_inputs() + k;
              body(static_cast<std::size_t>((row * shape.out_width + column) * shape.channels + o),
                   static_cast<std::size_t>((r * image.width + c) * image.channels + channel),
                   static_cast<std::size_t>(
                       ((o * shape.kernel_height + i) * shape.kernel_width + j) * shape.group_inputs() + k));
            }
          }
        }
      }
    }
  }
}

std::vector<float> random_floats(Index count, Random& random) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    value = random.uniform(-1.0f, 1.0f);
  }
  return values;
}

/// The largest difference.
double distance(const testing::Guarded<float>& found, const std::vector<double>& expected) {
  double largest = found.intact() ? 0.0 : 1e9;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(static_cast<double>(found[i]) - expected[i]);
    if (!(error <= largest)) {
      largest = error < 1e9 ? error : 1e9;  // a NaN is less than nothing, and stays
    }
  }
  return largest;
}

/// How far sums of so many products may be from the exact ones. Products of numbers up to 1 with either sign add up to
/// some sqrt(n) / 3, and n roundings of that, by 2^-24 of it at most and in either direction, to a third of this.
double tolerance(Index products) { return 0x1p-24 * static_cast<double>(products) + 1e-5; }

}  // namespace

TEST_CASE("float convolutions: random shapes, forward and back") {
  if (!kernels::vector::has_float_kernels()) {
    MESSAGE("skipped: no float kernels in use");
    return;
  }
  Random random(5);
  for (Index trial = 0; trial < kernel_cases::shape_count(200); ++trial) {
    CAPTURE(trial);
    const Convolution shape = random_shape(random, trial % 15 == 14 ? Kind::deep
                                                   : trial % 3 == 1 ? Kind::depthwise
                                                                    : Kind::any);
    const Index images = 1 + trial % 2;
    const auto x = random_floats(images * shape.in_size(), random), weights = random_floats(shape.weights(), random);
    const auto bias = random_floats(shape.channels, random);
    const auto dy = random_floats(images * shape.out_size(), random);
    std::vector<double> y(static_cast<std::size_t>(images * shape.out_size()));
    std::vector<double> dx(x.size()), gradients(weights.size(), 1.0);
    for (std::size_t i = 0; i < y.size(); ++i) {
      y[i] = static_cast<double>(bias[i % bias.size()]);
    }
    for (Index n = 0; n < images; ++n) {
      const auto first_x = static_cast<std::size_t>(n * shape.in_size());
      const auto first_y = static_cast<std::size_t>(n * shape.out_size());
      for_each_product(shape, [&](std::size_t out, std::size_t in, std::size_t weight) {
        const double value = static_cast<double>(x[first_x + in]), w = static_cast<double>(weights[weight]);
        const double gradient = static_cast<double>(dy[first_y + out]);
        y[first_y + out] += value * w;
        dx[first_x + in] += gradient * w;
        gradients[weight] += gradient * value;
      });
    }

    testing::Guarded<float> found_y(images * shape.out_size()), scratch(forward_scratch(shape));
    convolve(shape, weights.data(), bias.data(), {}, x.data(), images, found_y.data(), scratch.data());
    const Index taps = shape.kernel_height * shape.kernel_width;
    CHECK(distance(found_y, y) < tolerance(taps * shape.group_inputs()));
    CHECK(scratch.intact());

    testing::Guarded<float> found_dx(images * shape.in_size()), found(shape.weights(), 1.0f);
    testing::Guarded<float> memory(backward_scratch(shape));
    convolve_backward(shape, weights.data(), x.data(), dy.data(), images, found.data(), found_dx.data(), memory.data());
    CHECK(distance(found, gradients) < tolerance(images * shape.out_height * shape.out_width));
    CHECK(distance(found_dx, dx) < tolerance(taps * shape.group_outputs()));
    convolve_backward(shape, weights.data(), x.data(), dy.data(), images, found.data(), nullptr, memory.data());
    CHECK(memory.intact());
  }
}

}  // namespace convolution_test
