// SPDX-License-Identifier: MIT
/// @file
/// Requantization in registers. Included by linear.inl.

/// The multipliers of some channels, and the policies that apply them. Equal to the policies' own `apply` for the
/// multipliers that packed.hpp lets through; each line says why. Clamping to what codes can be is left to the caller,
/// but where rounding itself needs it.
template <class Policy>
struct Multipliers;

/// h = floor(acc * mantissa / 2^32) and exponent = shift - 32 >= 1: floor((acc * mantissa + 2^(shift-1)) / 2^shift) is
/// floor((h + 2^(exponent-1)) / 2^exponent), since the term that rounds has no bit below 2^32.
template <>
struct Multipliers<IntegerMultiplier> {
  Integers mantissa, exponent, half;
  QNN_ALWAYS_INLINE void load_from(const std::int32_t* mantissas, const std::int32_t* exponents) {
    mantissa = load(mantissas);
    exponent = load(exponents);
    half = shift_left(splat(1), subtract(exponent, splat(1)));
  }
  QNN_ALWAYS_INLINE Integers apply(Integers sums, Integers /*lowest*/, Integers /*highest*/) const {
    return shift_right(add(multiply_high(sums, mantissa), half), exponent);
  }
};

/// The bounds are integers, so that clamping may come before rounding; then no product is too large to convert.
template <>
struct Multipliers<FloatScale> {
  Integers scale;
  QNN_ALWAYS_INLINE void load_from(const std::int32_t* mantissas, const std::int32_t* /*exponents*/) {
    scale = load(mantissas);
  }
  QNN_ALWAYS_INLINE Integers apply(Integers sums, Integers lowest, Integers highest) const {
    return scale_and_round(sums, scale, lowest, highest);
  }
};

/// A left shift saturates: to INT32_MIN by clamping first, to INT32_MAX by adding the bits that clamping lost. Then
/// gemmlowp's two roundings.
template <>
struct Multipliers<DoubleRounding> {
  Integers mantissa, left, right;
  QNN_ALWAYS_INLINE void load_from(const std::int32_t* mantissas, const std::int32_t* exponents) {
    const Integers exponent = load(exponents);
    mantissa = load(mantissas);
    left = larger(exponent, splat(0));
    right = subtract(left, exponent);
  }
  QNN_ALWAYS_INLINE Integers apply(Integers sums, Integers /*lowest*/, Integers /*highest*/) const {
    const Integers high_limit = shift_right(splat(INT32_MAX), left), low_limit = shift_right(splat(INT32_MIN), left);
    const Integers too_high = exceeds(sums, high_limit);
    const Integers clamped = shift_left(smaller(larger(sums, low_limit), high_limit), left);
    const Integers shifted = add(clamped, multiply(too_high, subtract(splat(INT32_MAX), shift_left(high_limit, left))));
    const Integers high = multiply_high_doubled(shifted, mantissa);
    const Integers mask = subtract(shift_left(splat(1), right), splat(1));
    const Integers threshold = add(shift_right(mask, splat(1)), exceeds(splat(0), high));
    return add(shift_right(high, right), exceeds(bit_and(high, mask), threshold));
  }
};

/// floor(acc / 2^shift + 1/2) is the shifted number plus the last bit that fell off it; shift is 1..31.
template <>
struct Multipliers<PowerOfTwoShift> {
  Integers shift, before;
  QNN_ALWAYS_INLINE void load_from(const std::int32_t* mantissas, const std::int32_t* /*exponents*/) {
    shift = load(mantissas);
    before = subtract(shift, splat(1));
  }
  QNN_ALWAYS_INLINE Integers apply(Integers sums, Integers /*lowest*/, Integers /*highest*/) const {
    return add(shift_right(sums, shift), bit_and(shift_right(sums, before), splat(1)));
  }
};
