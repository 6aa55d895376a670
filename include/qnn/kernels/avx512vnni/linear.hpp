// SPDX-License-Identifier: MIT
/// @file
/// Linear layers by AVX512-VNNI: 64 products of 8 bits, summed by fours, in one instruction (`vpdpbusd`).
/// The instruction takes unsigned inputs and signed weights and never saturates in this form.
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_X86_KERNELS

#include "qnn/core/contract.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/depthwise_job.hpp"
#include "qnn/kernels/vector/finish_each.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/kernels/vector/operands.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/kernels/vector/pool_job.hpp"
#include "qnn/kernels/vector/sum_job.hpp"
#include "qnn/kernels/x86/interleaving256.hpp"
#include "qnn/kernels/x86/table_differences.hpp"
#include "qnn/numeric/rounding.hpp"
#include "qnn/scheme/requantize.hpp"

#include <immintrin.h>
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>

QNN_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")
namespace qnn::kernels::avx512vnni {

using Isa = isa::Avx512Vnni;

using interleaving256::interleave, interleaving256::interleaved;

using Integers = __m512i;  // one number for each of 16 channels
using Inputs = __m512i;
using Weights = __m512i;
using Sums = __m512i;

inline constexpr Index unit_channels = 16;
/// 24 sums, 4 weights and an input fill the 32 registers; 10 sums at least keep the multipliers busy, two of which
/// begin in each cycle and take five.
inline constexpr Index tile_units = 4;
inline constexpr Index input_bytes = Isa::input_bytes;
constexpr Index tile_rows(Index units) { return units == 1 ? 10 : units == 2 ? 8 : 6; }
constexpr Index pooled_tile_rows(Index units) { return units <= 2 ? 8 : 4; }

QNN_ALWAYS_INLINE Integers load(const std::int32_t* from) { return _mm512_loadu_si512(from); }
QNN_ALWAYS_INLINE Integers splat(std::int32_t value) { return _mm512_set1_epi32(value); }
QNN_ALWAYS_INLINE Integers add(Integers a, Integers b) { return _mm512_add_epi32(a, b); }
QNN_ALWAYS_INLINE Integers subtract(Integers a, Integers b) { return _mm512_sub_epi32(a, b); }
QNN_ALWAYS_INLINE Integers multiply(Integers a, Integers b) { return _mm512_mullo_epi32(a, b); }
QNN_ALWAYS_INLINE Integers bit_and(Integers a, Integers b) { return _mm512_and_si512(a, b); }
QNN_ALWAYS_INLINE Integers bit_or(Integers a, Integers b) { return _mm512_or_si512(a, b); }
QNN_ALWAYS_INLINE Integers larger(Integers a, Integers b) { return _mm512_max_epi32(a, b); }
QNN_ALWAYS_INLINE Integers smaller(Integers a, Integers b) { return _mm512_min_epi32(a, b); }
QNN_ALWAYS_INLINE Integers shift_left(Integers a, Integers bits) { return _mm512_maskz_sllv_epi32(0xFFFF, a, bits); }
QNN_ALWAYS_INLINE Integers shift_right(Integers a, Integers bits) { return _mm512_srav_epi32(a, bits); }
/// 1 where a > b, else 0.
QNN_ALWAYS_INLINE Integers exceeds(Integers a, Integers b) {
  return _mm512_maskz_set1_epi32(_mm512_cmpgt_epi32_mask(a, b), 1);
}
/// floor(a b / 2^32)
QNN_ALWAYS_INLINE Integers multiply_high(Integers a, Integers b) {
  const __m512i even = _mm512_mul_epi32(a, b);
  const __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
  return _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
}
/// floor(a b / 2^31 + 1/2)
QNN_ALWAYS_INLINE Integers multiply_high_doubled(Integers a, Integers b) {
  const __m512i half = _mm512_set1_epi64(std::int64_t{1} << 30);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(a, b), half);
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32)), half);
  return _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
}
/// Numbers of 64 bits, half as many.
using Wide = __m512i;
QNN_ALWAYS_INLINE Wide splat_wide(std::int64_t value) { return _mm512_set1_epi64(value); }
QNN_ALWAYS_INLINE Wide larger_wide(Wide a, Wide b) { return _mm512_max_epi64(a, b); }
/// floor((a factor_a + b factor_b + offset) / 2^shift) where it fits in 32 bits.
QNN_ALWAYS_INLINE Integers add_wide_products(Integers a, Integers factor_a, Integers b, Integers factor_b, Wide offset,
                                             Wide shift) {
  const auto every_other = [&](__m512i x, __m512i y) {
    const __m512i sum = _mm512_add_epi64(_mm512_mul_epi32(x, factor_a), _mm512_mul_epi32(y, factor_b));
    return _mm512_srlv_epi64(_mm512_add_epi64(sum, offset), shift);
  };
  const __m512i odd = every_other(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32));
  return _mm512_mask_shuffle_epi32(every_other(a, b), 0xAAAA, odd, _MM_PERM_CCAA);
}
/// round_half_even(min(max(float(a) * scale, lowest), highest)); the bits of `scale` are those of floats.
QNN_ALWAYS_INLINE Integers scale_and_round(Integers a, Integers scale, Integers lowest, Integers highest) {
  const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(a), _mm512_castsi512_ps(scale));
  const __m512 clamped = _mm512_min_ps(_mm512_max_ps(product, _mm512_cvtepi32_ps(lowest)), _mm512_cvtepi32_ps(highest));
  return _mm512_cvt_roundps_epi32(clamped, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/// round_half_even(min(max(x / scale, lowest), highest))
QNN_ALWAYS_INLINE Integers divide_and_round(const float* x, float scale, Integers lowest, Integers highest) {
  const __m512 steps = _mm512_div_ps(_mm512_loadu_ps(x), _mm512_set1_ps(scale));
  const __m512 clamped = _mm512_min_ps(_mm512_max_ps(steps, _mm512_cvtepi32_ps(lowest)), _mm512_cvtepi32_ps(highest));
  return _mm512_cvt_roundps_epi32(clamped, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/// Not 0 where x is NaN or infinite, since then x - x is NaN.
QNN_ALWAYS_INLINE Integers not_finite(const float* x) {
  const __m512 values = _mm512_loadu_ps(x);
  return _mm512_castps_si512(_mm512_sub_ps(values, values));
}
/// The lowest bytes of the numbers, the first `count` of them.
template <class Code>
QNN_ALWAYS_INLINE void store(Integers values, Code* to, Index count) {
  const auto stored = static_cast<__mmask16>((1u << count) - 1u);
  if constexpr (sizeof(Code) == 1) {
    const __m128i codes = _mm512_cvtepi32_epi8(values);
    if (count == unit_channels) {  // a store without a mask is the faster one
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), codes);
    } else {
      _mm_mask_storeu_epi8(to, stored, codes);
    }
  } else {
    _mm256_mask_storeu_epi16(to, stored, _mm512_cvtepi32_epi16(values));
  }
}
/// What turns scaled sums into codes, 64 at a time: saturated to 16 bits, shifted by the zero point, saturated to 8
/// bits and clamped. Neither saturation changes what is within the range of the codes.
template <class Code>
struct FourToOne {
  __m512i zero_point, lowest, highest, order;
  /// @param range  has the members zero_point, lowest and highest: an Output or a SumJob
  template <class Range>
  QNN_ALWAYS_INLINE explicit FourToOne(const Range& range)
      : zero_point(_mm512_set1_epi16(static_cast<std::int16_t>(range.zero_point))),
        lowest(_mm512_set1_epi8(static_cast<char>(range.lowest))),
        highest(_mm512_set1_epi8(static_cast<char>(range.highest))),
        order(_mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0)) {}
  QNN_ALWAYS_INLINE void store(Integers a, Integers b, Integers c, Integers d, Code* to) const {
    const __m512i first = _mm512_adds_epi16(_mm512_packs_epi32(a, b), zero_point);
    const __m512i second = _mm512_adds_epi16(_mm512_packs_epi32(c, d), zero_point);
    __m512i codes;
    if constexpr (std::is_signed_v<Code>) {
      codes = _mm512_min_epi8(_mm512_max_epi8(_mm512_packs_epi16(first, second), lowest), highest);
    } else {
      codes = _mm512_min_epu8(_mm512_max_epu8(_mm512_packus_epi16(first, second), lowest), highest);
    }
    _mm512_storeu_si512(to, _mm512_permutexvar_epi32(order, codes));
  }
};

