// SPDX-License-Identifier: MIT
/// @file
/// Pooling of codes by every instruction set of this machine: random shapes against plain loops, and every sum that few
/// pixels can have, rounded.
#include "qnn/kernels/pool_codes.hpp"

#include "for_each_isa.hpp"
#include "random_codes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace pool_codes_test {
namespace {

using namespace qnn;
using kernels::vector::PoolJob, kernels::vector::Pooling;

/// Windows each of which covers a pixel of the image.
Pooling random_windows(Random& random) {
  const auto from = [&](Index lowest, Index highest) { return lowest + random.below(highest - lowest + 1); };
  while (true) {
    Pooling w{{from(1, 9), from(1, 9), random.below(3) == 0 ? from(1, 200) : from(1, 20), from(1, 4), from(1, 4),
               from(1, 3), from(1, 3), 1, 1, from(0, 2), from(0, 2), 0, 0}};
    w.out_height = (w.height + 2 * w.top - w.kernel_height) / w.stride_height + 1;
    w.out_width = (w.width + 2 * w.left - w.kernel_width) / w.stride_width + 1;
    const bool fits = w.kernel_height <= w.height + 2 * w.top && w.kernel_width <= w.width + 2 * w.left;
    if (fits && w.top < w.kernel_height && w.left < w.kernel_width &&
        (w.out_height - 1) * w.stride_height - w.top < w.height &&
        (w.out_width - 1) * w.stride_width - w.left < w.width) {
      return w;
    }
  }
}

/// What both kernels shall make of an image.
template <class Code>
struct Expected {
  std::vector<Code> largest, mean;

  Expected(const Pooling& w, const std::vector<Code>& x) {
    for (Index at = 0; at < w.out_height * w.out_width * w.channels; ++at) {
      const Index row = at / w.channels / w.out_width * w.stride_height - w.top;
      const Index column = at / w.channels % w.out_width * w.stride_width - w.left;
      std::int64_t most = full_range<Code>.lowest, sum = 0, count = 0;
      for (Index r = std::max<Index>(row, 0); r < std::min(row + w.kernel_height, w.height); ++r) {
        for (Index c = std::max<Index>(column, 0); c < std::min(column + w.kernel_width, w.width); ++c, ++count) {
          const std::int64_t code = x[static_cast<std::size_t>((r * w.width + c) * w.channels + at % w.channels)];
          most = std::max(most, code);
          sum += code;
        }
      }
      largest.push_back(static_cast<Code>(most));
      mean.push_back(static_cast<Code>(divide_round_half_even(sum, count)));
    }
  }
};

std::string text(const Pooling& w) {
  std::string all;
  for (const Index number : {w.height, w.width, w.channels, w.kernel_height, w.kernel_width, w.stride_height,
                             w.stride_width, w.top, w.left}) {
    all += std::to_string(number) + " ";
  }
  return all;
}

/// The means of `channels` channels over `count` pixels whose sums are first, first + 1, ... are rounded half to even.
template <class Code>
void check_sums(std::int64_t first, Index channels, Index count) {
  std::vector<Code> x(static_cast<std::size_t>(channels * count));
  for (Index channel = 0; channel < channels; ++channel) {
    const std::int64_t sum = first + channel, each = sum / count, rest = sum % count;
    for (Index pixel = 0; pixel < count; ++pixel) {
      const std::int64_t one = pixel < std::abs(rest) ? (rest < 0 ? -1 : 1) : 0;
      x[static_cast<std::size_t>(pixel * channels + channel)] = static_cast<Code>(each + one);
    }
  }
  const Pooling windows{{1, count, channels, 1, count, 1, 1, 1, 1, 0, 0, 1, 1}};
  for_each_isa([&](auto tag) {
    std::vector<Code> y(static_cast<std::size_t>(channels));
    kernels::vector::average_pool(tag, PoolJob<Code>{windows, x.data(), y.data()});
    Index wrong = 0;
    for (Index channel = 0; channel < channels; ++channel) {
      wrong += y[static_cast<std::size_t>(channel)] != divide_round_half_even(first + channel, count) ? 1 : 0;
    }
    INFO(count << " pixels, sums from " << first);
    CHECK(wrong == 0);
  });
}

}  // namespace

TEST_CASE_TEMPLATE("pooling of codes equals the plain loops", Code, std::int8_t, std::uint8_t, std::int16_t) {
  Random random(3, sizeof(Code), std::is_signed_v<Code>);
  for (int i = 0; i < 300; ++i) {
    const Pooling w = random_windows(random);
    const auto x = random_codes<Code>(random, w.height * w.width * w.channels);
    const Expected<Code> expected(w, x);
    for_each_isa([&](auto tag) {
      std::vector<Code> largest(expected.largest.size()), mean(expected.mean.size());
      kernels::vector::max_pool(tag, PoolJob<Code>{w, x.data(), largest.data()});
      kernels::vector::average_pool(tag, PoolJob<Code>{w, x.data(), mean.data()});
      INFO(text(w));
      CHECK(largest == expected.largest);
      CHECK(mean == expected.mean);
    });
  }
}

TEST_CASE_TEMPLATE("means of codes: every sum of few pixels", Code, std::int8_t, std::uint8_t, std::int16_t) {
  constexpr CodeRange range = full_range<Code>;
  for (Index count = 1; count <= (sizeof(Code) == 1 ? 40 : 6); ++count) {
    check_sums<Code>(count * range.lowest, count * (range.highest - range.lowest) + 1, count);
  }
}

TEST_CASE_TEMPLATE("means of codes: as many pixels as floats divide, and more", Code, std::int8_t, std::uint8_t,
                   std::int16_t) {
  constexpr CodeRange range = full_range<Code>;
  constexpr Index most = kernels::vector::most_divided<Code>;
  for (const Index count :
       {most - 1, most, most + 1, sizeof(Code) == 1 ? 3 * most : kernels::vector::most_summed<Code>}) {
    for (const std::int64_t code : {range.lowest, range.highest - 1, range.highest / 2}) {
      check_sums<Code>(count * code + count / 2 - 20, 40, count);  // around a tie
      check_sums<Code>(count * code, 20, count);
    }
  }
}

}  // namespace pool_codes_test
