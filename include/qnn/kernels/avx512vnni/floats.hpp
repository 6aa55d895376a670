// SPDX-License-Identifier: MIT
/// @file
/// Float kernels by AVX-512: 16 products and sums in one instruction.
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_X86_KERNELS

#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/depthwise_floats.hpp"
#include "qnn/kernels/vector/pooling.hpp"
#include "qnn/kernels/vector/product.hpp"

#include <immintrin.h>
#include <algorithm>
#include <limits>
#include <type_traits>

QNN_TARGET_BEGIN("avx512f,avx512bw,avx512dq,avx512vl,fma")
namespace qnn::kernels::avx512vnni::floats {

using Isa = isa::Avx512Vnni;

using Floats = __m512;
inline constexpr Index unit = 16;
/// 28 sums, two units of a panel and the number that is multiplied with them fill 31 of the 32 registers.
inline constexpr Index tile_rows = 14;
/// Rows of the right matrix that four rows of the left one are multiplied with at once.
inline constexpr Index dot_columns = 4;

QNN_ALWAYS_INLINE __mmask16 first(Index count) { return static_cast<__mmask16>((1u << count) - 1u); }

QNN_ALWAYS_INLINE Floats zeros() { return _mm512_setzero_ps(); }
QNN_ALWAYS_INLINE Floats splat(const float* from) { return _mm512_set1_ps(*from); }
QNN_ALWAYS_INLINE Floats splat(float value) { return _mm512_set1_ps(value); }
QNN_ALWAYS_INLINE Floats load(const float* from) { return _mm512_loadu_ps(from); }
/// `count` floats, fewer than a unit, and zeros.
QNN_ALWAYS_INLINE Floats load_part(const float* from, Index count) { return _mm512_maskz_loadu_ps(first(count), from); }
QNN_ALWAYS_INLINE void store(float* to, Floats values) { _mm512_storeu_ps(to, values); }
QNN_ALWAYS_INLINE void store_part(float* to, Floats values, Index count) {
  _mm512_mask_storeu_ps(to, first(count), values);
}
QNN_ALWAYS_INLINE Floats lowest() { return _mm512_set1_ps(-std::numeric_limits<float>::infinity()); }
/// The larger of the two; a NaN, once there, stays.
QNN_ALWAYS_INLINE Floats larger(Floats a, Floats b) {
  return _mm512_mask_mov_ps(_mm512_max_ps(b, a), _mm512_cmp_ps_mask(b, b, _CMP_UNORD_Q), b);
}
/// min(max(a, low), high); a NaN passes on.
QNN_ALWAYS_INLINE Floats clamp(Floats a, Floats low, Floats high) { return _mm512_min_ps(high, _mm512_max_ps(low, a)); }
/// `values` where a = b, else 0; and where not.
QNN_ALWAYS_INLINE Floats where_equal(Floats a, Floats b, Floats values) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ), values);
}
QNN_ALWAYS_INLINE Floats where_different(Floats a, Floats b, Floats values) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ), values);
}
QNN_ALWAYS_INLINE Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
/// a b + c
QNN_ALWAYS_INLINE Floats multiply_add(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }

/// The totals of eight registers.
QNN_ALWAYS_INLINE void total_of_eight(const Floats* sums, float* to) {
  __m256 half[8];
  QNN_UNROLL for (int i = 0; i < 8; ++i) {
    half[i] = _mm256_add_ps(_mm512_castps512_ps256(sums[i]), _mm512_extractf32x8_ps(sums[i], 1));
  }
  const __m256 a = _mm256_hadd_ps(_mm256_hadd_ps(half[0], half[1]), _mm256_hadd_ps(half[2], half[3]));
  const __m256 b = _mm256_hadd_ps(_mm256_hadd_ps(half[4], half[5]), _mm256_hadd_ps(half[6], half[7]));
  _mm256_storeu_ps(to, _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31)));
}

/// The lower, and the upper two floats of each quarter of a and b in turn. A mask of all lanes costs nothing; without
/// one g++ 12 warns of its own header (GCC bug 105593).
QNN_ALWAYS_INLINE __m512 interleave_lower(__m512 a, __m512 b) { return _mm512_maskz_unpacklo_ps(0xFFFF, a, b); }
QNN_ALWAYS_INLINE __m512 interleave_upper(__m512 a, __m512 b) { return _mm512_maskz_unpackhi_ps(0xFFFF, a, b); }

/// The transpose of 16 x 16 floats, whose rows begin `step` apart. Quarters of rows are gathered first: row r of the
/// quarter is followed by rows r + 4, r + 8 and r + 12. Then 4 x 4 floats at a time change places within their quarter.
template <Index ToStep>
QNN_NOINLINE void transpose(const float* from, Index step, float* to) {
  QNN_UNROLL for (Index quarter = 0; quarter < 4; ++quarter) {
    __m512 rows[4];
    QNN_UNROLL for (Index r = 0; r < 4; ++r) {
      const float* const row = from + r * step + 4 * quarter;
      __m512 four = _mm512_castps128_ps512(_mm_loadu_ps(row));
      four = _mm512_mask_broadcast_f32x4(four, 0x00F0, _mm_loadu_ps(row + 4 * step));
      four = _mm512_mask_broadcast_f32x4(four, 0x0F00, _mm_loadu_ps(row + 8 * step));
      rows[r] = _mm512_mask_broadcast_f32x4(four, 0xF000, _mm_loadu_ps(row + 12 * step));
    }
    const __m512 a = interleave_lower(rows[0], rows[1]), b = interleave_upper(rows[0], rows[1]);
    const __m512 c = interleave_lower(rows[2], rows[3]), d = interleave_upper(rows[2], rows[3]);
    float* const target = to + 4 * quarter * ToStep;
    store(target, _mm512_shuffle_ps(a, c, 0b01'00'01'00));
    store(target + ToStep, _mm512_shuffle_ps(a, c, 0b11'10'11'10));
    store(target + 2 * ToStep, _mm512_shuffle_ps(b, d, 0b01'00'01'00));
    store(target + 3 * ToStep, _mm512_shuffle_ps(b, d, 0b11'10'11'10));
  }
}

#include "qnn/kernels/vector/units.inl"  // first: the others use it

#include "qnn/kernels/vector/depthwise_floats.inl"
#include "qnn/kernels/vector/pooling.inl"
#include "qnn/kernels/vector/product.inl"

}  // namespace qnn::kernels::avx512vnni::floats
QNN_TARGET_END

#endif