/// The larger of each two codes.
template <class Code>
QNN_ALWAYS_INLINE Integers larger_codes(Integers a, Integers b) {
  if constexpr (sizeof(Code) == 2) {
    return _mm512_max_epi16(a, b);
  } else if constexpr (std::is_signed_v<Code>) {
    return _mm512_max_epi8(a, b);
  } else {
    return _mm512_max_epu8(a, b);
  }
}
/// 16 bytes in each quarter of a register.
QNN_ALWAYS_INLINE Integers repeat(const std::uint8_t* from) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
/// A table of 256 bytes.
struct ByteTable {
  __m512i lower[x86::TableDifferences::parts], upper[x86::TableDifferences::parts];

  QNN_ALWAYS_INLINE explicit ByteTable(const std::uint8_t* entries) {
    const x86::TableDifferences differences(entries);
    QNN_UNROLL for (Index part = 0; part < x86::TableDifferences::parts; ++part) {
      lower[part] = repeat(differences.lower + 16 * part);
      upper[part] = repeat(differences.upper + 16 * part);
    }
  }
  /// The entries of as many codes as a register has bytes.
  QNN_ALWAYS_INLINE Integers at(Integers codes) const {
    const __m512i sixteen = _mm512_set1_epi8(16);
    __m512i low = codes, high = _mm512_xor_si512(codes, _mm512_set1_epi8(-128)), found = _mm512_setzero_si512();
    QNN_UNROLL for (Index part = 0; part < x86::TableDifferences::parts; ++part) {
      found = _mm512_ternarylogic_epi64(found, _mm512_shuffle_epi8(lower[part], low),
                                        _mm512_shuffle_epi8(upper[part], high), 0x96);  // exclusive or of three
      low = _mm512_subs_epi8(low, sixteen);
      high = _mm512_subs_epi8(high, sixteen);
    }
    return found;
  }
};
/// As many codes as there are channels in a unit.
QNN_ALWAYS_INLINE Integers widen(const std::int8_t* from) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
QNN_ALWAYS_INLINE Integers widen(const std::uint8_t* from) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
QNN_ALWAYS_INLINE Integers widen(const std::int16_t* from) {
  return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

QNN_ALWAYS_INLINE Sums no_sums() { return _mm512_setzero_si512(); }
/// Sums that begin with the bias of their channels.
QNN_ALWAYS_INLINE Sums start(const std::int32_t* bias) { return load(bias); }
QNN_ALWAYS_INLINE Sums join(Sums a, Sums b) { return _mm512_add_epi32(a, b); }
QNN_ALWAYS_INLINE Integers total(Sums sums) { return sums; }
/// Four bytes of a row, as often as there are channels.
QNN_ALWAYS_INLINE Inputs load_inputs(const std::uint8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return _mm512_set1_epi32(four);
}
/// g++ would rather read a weight from memory again for each row: the empty statement makes it a number of its own.
QNN_ALWAYS_INLINE Weights load_weights(const std::int8_t* from) {
  Weights weights = _mm512_loadu_si512(from);
  asm("" : "+v"(weights));
  return weights;
}
QNN_ALWAYS_INLINE Sums add_products(Sums sums, Inputs x, Weights w) { return _mm512_dpbusd_epi32(sums, x, w); }
/// The same where inputs are those of each channel: of a unit, in the order of its weights.
QNN_ALWAYS_INLINE Sums add_channel_products(Sums sums, const std::uint8_t* x, Weights w) {
  return add_products(sums, _mm512_loadu_si512(x), w);
}

// 16-bit products: 24 sums of low and high halves, 2 weights and 2 inputs.
inline constexpr Index word_units = 2;
constexpr Index word_rows(Index units) { return units == 1 ? 8 : 6; }
constexpr Index pooled_word_rows(Index units) { return units == 1 ? 8 : 4; }

QNN_ALWAYS_INLINE Integers load_words(const std::int8_t* from) { return load_weights(from); }
/// Two 16-bit numbers of a row, as often as there are channels.
QNN_ALWAYS_INLINE Integers splat_words(const std::uint8_t* from) { return load_inputs(from); }
QNN_ALWAYS_INLINE Integers add_word_products(Integers sums, Integers x, Integers w) {
  return _mm512_dpwssd_epi32(sums, x, w);
}
/// The first or last eight of 16 numbers, 64 bits each. Masks of ones: g++ 12 warns of the other form.
QNN_ALWAYS_INLINE __m512i widen_first(Integers a) {
  return _mm512_maskz_cvtepi32_epi64(0xFF, _mm512_castsi512_si256(a));
}
QNN_ALWAYS_INLINE __m512i widen_last(Integers a) {
  return _mm512_maskz_cvtepi32_epi64(0xFF, _mm512_maskz_extracti64x4_epi64(0xF, a, 1));
}
/// to = base + 2^Bits high + low
template <int Bits>
QNN_ALWAYS_INLINE void add_wide(const std::int64_t* base, Integers high, Integers low, std::int64_t* to) {
  const __m512i first = _mm512_add_epi64(_mm512_maskz_slli_epi64(0xFF, widen_first(high), Bits), widen_first(low));
  const __m512i last = _mm512_add_epi64(_mm512_maskz_slli_epi64(0xFF, widen_last(high), Bits), widen_last(low));
  _mm512_storeu_si512(to, _mm512_add_epi64(_mm512_loadu_si512(base), first));
  _mm512_storeu_si512(to + 8, _mm512_add_epi64(_mm512_loadu_si512(base + 8), last));
}

/// Turns sums of a unit into 16-bit codes.
template <class Policy>
struct FinishWords : vector::FinishEach<Policy> {};
/// With sum = 2^32 upper + lower and exponent = shift - 32 >= 1, the product's bits above 2^32 are
/// h = upper * mantissa + floor(lower * mantissa / 2^32), and rounding adds 2^(exponent-1) to them.
template <>
struct FinishWords<IntegerMultiplier> {
  __m512i mantissa[2], exponent[2], half[2], zero_point, lowest, highest;

  QNN_ALWAYS_INLINE FinishWords(const vector::Output<std::int64_t>& output, Index first)
      : zero_point(_mm512_set1_epi64(output.zero_point)),
        lowest(_mm512_set1_epi64(output.lowest)),
        highest(_mm512_set1_epi64(output.highest)) {
    const Integers mantissas = load(output.mantissa + first), exponents = load(output.exponent + first);
    const Integers halves = shift_left(splat(1), subtract(exponents, splat(1)));
    mantissa[0] = widen_first(mantissas), mantissa[1] = widen_last(mantissas);
    exponent[0] = widen_first(exponents), exponent[1] = widen_last(exponents);
    half[0] = widen_first(halves), half[1] = widen_last(halves);
  }
  QNN_ALWAYS_INLINE __m128i codes(const std::int64_t* sums, int part) const {
    const __m512i sum = _mm512_loadu_si512(sums);
    const __m512i upper = _mm512_mul_epi32(_mm512_srli_epi64(sum, 32), mantissa[part]);
    const __m512i lower = _mm512_srli_epi64(_mm512_mul_epu32(sum, mantissa[part]), 32);
    const __m512i raised = _mm512_add_epi64(_mm512_add_epi64(upper, half[part]), lower);
    const __m512i shifted = _mm512_add_epi64(_mm512_srav_epi64(raised, exponent[part]), zero_point);
    return _mm512_cvtepi64_epi16(_mm512_min_epi64(_mm512_max_epi64(shifted, lowest), highest));
  }
  QNN_ALWAYS_INLINE void operator()(const std::int64_t* sums, std::int16_t* to, Index count) const {
    const __m256i all = _mm256_inserti128_si256(_mm256_castsi128_si256(codes(sums, 0)), codes(sums + 8, 1), 1);
    if (count == unit_channels) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), all);
    } else {
      _mm256_mask_storeu_epi16(to, static_cast<__mmask16>((1u << count) - 1u), all);
    }
  }
};

/// Codes of seven bits need no tiles of their own.
struct ByteTiles;
using SevenBitTiles = ByteTiles;

#include "qnn/kernels/vector/linear.inl"

}  // namespace qnn::kernels::avx512vnni
QNN_TARGET_END

#endif
