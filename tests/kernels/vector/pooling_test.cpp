// SPDX-License-Identifier: MIT
/// @file
/// Float max pooling of every instruction set of this machine against plain loops: the same bits, NaN and ties
/// included.
#include "qnn/kernels/vector/floats.hpp"

#include "qnn/core/random.hpp"
#include "qnn/kernels/reference/pool.hpp"
#include "qnn/testing/guarded.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <limits>
#include <vector>

namespace pooling_test {
namespace {

using namespace qnn;
using kernels::vector::Pooling;

Pooling random_pooling(Random& random) {
  const auto pick = [&](Index from, Index to) { return from + static_cast<Index>(random.below(to - from + 1)); };
  Pooling pooling{};
  pooling.channels = pick(1, 40);
  pooling.kernel_height = pick(1, 3);
  pooling.kernel_width = pick(1, 3);
  pooling.stride_height = pick(1, 3);
  pooling.stride_width = pick(1, 3);
  pooling.top = pick(0, pooling.kernel_height - 1);
  pooling.left = pick(0, pooling.kernel_width - 1);
  pooling.height = pick(pooling.kernel_height, 8);
  pooling.width = pick(pooling.kernel_width, 8);
  pooling.out_height = (pooling.height + pooling.top - pooling.kernel_height) / pooling.stride_height + 1;
  pooling.out_width = (pooling.width + pooling.left - pooling.kernel_width) / pooling.stride_width + 1;
  return pooling;
}

/// Few different values, so that windows hold ties; sometimes a NaN.
std::vector<float> inputs(Index count, Random& random) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    value = static_cast<float>(random.below(4)) - 2.0f;
    value = random.below(50) == 0 ? std::numeric_limits<float>::quiet_NaN() : value;
  }
  return values;
}

/// Output and gradient by plain loops.
void pool(const Pooling& p, const std::vector<float>& x, const std::vector<float>& dy, Index images,
          std::vector<float>& y, std::vector<float>& dx) {
  std::size_t out = 0;
  for (Index n = 0; n < images; ++n) {
    for (Index row = 0; row < p.out_height; ++row) {
      for (Index column = 0; column < p.out_width; ++column) {
        for (Index k = 0; k < p.channels; ++k, ++out) {
          std::vector<std::size_t> window;
          for (Index i = 0; i < p.kernel_height; ++i) {
            for (Index j = 0; j < p.kernel_width; ++j) {
              const Index r = row * p.stride_height - p.top + i, c = column * p.stride_width - p.left + j;
              if (r >= 0 && r < p.height && c >= 0 && c < p.width) {
                window.push_back(static_cast<std::size_t>(((n * p.height + r) * p.width + c) * p.channels + k));
              }
            }
          }
          y[out] = -std::numeric_limits<float>::infinity();
          for (const std::size_t at : window) {
            y[out] = kernels::reference::larger(y[out], x[at]);
          }
          for (const std::size_t at : window) {
            if (x[at] == y[out]) {
              dx[at] += dy[out];
              break;
            }
          }
        }
      }
    }
  }
}

bool same(const testing::Guarded<float>& found, const std::vector<float>& expected) {
  bool equal = found.intact();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    equal = equal && (found[i] == expected[i] || (found[i] != found[i] && expected[i] != expected[i]));
  }
  return equal;
}

}  // namespace

TEST_CASE("float max pooling equals the plain loops, forward and back") {
  for (const isa::Name name : {isa::Name::avx2, isa::Name::avx512vnni}) {
    if (!isa::is_supported(name)) {
      MESSAGE("skipped: this machine has no ", isa::text(name));
      continue;
    }
    isa::with_tag(name, [&]<class Isa>(Isa tag) {
      if constexpr (std::derived_from<Isa, isa::Avx2>) {
        INFO(isa::text(name));
        Random random(9);
        for (int trial = 0; trial < 200; ++trial) {
          CAPTURE(trial);
          const Pooling pooling = random_pooling(random);
          const Index images = 1 + trial % 2;
          const auto x = inputs(images * pooling.in_size(), random), dy = inputs(images * pooling.out_size(), random);
          std::vector<float> y(dy.size()), dx(x.size());
          pool(pooling, x, dy, images, y, dx);
          testing::Guarded<float> found_y(static_cast<Index>(y.size())), found_dx(static_cast<Index>(dx.size()), 7.0f);
          max_pool(tag, pooling, x.data(), images, found_y.data());
          CHECK(same(found_y, y));
          max_pool_backward(tag, pooling, x.data(), y.data(), dy.data(), images, found_dx.data());
          CHECK(same(found_dx, dx));
        }
      }
    });
  }
}

}  // namespace pooling_test
