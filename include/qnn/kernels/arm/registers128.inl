// SPDX-License-Identifier: MIT
/// @file
/// Four numbers of 32 bits in a register of AArch64: what the instruction sets of 128 bits share. Included once by
/// each, inside its namespace and with its instructions switched on: g++ inlines nothing into a function for Armv8.2
/// that was compiled with flags for more than that.

using Integers = int32x4_t;  // one number for each of 4 channels
inline constexpr Index unit_channels = 4;

QNN_ALWAYS_INLINE Integers load(const std::int32_t* from) { return vld1q_s32(from); }
QNN_ALWAYS_INLINE Integers splat(std::int32_t value) { return vdupq_n_s32(value); }
QNN_ALWAYS_INLINE Integers add(Integers a, Integers b) { return vaddq_s32(a, b); }
QNN_ALWAYS_INLINE Integers subtract(Integers a, Integers b) { return vsubq_s32(a, b); }
QNN_ALWAYS_INLINE Integers multiply(Integers a, Integers b) { return vmulq_s32(a, b); }
QNN_ALWAYS_INLINE Integers bit_and(Integers a, Integers b) { return vandq_s32(a, b); }
QNN_ALWAYS_INLINE Integers bit_or(Integers a, Integers b) { return vorrq_s32(a, b); }
QNN_ALWAYS_INLINE Integers larger(Integers a, Integers b) { return vmaxq_s32(a, b); }
QNN_ALWAYS_INLINE Integers smaller(Integers a, Integers b) { return vminq_s32(a, b); }
QNN_ALWAYS_INLINE Integers shift_left(Integers a, Integers bits) { return vshlq_s32(a, bits); }
/// There is no right shift by a register: the left shift goes to the right where its count is negative.
QNN_ALWAYS_INLINE Integers shift_right(Integers a, Integers bits) { return vshlq_s32(a, vnegq_s32(bits)); }
/// 1 where a > b, else 0.
QNN_ALWAYS_INLINE Integers exceeds(Integers a, Integers b) {
  return vreinterpretq_s32_u32(vshrq_n_u32(vcgtq_s32(a, b), 31));
}
/// floor(a b / 2^32): the upper words of the products.
QNN_ALWAYS_INLINE Integers multiply_high(Integers a, Integers b) {
  const int64x2_t low = vmull_s32(vget_low_s32(a), vget_low_s32(b)), high = vmull_high_s32(a, b);
  return vuzp2q_s32(vreinterpretq_s32_s64(low), vreinterpretq_s32_s64(high));
}
/// floor(a b / 2^31 + 1/2). The instruction saturates where both are -2^31, but multipliers are not negative.
QNN_ALWAYS_INLINE Integers multiply_high_doubled(Integers a, Integers b) { return vqrdmulhq_s32(a, b); }
/// Numbers of 64 bits, half as many.
using Wide = int64x2_t;
QNN_ALWAYS_INLINE Wide splat_wide(std::int64_t value) { return vdupq_n_s64(value); }
QNN_ALWAYS_INLINE Wide larger_wide(Wide a, Wide b) { return vbslq_s64(vcgtq_s64(a, b), a, b); }
/// floor((a factor_a + b factor_b + offset) / 2^shift) where it fits in 32 bits.
QNN_ALWAYS_INLINE Integers add_wide_products(Integers a, Integers factor_a, Integers b, Integers factor_b, Wide offset,
                                             Wide shift) {
  const Wide low =
      vmlal_s32(vmlal_s32(offset, vget_low_s32(a), vget_low_s32(factor_a)), vget_low_s32(b), vget_low_s32(factor_b));
  const Wide high = vmlal_high_s32(vmlal_high_s32(offset, a, factor_a), b, factor_b);
  const Wide right = vnegq_s64(shift);
  return vcombine_s32(vmovn_s64(vshlq_s64(low, right)), vmovn_s64(vshlq_s64(high, right)));
}
/// round_half_even(min(max(float(a) * scale, lowest), highest)); the bits of `scale` are those of floats.
QNN_ALWAYS_INLINE Integers scale_and_round(Integers a, Integers scale, Integers lowest, Integers highest) {
  const float32x4_t product = vmulq_f32(vcvtq_f32_s32(a), vreinterpretq_f32_s32(scale));
  return vcvtnq_s32_f32(vminq_f32(vmaxq_f32(product, vcvtq_f32_s32(lowest)), vcvtq_f32_s32(highest)));
}
/// round_half_even(min(max(x / scale, lowest), highest))
QNN_ALWAYS_INLINE Integers divide_and_round(const float* x, float scale, Integers lowest, Integers highest) {
  const float32x4_t steps = vdivq_f32(vld1q_f32(x), vdupq_n_f32(scale));
  return vcvtnq_s32_f32(vminq_f32(vmaxq_f32(steps, vcvtq_f32_s32(lowest)), vcvtq_f32_s32(highest)));
}
/// Not 0 where x is NaN or infinite, since then x - x is NaN.
QNN_ALWAYS_INLINE Integers not_finite(const float* x) {
  const float32x4_t values = vld1q_f32(x);
  return vreinterpretq_s32_f32(vsubq_f32(values, values));
}
/// The lowest bytes of the numbers, the first `count` of them.
template <class Code>
QNN_ALWAYS_INLINE void store(Integers values, Code* to, Index count) {
  const int16x4_t halves = vmovn_s32(values);
  const int8x8_t codes = sizeof(Code) == 1 ? vmovn_s16(vcombine_s16(halves, halves)) : vreinterpret_s8_s16(halves);
  if (count == unit_channels) {
    std::memcpy(to, &codes, unit_channels * sizeof(Code));
  } else {
    std::memcpy(to, &codes, static_cast<std::size_t>(count) * sizeof(Code));
  }
}

