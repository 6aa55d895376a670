// SPDX-License-Identifier: MIT
/// @file
/// The last step of a linear layer: multiplier, zero point and clamp together.
#include "qnn/scheme/output_stage.hpp"

#include "qnn/core/random.hpp"
#include "qnn/scheme/asymmetric.hpp"
#include "qnn/scheme/symmetric.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace output_stage_test {
namespace {

using namespace qnn;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr Clamp none{}, relu{0.0f, infinity}, relu6{0.0f, 6.0f};

// Fused activations as code ranges: real 0 is the zero point, 6 is 6 / scale steps above it.
constexpr Asymmetric::Parameters at_ten{0.5f, 10};
static_assert(none.codes<std::int8_t>(at_ten, full_range<std::int8_t>) == full_range<std::int8_t>);
static_assert(relu.codes<std::int8_t>(at_ten, full_range<std::int8_t>) == CodeRange{10, 127});
static_assert(relu6.codes<std::int8_t>(at_ten, full_range<std::int8_t>) == CodeRange{10, 22});
static_assert(relu6.codes<std::int8_t>(Symmetric::Parameters{0.01f}, full_range<std::int8_t>) == CodeRange{0, 127});
static_assert(relu6.codes<std::uint8_t>(Asymmetric::Parameters{0.5f, 250}, full_range<std::uint8_t>) ==
              CodeRange{250, 255});

// acc * 1/2 ties up, then + 10, then the clamp.
constexpr OutputStage<IntegerMultiplier, std::int8_t, 2> stage{
    {to_fixed_point(0.5), to_fixed_point(2.0)}, 10, relu6.codes<std::int8_t>(at_ten, full_range<std::int8_t>)};
static_assert(stage(std::int32_t{5}, 0) == 13 && stage(std::int32_t{5}, 1) == 20 && stage(std::int32_t{6}, 1) == 22);
static_assert(stage(std::int32_t{7}, 1) == 22 && stage(std::int32_t{-1}, 1) == 10);
static_assert(stage(std::int64_t{5}, 0) == 13);

TEST_CASE_TEMPLATE("the zero point never overflows, however far the accumulator is out", Policy, IntegerMultiplier,
                   FloatScale, DoubleRounding, PowerOfTwoShift) {
  for (const std::int32_t zero_point : {-32768, 0, 32767}) {
    const OutputStage<Policy, std::int16_t, 1> wide{{Policy::multiplier(4.0)}, zero_point, full_range<std::int16_t>};
    CHECK(wide(std::numeric_limits<std::int32_t>::max(), 0) == 32767);
    CHECK(wide(std::numeric_limits<std::int32_t>::min(), 0) == -32768);
    CHECK(wide(std::int32_t{0}, 0) == zero_point);
  }
}

TEST_CASE_TEMPLATE("every group uses its own multiplier", Policy, IntegerMultiplier, FloatScale, DoubleRounding,
                   PowerOfTwoShift) {
  const OutputStage<Policy, std::uint8_t, 3> stages{
      {Policy::multiplier(0.25), Policy::multiplier(0.5), Policy::multiplier(2.0)}, 100, full_range<std::uint8_t>};
  CHECK(stages(std::int32_t{12}, 0) == 103);
  CHECK(stages(std::int32_t{12}, 1) == 106);
  CHECK(stages(std::int32_t{12}, 2) == 124);
}

TEST_CASE("an accumulator comes out as the code of its real") {
  // With sx, sw and sy the accumulator's real is acc * sx * sw; quantize_value finds the same code for it, but at ties.
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    const double input_scale = static_cast<double>(random.uniform(0.01f, 0.1f));
    const Asymmetric::Parameters output{random.uniform(0.05f, 0.2f),
                                        static_cast<std::int32_t>(random.below(256)) - 128};
    const auto accumulator = static_cast<std::int32_t>(random.below(100'000)) - 50'000;
    const double real = input_scale * 0.02 * accumulator;
    const OutputStage<IntegerMultiplier, std::int8_t, 1> single{
        {to_fixed_point(input_scale * 0.02 / static_cast<double>(output.scale))},
        output.zero_point,
        full_range<std::int8_t>};
    const int expected = quantize_value<std::int8_t>(static_cast<float>(real), output, full_range<std::int8_t>);
    const double steps = real / static_cast<double>(output.scale);
    const bool near_a_tie = std::abs(std::abs(steps - std::floor(steps)) - 0.5) < 1e-3;
    REQUIRE(std::abs(single(accumulator, 0) - expected) <= (near_a_tie ? 1 : 0));
  }
}

}  // namespace

}  // namespace output_stage_test
