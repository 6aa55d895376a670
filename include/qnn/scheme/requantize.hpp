// SPDX-License-Identifier: MIT
/// @file
/// Requantization policies: from an accumulator at scale sx * sw to a code at scale sy.
///
/// With the real multiplier M = sx * sw / sy (a positive number, usually below 1), every policy approximates
///
///     code = clamp(round(accumulator * M) + zero_point)
///
/// and differs in how M is held and how the product is rounded:
///
/// | policy            | M is held as          | rounding                       | same bits as                     |
/// |-------------------|-----------------------|--------------------------------|----------------------------------|
/// | IntegerMultiplier | 31-bit mantissa, shift| once, ties up                  | CMSIS-NN with single rounding    |
/// | FloatScale        | float32               | product to float, half to even | ONNX QLinearMatMul, QLinearConv  |
/// | DoubleRounding    | 31-bit mantissa, shift| twice: ties up, ties away      | TFLite and gemmlowp              |
/// | PowerOfTwoShift   | exponent              | once, ties up                  | fixed-point DSP code             |
///
/// The zero point is added after rounding, so that real 0 stays exactly representable whatever the rounding does.
/// A policy is a struct with: `Multiplier` (what is stored), `scale_grid`, `multiplier(double)` and `apply(acc, m)`.
#pragma once

#include "qnn/numeric/multiplier.hpp"
#include "qnn/scheme/affine.hpp"

#include <concepts>
#include <cstdint>
#include <limits>

namespace qnn {

/// round(acc * M) = floor(acc * mantissa / 2^shift + 1/2): integers only, one rounding, the same bits on every machine.
/// The error before rounding is at most |acc| * M * 2^-31 where M >= 2^-32.
struct IntegerMultiplier {
  static constexpr auto name = "integer multiplier";
  using Multiplier = FixedPointMultiplier;
  static constexpr ScaleGrid scale_grid = ScaleGrid::any;

  static constexpr Multiplier multiplier(double real) { return to_fixed_point(real); }
  template <std::signed_integral Accumulator>
  static constexpr std::int32_t apply(Accumulator accumulator, Multiplier multiplier) {
    return multiply(accumulator, multiplier);
  }
};

/// round(acc * M) = round_half_even(float(acc) * float(M)), both conversions and the product rounded to float32.
/// Source: ONNX operator specification, QLinearMatMul ("rounding to nearest, ties to even").
struct FloatScale {
  static constexpr auto name = "float scale";
  using Multiplier = float;
  static constexpr ScaleGrid scale_grid = ScaleGrid::any;

  static constexpr Multiplier multiplier(double real) {
    QNN_EXPECTS(real > 0.0 && real < multiplier_limit, "a requantization multiplier lies in (0, 2^31)");
    return static_cast<float>(real);
  }
  template <std::signed_integral Accumulator>
  static constexpr std::int32_t apply(Accumulator accumulator, Multiplier multiplier) {
    const float product = static_cast<float>(accumulator) * multiplier;
    if (product >= 0x1p31f) {
      return std::numeric_limits<std::int32_t>::max();
    }
    if (product < -0x1p31f) {
      return std::numeric_limits<std::int32_t>::min();
    }
    return static_cast<std::int32_t>(round_half_even(product));
  }
};

/// The arithmetic of TFLite and gemmlowp, for bit-exact comparison with their reference kernels. With M = m * 2^e, m in
/// [1/2, 1) held as a 31-bit mantissa: first acc * 2^max(e, 0) * m rounded to an integer (ties up), then that divided
/// by 2^max(-e, 0) and rounded again (ties away from zero). Up to 3/4 of a step of error, where one rounding has 1/2.
/// Source: gemmlowp fixedpoint.h (SaturatingRoundingDoublingHighMul, RoundingDivideByPOT); TFLite
/// MultiplyByQuantizedMultiplier. Defined by them for 32-bit accumulators only.
struct DoubleRounding {
  static constexpr auto name = "double rounding";
  /// M = mantissa * 2^(exponent - 31).
  struct Multiplier {
    std::int32_t mantissa = 0;  ///< m * 2^31, in [2^30, 2^31)
    std::int32_t exponent = 0;  ///< e, in -31..31
    friend constexpr bool operator==(const Multiplier&, const Multiplier&) = default;
  };
  static constexpr ScaleGrid scale_grid = ScaleGrid::any;