/// What turns scaled sums into codes, 16 at a time: saturated to 16 bits, which changes nothing within the range of the
/// codes, shifted by the zero point and clamped.
template <class Code>
struct FourToOne {
  int16x8_t zero_point, lowest, highest;
  /// @param range  has the members zero_point, lowest and highest: an Output or a SumJob
  template <class Range>
  QNN_ALWAYS_INLINE explicit FourToOne(const Range& range)
      : zero_point(vdupq_n_s16(static_cast<std::int16_t>(range.zero_point))),
        lowest(vdupq_n_s16(static_cast<std::int16_t>(range.lowest))),
        highest(vdupq_n_s16(static_cast<std::int16_t>(range.highest))) {}
  QNN_ALWAYS_INLINE int8x8_t codes(Integers a, Integers b) const {
    const int16x8_t shifted = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), zero_point);
    return vmovn_s16(vminq_s16(vmaxq_s16(shifted, lowest), highest));
  }
  QNN_ALWAYS_INLINE void store(Integers a, Integers b, Integers c, Integers d, Code* to) const {
    const int8x16_t all = vcombine_s8(codes(a, b), codes(c, d));
    std::memcpy(to, &all, sizeof all);
  }
};

using Weights = int8x16_t;
QNN_ALWAYS_INLINE Weights load_weights(const std::int8_t* from) { return vld1q_s8(from); }

// 16-bit products: 24 sums of low and high halves, 2 weights and 2 inputs.
inline constexpr Index word_units = 2;
constexpr Index word_rows(Index /*units*/) { return 6; }
constexpr Index pooled_word_rows(Index /*units*/) { return 4; }

