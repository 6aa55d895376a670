// SPDX-License-Identifier: MIT
/// @file
/// Eight numbers of 32 bits in a register of AVX2: what the instruction sets of 256 bits share.
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_X86_KERNELS

#include "qnn/core/shape.hpp"
#include "qnn/kernels/vector/finish_each.hpp"
#include "qnn/kernels/x86/table_differences.hpp"

#include <immintrin.h>
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

QNN_TARGET_BEGIN("avx2")
namespace qnn::kernels::registers256 {

using Integers = __m256i;  // one number for each of 8 channels
inline constexpr Index unit_channels = 8;

QNN_ALWAYS_INLINE Integers load(const std::int32_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
QNN_ALWAYS_INLINE Integers splat(std::int32_t value) { return _mm256_set1_epi32(value); }
QNN_ALWAYS_INLINE Integers add(Integers a, Integers b) { return _mm256_add_epi32(a, b); }
QNN_ALWAYS_INLINE Integers subtract(Integers a, Integers b) { return _mm256_sub_epi32(a, b); }
QNN_ALWAYS_INLINE Integers multiply(Integers a, Integers b) { return _mm256_mullo_epi32(a, b); }
QNN_ALWAYS_INLINE Integers bit_and(Integers a, Integers b) { return _mm256_and_si256(a, b); }
QNN_ALWAYS_INLINE Integers bit_or(Integers a, Integers b) { return _mm256_or_si256(a, b); }
QNN_ALWAYS_INLINE Integers larger(Integers a, Integers b) { return _mm256_max_epi32(a, b); }
QNN_ALWAYS_INLINE Integers smaller(Integers a, Integers b) { return _mm256_min_epi32(a, b); }
QNN_ALWAYS_INLINE Integers shift_left(Integers a, Integers bits) { return _mm256_sllv_epi32(a, bits); }
QNN_ALWAYS_INLINE Integers shift_right(Integers a, Integers bits) { return _mm256_srav_epi32(a, bits); }
/// 1 where a > b, else 0.
QNN_ALWAYS_INLINE Integers exceeds(Integers a, Integers b) { return _mm256_srli_epi32(_mm256_cmpgt_epi32(a, b), 31); }
/// floor(a b / 2^32)
QNN_ALWAYS_INLINE Integers multiply_high(Integers a, Integers b) {
  const __m256i even = _mm256_mul_epi32(a, b);
  const __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}
/// floor(a b / 2^31 + 1/2)
QNN_ALWAYS_INLINE Integers multiply_high_doubled(Integers a, Integers b) {
  const __m256i half = _mm256_set1_epi64x(std::int64_t{1} << 30);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, b), half);
  const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), half);
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xAA);
}
/// Numbers of 64 bits, half as many.
using Wide = __m256i;
QNN_ALWAYS_INLINE Wide splat_wide(std::int64_t value) { return _mm256_set1_epi64x(value); }
QNN_ALWAYS_INLINE Wide larger_wide(Wide a, Wide b) { return _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b)); }
/// floor((a factor_a + b factor_b + offset) / 2^shift) where it fits in 32 bits: what a logical shift leaves there.
QNN_ALWAYS_INLINE Integers add_wide_products(Integers a, Integers factor_a, Integers b, Integers factor_b, Wide offset,
                                             Wide shift) {
  const auto every_other = [&](__m256i x, __m256i y) {
    const __m256i sum = _mm256_add_epi64(_mm256_mul_epi32(x, factor_a), _mm256_mul_epi32(y, factor_b));
    return _mm256_srlv_epi64(_mm256_add_epi64(sum, offset), shift);
  };
  const __m256i odd = every_other(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32));
  return _mm256_blend_epi32(every_other(a, b), _mm256_slli_epi64(odd, 32), 0xAA);
}
/// round_half_even(min(max(float(a) * scale, lowest), highest)); the bits of `scale` are those of floats.
QNN_ALWAYS_INLINE Integers scale_and_round(Integers a, Integers scale, Integers lowest, Integers highest) {
  const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(a), _mm256_castsi256_ps(scale));
  return _mm256_cvtps_epi32(
      _mm256_min_ps(_mm256_max_ps(product, _mm256_cvtepi32_ps(lowest)), _mm256_cvtepi32_ps(highest)));
}
/// round_half_even(min(max(x / scale, lowest), highest))
QNN_ALWAYS_INLINE Integers divide_and_round(const float* x, float scale, Integers lowest, Integers highest) {
  const __m256 steps = _mm256_div_ps(_mm256_loadu_ps(x), _mm256_set1_ps(scale));
  return _mm256_cvtps_epi32(
      _mm256_min_ps(_mm256_max_ps(steps, _mm256_cvtepi32_ps(lowest)), _mm256_cvtepi32_ps(highest)));
}
/// Not 0 where x is NaN or infinite, since then x - x is NaN.
QNN_ALWAYS_INLINE Integers not_finite(const float* x) {
  const __m256 values = _mm256_loadu_ps(x);
  return _mm256_castps_si256(_mm256_sub_ps(values, values));
}
/// The lowest bytes of the numbers, the first `count` of them.
template <class Code>
QNN_ALWAYS_INLINE void store(Integers values, Code* to, Index count) {
  const __m256i order = sizeof(Code) == 1 ? _mm256_set1_epi64x(0x0C080400)
                                          : _mm256_broadcastsi128_si256(_mm_set_epi64x(-1, 0x0D0C0908'05040100));
  const __m256i gathered = _mm256_shuffle_epi8(values, order);
  const __m128i low = _mm256_castsi256_si128(gathered), high = _mm256_extracti128_si256(gathered, 1);
  const __m128i codes = sizeof(Code) == 1 ? _mm_unpacklo_epi32(low, high) : _mm_unpacklo_epi64(low, high);
  if (count == unit_channels) {
    std::memcpy(to, &codes, unit_channels * sizeof(Code));
  } else {
    std::memcpy(to, &codes, static_cast<std::size_t>(count) * sizeof(Code));
  }
}

/// The larger of each two codes.
template <class Code>
QNN_ALWAYS_INLINE Integers larger_codes(Integers a, Integers b) {
  if constexpr (sizeof(Code) == 2) {
    return _mm256_max_epi16(a, b);
  } else if constexpr (std::is_signed_v<Code>) {
    return _mm256_max_epi8(a, b);
  } else {
    return _mm256_max_epu8(a, b);
  }
}
/// 16 bytes in each half of a register.
QNN_ALWAYS_INLINE Integers repeat(const std::uint8_t* from) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
/// A table of 256 bytes.
struct ByteTable {
  __m256i lower[x86::TableDifferences::parts], upper[x86::TableDifferences::parts];

  QNN_ALWAYS_INLINE explicit ByteTable(const std::uint8_t* entries) {
    const x86::TableDifferences differences(entries);
    QNN_UNROLL for (Index part = 0; part < x86::TableDifferences::parts; ++part) {
      lower[part] = repeat(differences.lower + 16 * part);
      upper[part] = repeat(differences.upper + 16 * part);
    }
  }
  /// The entries of as many codes as a register has bytes.
  QNN_ALWAYS_INLINE Integers at(Integers codes) const {
    const __m256i sixteen = _mm256_set1_epi8(16);
    __m256i low = codes, high = _mm256_xor_si256(codes, _mm256_set1_epi8(-128)), found = _mm256_setzero_si256();
    QNN_UNROLL for (Index part = 0; part < x86::TableDifferences::parts; ++part) {
      found = _mm256_xor_si256(found, _mm256_shuffle_epi8(lower[part], low));
      found = _mm256_xor_si256(found, _mm256_shuffle_epi8(upper[part], high));
      low = _mm256_subs_epi8(low, sixteen);
      high = _mm256_subs_epi8(high, sixteen);
    }
    return found;
  }
};
/// As many codes as there are channels in a unit.
QNN_ALWAYS_INLINE Integers widen(const std::int8_t* from) {
  return _mm256_cvtepi8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
}
QNN_ALWAYS_INLINE Integers widen(const std::uint8_t* from) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
}
QNN_ALWAYS_INLINE Integers widen(const std::int16_t* from) {
  return _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

/// What turns scaled sums into codes, 32 at a time: saturated to 16 bits, shifted by the zero point, saturated to 8
/// bits and clamped. Neither saturation changes what is within the range of the codes.
template <class Code>
struct FourToOne {
  __m256i zero_point, lowest, highest;
  /// @param range  has the members zero_point, lowest and highest: an Output or a SumJob
  template <class Range>
  QNN_ALWAYS_INLINE explicit FourToOne(const Range& range)
      : zero_point(_mm256_set1_epi16(static_cast<std::int16_t>(range.zero_point))),
        lowest(_mm256_set1_epi8(static_cast<char>(range.lowest))),
        highest(_mm256_set1_epi8(static_cast<char>(range.highest))) {}
  QNN_ALWAYS_INLINE void store(Integers a, Integers b, Integers c, Integers d, Code* to) const {
    const __m256i first = _mm256_adds_epi16(_mm256_packs_epi32(a, b), zero_point);
    const __m256i second = _mm256_adds_epi16(_mm256_packs_epi32(c, d), zero_point);
    __m256i codes;
    if constexpr (std::is_signed_v<Code>) {
      codes = _mm256_min_epi8(_mm256_max_epi8(_mm256_packs_epi16(first, second), lowest), highest);
    } else {
      codes = _mm256_min_epu8(_mm256_max_epu8(_mm256_packus_epi16(first, second), lowest), highest);
    }
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm256_permutevar8x32_epi32(codes, order));
  }
};

// 16-bit products: 12 sums of low and high halves, a weight and 2 inputs.
inline constexpr Index word_units = 1;
constexpr Index word_rows(Index /*units*/) { return 6; }
constexpr Index pooled_word_rows(Index /*units*/) { return 4; }

/// g++ would rather read a weight from memory again for each row: the empty statement makes it a number of its own.
QNN_ALWAYS_INLINE Integers load_words(const std::int8_t* from) {
  Integers weights = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  asm("" : "+x"(weights));
  return weights;
}
/// Two 16-bit numbers of a row, as often as there are channels.
QNN_ALWAYS_INLINE Integers splat_words(const std::uint8_t* from) {
  std::int32_t two;
  std::memcpy(&two, from, sizeof two);
  return _mm256_set1_epi32(two);
}
/// to = base + 2^Bits high + low
template <int Bits>
QNN_ALWAYS_INLINE void add_wide(const std::int64_t* base, Integers high, Integers low, std::int64_t* to) {
  const auto* const from = reinterpret_cast<const __m256i*>(base);
  auto* const sums = reinterpret_cast<__m256i*>(to);
  const __m256i first = _mm256_add_epi64(_mm256_slli_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(high)), Bits),
                                         _mm256_cvtepi32_epi64(_mm256_castsi256_si128(low)));
  const __m256i second =
      _mm256_add_epi64(_mm256_slli_epi64(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(high, 1)), Bits),
                       _mm256_cvtepi32_epi64(_mm256_extracti128_si256(low, 1)));
  _mm256_storeu_si256(sums, _mm256_add_epi64(_mm256_loadu_si256(from), first));
  _mm256_storeu_si256(sums + 1, _mm256_add_epi64(_mm256_loadu_si256(from + 1), second));
}
QNN_ALWAYS_INLINE __m256i widen_words(const std::int32_t* from) {
  return _mm256_cvtepi32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
/// Turns sums of a unit into 16-bit codes.
template <class Policy>
struct FinishWords : vector::FinishEach<Policy> {};
/// With sum = 2^32 upper + lower and exponent = shift - 32 >= 1, the product's bits above 2^32 are
/// h = upper * mantissa + floor(lower * mantissa / 2^32), and rounding adds 2^(exponent-1) to them. There is no
/// arithmetic shift of 64 bits: with 2^63 added a logical one does, and what became of the 2^63 is subtracted.
template <>
struct FinishWords<IntegerMultiplier> {
  const vector::Output<std::int64_t>& output;
  Index first;

  void operator()(const std::int64_t* sums, std::int16_t* to, Index count) const {
    const __m256i one = _mm256_set1_epi64x(1), sign = _mm256_set1_epi64x(std::numeric_limits<std::int64_t>::min());
    const __m256i zero_point = _mm256_set1_epi64x(output.zero_point);
    const __m256i lowest = _mm256_set1_epi64x(output.lowest), highest = _mm256_set1_epi64x(output.highest);
    const __m256i lower_words = _mm256_set_epi32(6, 4, 2, 0, 6, 4, 2, 0);
    for (Index i = 0; i < count; i += 4) {
      const __m256i sum = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sums + i));
      const __m256i mantissa = widen_words(output.mantissa + first + i);
      const __m256i exponent = widen_words(output.exponent + first + i);
      const __m256i upper = _mm256_mul_epi32(_mm256_srli_epi64(sum, 32), mantissa);
      const __m256i lower = _mm256_srli_epi64(_mm256_mul_epu32(sum, mantissa), 32);
      const __m256i half = _mm256_sllv_epi64(one, _mm256_sub_epi64(exponent, one));
      const __m256i raised = _mm256_xor_si256(_mm256_add_epi64(_mm256_add_epi64(upper, lower), half), sign);
      const __m256i scaled = _mm256_sub_epi64(_mm256_srlv_epi64(raised, exponent), _mm256_srlv_epi64(sign, exponent));
      const __m256i shifted = _mm256_add_epi64(scaled, zero_point);
      const __m256i above = _mm256_blendv_epi8(shifted, lowest, _mm256_cmpgt_epi64(lowest, shifted));
      const __m256i code = _mm256_blendv_epi8(above, highest, _mm256_cmpgt_epi64(above, highest));
      const __m128i words = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(code, lower_words));
      const __m128i codes = _mm_packs_epi32(words, words);
      if (count - i >= 4) {
        std::memcpy(to + i, &codes, 4 * sizeof(std::int16_t));
      } else {
        std::memcpy(to + i, &codes, static_cast<std::size_t>(count - i) * sizeof(std::int16_t));
      }
    }
  }
};

/// One sum for each channel, of products of four neighbouring bytes.
namespace sums_of_four {

using Weights = __m256i;
using Sums = __m256i;
using Inputs = __m256i;

QNN_ALWAYS_INLINE Sums no_sums() { return _mm256_setzero_si256(); }
/// Sums that begin with the bias of their channels.
QNN_ALWAYS_INLINE Sums start(const std::int32_t* bias) { return load(bias); }
QNN_ALWAYS_INLINE Sums join(Sums a, Sums b) { return _mm256_add_epi32(a, b); }
QNN_ALWAYS_INLINE Integers total(Sums sums) { return sums; }
/// Four bytes of a row, as often as there are channels.
QNN_ALWAYS_INLINE Inputs load_inputs(const std::uint8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return _mm256_set1_epi32(four);
}

}  // namespace sums_of_four

}  // namespace qnn::kernels::registers256
QNN_TARGET_END

#endif
