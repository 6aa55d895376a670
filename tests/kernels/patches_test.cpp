// SPDX-License-Identifier: MIT
#include "qnn/kernels/patches.hpp"

#include "qnn/core/random.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace patches_test {
namespace {

using namespace qnn;
using Values = std::vector<std::int64_t>;

Values random_values(Random& random, Index count) {
  Values values(static_cast<std::size_t>(count));
  for (auto& value : values) {
    value = random.below(2001) - 1000;
  }
  return values;
}

std::int64_t dot(const Values& a, const Values& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

/// gather and scatter are each other's transpose: <gather x, p> == <x, scatter p>, exactly, over integers.
template <class W, class In>
void check_adjoint(std::uint64_t seed) {
  Random random(seed);
  for (Index first_channel = 0; first_channel < W::channels; ++first_channel) {
    for (Index channels = 1; first_channel + channels <= W::channels; ++channels) {
      const Index first = random.below(W::out_pixels), count = 1 + random.below(W::out_pixels - first);
      const Values x = random_values(random, In::size);
      const Values p = random_values(random, count * W::kernel_height * W::kernel_width * channels);
      Values gathered(p.size(), 99), scattered(x.size());
      kernels::gather_patches<W>(View<const std::int64_t, In>(x.data()), std::int64_t{0}, first, count, first_channel,
                                 channels, gathered.data());
      kernels::scatter_patches<W>(p.data(), first, count, first_channel, channels,
                                  View<std::int64_t, In>(scattered.data()));
      CHECK(dot(gathered, p) == dot(x, scattered));
    }
  }
}

}  // namespace

TEST_CASE("gather_patches: known values, padding where the window leaves the image") {
  using In = Shape<2, 2, 2>;
  using W = Window<In, Kernel<2>, Stride<1>, Dilation<1>, Padding<1>>;
  const int image[] = {1, 10, 2, 20, 3, 30, 4, 40};
  std::vector<int> patches(8);
  kernels::gather_patches<W>(View<const int, In>(image), -7, 1, 2, 1, 1, patches.data());
  CHECK(patches == std::vector<int>{-7, -7, 10, 20, -7, -7, 20, -7});
  patches.resize(8);
  kernels::gather_patches<W>(View<const int, In>(image), 0, 4, 1, 0, 2, patches.data());
  CHECK(patches == std::vector<int>{1, 10, 2, 20, 3, 30, 4, 40});
}

TEST_CASE("scatter_patches is the transpose of gather_patches") {
  check_adjoint<Window<Shape<5, 7, 3>, Kernel<3>, Stride<1>, Dilation<1>, Valid>, Shape<5, 7, 3>>(1);
  check_adjoint<Window<Shape<5, 7, 3>, Kernel<3, 2>, Stride<2, 1>, Dilation<1>, Same>, Shape<5, 7, 3>>(2);
  check_adjoint<Window<Shape<6, 5, 2>, Kernel<3>, Stride<2>, Dilation<2>, Same>, Shape<6, 5, 2>>(3);
  check_adjoint<Window<Shape<3, 3, 1>, Kernel<3>, Stride<3>, Dilation<1>, Padding<4>>, Shape<3, 3, 1>>(4);
  check_adjoint<Window<Shape<7, 7, 5>, Kernel<1>, Stride<3>, Dilation<1>, Valid>, Shape<7, 7, 5>>(5);
}

}  // namespace patches_test