/// Two weights of each channel: the first ones in one half of the register, the second ones in the other.
QNN_ALWAYS_INLINE Integers load_words(const std::int8_t* from) {
  const int16x8_t pairs = vreinterpretq_s16_s8(vld1q_s8(from));
  return vreinterpretq_s32_s16(
      vcombine_s16(vget_low_s16(vuzp1q_s16(pairs, pairs)), vget_low_s16(vuzp2q_s16(pairs, pairs))));
}
/// Two 16-bit numbers of a row: the instruction takes each for all channels.
QNN_ALWAYS_INLINE Integers splat_words(const std::uint8_t* from) {
  std::int32_t two;
  std::memcpy(&two, from, sizeof two);
  return vdupq_n_s32(two);
}
QNN_ALWAYS_INLINE Integers add_word_products(Integers sums, Integers x, Integers w) {
  const int16x4_t two = vget_low_s16(vreinterpretq_s16_s32(x));
  const int16x8_t weights = vreinterpretq_s16_s32(w);
  return vmlal_high_lane_s16(vmlal_lane_s16(sums, vget_low_s16(weights), two, 0), weights, two, 1);
}
/// to = base + 2^Bits high + low
template <int Bits>
QNN_ALWAYS_INLINE void add_wide(const std::int64_t* base, Integers high, Integers low, std::int64_t* to) {
  const int64x2_t first = vaddw_s32(vshll_n_s32(vget_low_s32(high), Bits), vget_low_s32(low));
  const int64x2_t second = vaddw_high_s32(vshll_high_n_s32(high, Bits), low);
  vst1q_s64(to, vaddq_s64(vld1q_s64(base), first));
  vst1q_s64(to + 2, vaddq_s64(vld1q_s64(base + 2), second));
}
/// Turns sums of a unit into 16-bit codes.
template <class Policy>
using FinishWords = vector::FinishEach<Policy>;

/// Codes of each row that interleave() takes.
inline constexpr Index interleaved = 16;
/// to[4 i + row] = codes of the four rows, each with the bits `flipped` turned around.
QNN_ALWAYS_INLINE void interleave(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c,
                                  const std::uint8_t* d, std::uint8_t flipped, std::uint8_t* to) {
  const uint8x16_t turn = vdupq_n_u8(flipped);
  vst4q_u8(to, (uint8x16x4_t{{veorq_u8(vld1q_u8(a), turn), veorq_u8(vld1q_u8(b), turn), veorq_u8(vld1q_u8(c), turn),
                              veorq_u8(vld1q_u8(d), turn)}}));
}

/// The larger of each two codes.
template <class Code>
QNN_ALWAYS_INLINE Integers larger_codes(Integers a, Integers b) {
  if constexpr (sizeof(Code) == 2) {
    return vreinterpretq_s32_s16(vmaxq_s16(vreinterpretq_s16_s32(a), vreinterpretq_s16_s32(b)));
  } else if constexpr (std::is_signed_v<Code>) {
    return vreinterpretq_s32_s8(vmaxq_s8(vreinterpretq_s8_s32(a), vreinterpretq_s8_s32(b)));
  } else {
    return vreinterpretq_s32_u8(vmaxq_u8(vreinterpretq_u8_s32(a), vreinterpretq_u8_s32(b)));
  }
}
/// A table of 256 bytes. The instruction looks up 64; a code beyond them keeps what it had.
struct ByteTable {
  uint8x16x4_t quarters[4];

  QNN_ALWAYS_INLINE explicit ByteTable(const std::uint8_t* entries)
      : quarters{vld1q_u8_x4(entries), vld1q_u8_x4(entries + 64), vld1q_u8_x4(entries + 128),
                 vld1q_u8_x4(entries + 192)} {}
  /// The entries of as many codes as a register has bytes.
  QNN_ALWAYS_INLINE Integers at(Integers codes) const {
    const uint8x16_t each = vreinterpretq_u8_s32(codes);
    uint8x16_t found = vqtbl4q_u8(quarters[0], each);
    found = vqtbx4q_u8(found, quarters[1], vsubq_u8(each, vdupq_n_u8(64)));
    found = vqtbx4q_u8(found, quarters[2], vsubq_u8(each, vdupq_n_u8(128)));
    found = vqtbx4q_u8(found, quarters[3], vsubq_u8(each, vdupq_n_u8(192)));
    return vreinterpretq_s32_u8(found);
  }
};
/// As many codes as there are channels in a unit.
QNN_ALWAYS_INLINE Integers widen(const std::int16_t* from) { return vmovl_s16(vld1_s16(from)); }
QNN_ALWAYS_INLINE Integers widen(const std::int8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)))));
}
QNN_ALWAYS_INLINE Integers widen(const std::uint8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_s32(vdup_n_s32(four))))));
}
