// SPDX-License-Identifier: MIT
#include "qnn/kernels/pool_codes.hpp"

#include "qnn/core/random.hpp"
#include "qnn/numeric/saturating.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace pool_test {
namespace {

using namespace qnn;

/// Every output of both kernels from its list of values, found without Window.
template <class Code, class W, class In>
void check_pooling(std::uint64_t seed) {
  using Out = Shape<W::out_height, W::out_width, W::channels>;
  Random random(seed);
  std::vector<Code> x(static_cast<std::size_t>(2 * In::size));
  for (Code& code : x) {
    code = static_cast<Code>(full_range<Code>.lowest +
                             random.below(full_range<Code>.highest - full_range<Code>.lowest + 1));
  }
  std::vector<Code> largest(static_cast<std::size_t>(2 * Out::size)), mean = largest;
  const Batch<const Code, In> inputs(x.data(), 2);
  kernels::reference::max_pool2d<W>(inputs, Batch<Code, Out>(largest.data(), 2));
  kernels::reference::average_pool2d<W>(inputs, Batch<Code, Out>(mean.data(), 2));
  std::vector<Code> dispatched_largest(mean.size()), dispatched_mean(mean.size()), portable_mean(mean.size());
  kernels::max_pool_codes<W>(inputs, Batch<Code, Out>(dispatched_largest.data(), 2));
  kernels::average_pool_codes<W>(inputs, Batch<Code, Out>(dispatched_mean.data(), 2));
  kernels::portable::average_pool2d<W>(inputs, Batch<Code, Out>(portable_mean.data(), 2));
  CHECK(dispatched_largest == largest);
  CHECK(dispatched_mean == mean);
  CHECK(portable_mean == mean);
  std::size_t at = 0;
  for (Index n = 0; n < 2; ++n) {
    for (Index row = 0; row < W::out_height; ++row) {
      for (Index column = 0; column < W::out_width; ++column) {
        for (Index k = 0; k < W::channels; ++k, ++at) {
          std::vector<double> values;
          for (Index r = row * W::stride_height - W::top; r < row * W::stride_height - W::top + W::kernel_height; ++r) {
            for (Index c = column * W::stride_width - W::left; c < column * W::stride_width - W::left + W::kernel_width;
                 ++c) {
              if (r >= 0 && c >= 0 && r < W::height && c < W::width) {
                values.push_back(inputs[n](r, c, k));
              }
            }
          }
          double sum = 0;
          for (const double value : values) {
            sum += value;
          }
          CHECK(static_cast<double>(largest[at]) == *std::max_element(values.begin(), values.end()));
          CHECK(static_cast<double>(mean[at]) == std::nearbyint(sum / static_cast<double>(values.size())));
        }
      }
    }
  }
}

template <class Code>
void check_geometries() {
  check_pooling<Code, Window<Shape<5, 7, 3>, Kernel<2>, Stride<2>, Dilation<1>, Valid>, Shape<5, 7, 3>>(1);
  check_pooling<Code, Window<Shape<5, 4, 1>, Kernel<3>, Stride<2>, Dilation<1>, Same>, Shape<5, 4, 1>>(2);
  check_pooling<Code, Window<Shape<3, 3, 2>, Kernel<3, 2>, Stride<1>, Dilation<1>, Padding<2, 1>>, Shape<3, 3, 2>>(3);
  check_pooling<Code, Window<Shape<4, 5, 70>, Kernel<3>, Stride<2>, Dilation<1>, Same>, Shape<4, 5, 70>>(4);
}

// 2.5 -> 2, 3.5 -> 4, -2.5 -> -2: evaluated by the compiler.
constexpr std::array<std::int8_t, 3> means_of_pairs() {
  const std::array<std::int8_t, 6> x{2, 3, -2, 3, 4, -3};  // two pixels of three channels
  std::array<std::int8_t, 3> y{};
  using In = Shape<1, 2, 3>;
  kernels::reference::average_pool2d<Window<In, Kernel<1, 2>, Stride<1>, Dilation<1>, Valid>>(
      Batch<const std::int8_t, In>(x.data(), 1), Batch<std::int8_t, Shape<1, 1, 3>>(y.data(), 1));
  return y;
}
static_assert(means_of_pairs() == std::array<std::int8_t, 3>{2, 4, -2});

}  // namespace

TEST_CASE_TEMPLATE("pooling kernels over every code type", Code, std::int8_t, std::uint8_t, std::int16_t) {
  check_geometries<Code>();
}

TEST_CASE("max pooling: of infinities, the largest is an infinity") {
  using qnn::Shape;
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> x{-infinity, -infinity, -infinity, -infinity};
  float y = 0.0f;
  using W = qnn::Window<Shape<2, 2, 1>, qnn::Kernel<2>, qnn::Stride<2>, qnn::Dilation<1>, qnn::Valid>;
  qnn::kernels::reference::max_pool2d<W>(qnn::Batch<const float, Shape<2, 2, 1>>(x.data(), 1),
                                         qnn::Batch<float, Shape<1, 1, 1>>(&y, 1));
  CHECK(y == -infinity);
}

}  // namespace pool_test