  static constexpr Multiplier multiplier(double real) {
    const FixedPointMultiplier fixed = to_fixed_point(real);
    const bool vanishes = fixed.mantissa < (std::int32_t{1} << 30);  // M < 2^-32: every product rounds to zero
    return vanishes ? Multiplier{0, 0} : Multiplier{fixed.mantissa, 31 - fixed.shift};
  }
  template <std::same_as<std::int32_t> Accumulator>
  static constexpr std::int32_t apply(Accumulator accumulator, Multiplier multiplier) {
    const int left = multiplier.exponent > 0 ? multiplier.exponent : 0;
    const int right = multiplier.exponent > 0 ? 0 : -multiplier.exponent;
    const auto shifted = saturate_cast<std::int32_t>(std::int64_t{accumulator} * (std::int64_t{1} << left));
    // Doubling high multiplication: (2 * a * b) / 2^32, ties up; mantissa < 2^31 excludes the overflow case. gemmlowp
    // writes it as a truncating division of product + (product < 0 ? 1 - 2^30 : 2^30), which is the same integer.
    const std::int64_t high = shift_round_half_up(std::int64_t{shifted} * multiplier.mantissa, 31);
    return shift_round_half_away(static_cast<std::int32_t>(high), right);
  }
};

/// round(acc * 2^-shift) = floor(acc / 2^shift + 1/2), for networks whose scales are all powers of two: no multiplying.
struct PowerOfTwoShift {
  static constexpr auto name = "power-of-two shift";
  /// M = 2^-shift.
  struct Multiplier {
    std::int32_t shift = 0;  ///< to the right; negative shifts left
    friend constexpr bool operator==(const Multiplier&, const Multiplier&) = default;
  };
  static constexpr ScaleGrid scale_grid = ScaleGrid::powers_of_two;

  /// @pre real is a power of two up to 2^30. Below 2^-62, where every accumulator rounds to 0, the shift stays 62.
  static constexpr Multiplier multiplier(double real) {
    std::int32_t shift = 0;
    for (; real > 0.0 && real < 1.0; ++shift) {
      real *= 2.0;
    }
    for (; real > 1.0 && shift > -30; --shift) {
      real /= 2.0;
    }
    QNN_EXPECTS(real == 1.0, "PowerOfTwoShift needs scales that are powers of two");
    return {shift < 62 ? shift : 62};
  }
  template <std::signed_integral Accumulator>
  static constexpr std::int32_t apply(Accumulator accumulator, Multiplier multiplier) {
    if (multiplier.shift >= 0) {
      return saturate_cast<std::int32_t>(shift_round_half_up(std::int64_t{accumulator}, multiplier.shift));
    }
    const std::int64_t limit = std::int64_t{1} << 32;  // clamped first, so that the left shift cannot overflow
    const std::int64_t wide = accumulator;
    const std::int64_t clamped = wide > limit ? limit : wide < -limit ? -limit : wide;
    return saturate_cast<std::int32_t>(clamped * (std::int64_t{1} << -multiplier.shift));
  }
};

/// Whether `R` is a requantization policy defined for this accumulator.
template <class R, class Accumulator>
concept Requantization = requires(Accumulator accumulator, typename R::Multiplier multiplier) {
  { R::scale_grid } -> std::convertible_to<ScaleGrid>;
  { R::multiplier(1.0) } -> std::same_as<typename R::Multiplier>;
  { R::apply(accumulator, multiplier) } -> std::same_as<std::int32_t>;
};

static_assert(Requantization<IntegerMultiplier, std::int64_t> && Requantization<FloatScale, std::int64_t> &&
              Requantization<PowerOfTwoShift, std::int64_t> && Requantization<DoubleRounding, std::int32_t> &&
              !Requantization<DoubleRounding, std::int64_t>);

}  // namespace qnn
