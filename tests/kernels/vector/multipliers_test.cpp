// SPDX-License-Identifier: MIT
/// @file
/// Requantization in registers against the policies themselves: every multiplier that is packed, sums up to the ends of
/// their type. The kernel multiplies by weights of 0, so that its sums are the biases.
#include "qnn/core/random.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/kernels/vector/run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace multipliers_test {
namespace {

using namespace qnn;
using namespace qnn::kernels::vector;

/// One less than a block: zero points that no code has, as here, are not for what finishes four registers at once.
constexpr std::size_t lanes = 16, used = lanes - 1;

/// Sums that matter: the ends, 0 and its neighbours, near a tie of the multiplier, and of every magnitude.
template <class Accumulator>
Accumulator draw_sum(Random& random, double real) {
  constexpr int bits = sizeof(Accumulator) == 4 ? 31 : 61;  // 64-bit sums stay below 2^61: see multiply()
  const auto end =
      static_cast<Accumulator>(bits == 31 ? std::numeric_limits<Accumulator>::max() : (std::int64_t{1} << 61) - 1);
  switch (random.below(6)) {
    case 0:
      return random.below(2) == 0 ? end : static_cast<Accumulator>(-end - 1);
    case 1:
      return static_cast<Accumulator>(random.below(5) - 2);
    case 2: {
      const double near_tie = (static_cast<double>(random.below(2001)) - 1000.5) / real;
      return std::fabs(near_tie) < static_cast<double>(end) ? static_cast<Accumulator>(near_tie) : end;
    }
    default: {
      const auto size = static_cast<int>(1 + random.below(bits));
      const double value = std::ldexp(static_cast<double>(random.uniform()) * 2.0 - 1.0, size);
      return static_cast<Accumulator>(value);
    }
  }
}

template <class Policy, class Code, class Accumulator, class Isa>
void check(Isa isa) {
  Random random(11, sizeof(Accumulator), sizeof(Code));
  const std::array<std::int8_t, block_bytes> weights{};
  std::array<std::uint8_t, 16> x{};
  Index tried = 0, wrong = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    const auto exponent = static_cast<int>(random.below(100)) - 70;
    const double fraction = Policy::scale_grid == ScaleGrid::any ? static_cast<double>(random.uniform()) : 0.0;
    const double real = std::ldexp(1.0 + fraction, exponent);
    if (real >= 0x1p30) {
      continue;
    }
    const auto multiplier = Policy::multiplier(real);
    const PackedMultiplier packed = pack(Policy{}, multiplier);
    if (!packed.fits) {
      continue;
    }
    std::array<std::int32_t, lanes> mantissa{}, exponents{};
    std::array<Accumulator, lanes> sums{};
    mantissa.fill(packed.mantissa);
    exponents.fill(packed.exponent);
    std::generate(sums.begin(), sums.end(), [&] { return draw_sum<Accumulator>(random, real); });
    // The zero point brings the first result into the range of codes, so that more than its clamp is seen.
    const std::int64_t first = Policy::apply(sums[0], multiplier);
    const bool centred = std::abs(first) < (std::int64_t{1} << 22);
    const auto zero_point = static_cast<std::int32_t>(centred ? 3 - first : random.below(256) - 128);
    std::array<Code, lanes> y{};
    Job<Code, Accumulator> job{};
    job.x = x.data();
    job.lowered = {x.data(), step_bytes};
    job.runs = {1, 1, 1, 0, 0};
    job.positions = {1, 1, 0, step_bytes};
    job.weights = weights.data();
    job.channels = used;
    job.output = {sums.data(), sums.data(), mantissa.data(), exponents.data(), nullptr, zero_point, -128, 127};
    job.y = y.data();
    job.y_step = lanes;
    run<Policy>(isa, job);
    for (std::size_t i = 0; i < used; ++i, ++tried) {
      const std::int64_t code = std::int64_t{Policy::apply(sums[i], multiplier)} + zero_point;
      wrong += y[i] != std::clamp<std::int64_t>(code, -128, 127);
    }
  }
  INFO(Policy::name);
  CHECK(wrong == 0);
  CHECK(tried > 10000);
}

}  // namespace

TEST_CASE("requantization in registers equals the policies") {
  for (const isa::Name name : isa::all_names) {
    if (name <= isa::Name::portable || !isa::is_supported(name)) {
      continue;
    }
    INFO(isa::text(name));
    isa::with_tag(name, []<class Isa>(Isa tag) {
      if constexpr (std::derived_from<Isa, isa::Vector>) {
        check<IntegerMultiplier, std::int8_t, std::int32_t>(tag);
        check<FloatScale, std::int8_t, std::int32_t>(tag);
        check<DoubleRounding, std::int8_t, std::int32_t>(tag);
        check<PowerOfTwoShift, std::int8_t, std::int32_t>(tag);
        check<IntegerMultiplier, std::int16_t, std::int64_t>(tag);
        check<FloatScale, std::int16_t, std::int64_t>(tag);
        check<PowerOfTwoShift, std::int16_t, std::int64_t>(tag);
      }
    });
  }
}

}  // namespace multipliers_test
