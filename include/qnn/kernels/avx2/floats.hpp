// SPDX-License-Identifier: MIT
/// @file
/// Float kernels by AVX2 with FMA: 8 products and sums in one instruction.
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_X86_KERNELS

#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/depthwise_floats.hpp"
#include "qnn/kernels/vector/pooling.hpp"
#include "qnn/kernels/vector/product.hpp"

#include <immintrin.h>
#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

QNN_TARGET_BEGIN("avx2,fma")
namespace qnn::kernels::avx2::floats {

using Isa = isa::Avx2;

using Floats = __m256;
inline constexpr Index unit = 8;
/// 12 sums, two units of a panel and the number that is multiplied with them fill 15 of the 16 registers.
inline constexpr Index tile_rows = 6;
/// Rows of the right matrix that four rows of the left one are multiplied with at once.
inline constexpr Index dot_columns = 2;

QNN_ALWAYS_INLINE Floats zeros() { return _mm256_setzero_ps(); }
QNN_ALWAYS_INLINE Floats splat(const float* from) { return _mm256_broadcast_ss(from); }
QNN_ALWAYS_INLINE Floats splat(float value) { return _mm256_set1_ps(value); }
QNN_ALWAYS_INLINE Floats load(const float* from) { return _mm256_loadu_ps(from); }
QNN_ALWAYS_INLINE __m256i first(Index count) {
  const __m256i position = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<std::int32_t>(count)), position);
}
/// `count` floats, fewer than a unit, and zeros.
QNN_ALWAYS_INLINE Floats load_part(const float* from, Index count) { return _mm256_maskload_ps(from, first(count)); }
QNN_ALWAYS_INLINE void store(float* to, Floats values) { _mm256_storeu_ps(to, values); }
QNN_ALWAYS_INLINE void store_part(float* to, Floats values, Index count) {
  _mm256_maskstore_ps(to, first(count), values);
}
QNN_ALWAYS_INLINE Floats lowest() { return _mm256_set1_ps(-std::numeric_limits<float>::infinity()); }
/// The larger of the two; a NaN, once there, stays.
QNN_ALWAYS_INLINE Floats larger(Floats a, Floats b) {
  return _mm256_blendv_ps(_mm256_max_ps(b, a), b, _mm256_cmp_ps(b, b, _CMP_UNORD_Q));
}
/// min(max(a, low), high); a NaN passes on.
QNN_ALWAYS_INLINE Floats clamp(Floats a, Floats low, Floats high) { return _mm256_min_ps(high, _mm256_max_ps(low, a)); }
/// `values` where a = b, else 0; and where not.
QNN_ALWAYS_INLINE Floats where_equal(Floats a, Floats b, Floats values) {
  return _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_EQ_OQ), values);
}
QNN_ALWAYS_INLINE Floats where_different(Floats a, Floats b, Floats values) {
  return _mm256_andnot_ps(_mm256_cmp_ps(a, b, _CMP_EQ_OQ), values);
}
QNN_ALWAYS_INLINE Floats add(Floats a, Floats b) { return _mm256_add_ps(a, b); }
/// a b + c
QNN_ALWAYS_INLINE Floats multiply_add(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }

/// The totals of eight registers.
QNN_ALWAYS_INLINE void total_of_eight(const Floats* sums, float* to) {
  const __m256 a = _mm256_hadd_ps(_mm256_hadd_ps(sums[0], sums[1]), _mm256_hadd_ps(sums[2], sums[3]));
  const __m256 b = _mm256_hadd_ps(_mm256_hadd_ps(sums[4], sums[5]), _mm256_hadd_ps(sums[6], sums[7]));
  store(to, _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31)));
}

/// The transpose of 8 x 8 floats, whose rows begin `step` apart. Halves of rows are gathered first: row r of the half
/// is followed by row r + 4. Then 4 x 4 floats at a time change places within their half.
template <Index ToStep>
QNN_NOINLINE void transpose(const float* from, Index step, float* to) {
  QNN_UNROLL for (Index half = 0; half < 2; ++half) {
    __m256 rows[4];
    QNN_UNROLL for (Index r = 0; r < 4; ++r) {
      const float* const row = from + r * step + 4 * half;
      rows[r] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(row)), _mm_loadu_ps(row + 4 * step), 1);
    }
    const __m256 a = _mm256_unpacklo_ps(rows[0], rows[1]), b = _mm256_unpackhi_ps(rows[0], rows[1]);
    const __m256 c = _mm256_unpacklo_ps(rows[2], rows[3]), d = _mm256_unpackhi_ps(rows[2], rows[3]);
    float* const target = to + 4 * half * ToStep;
    store(target, _mm256_shuffle_ps(a, c, 0b01'00'01'00));
    store(target + ToStep, _mm256_shuffle_ps(a, c, 0b11'10'11'10));
    store(target + 2 * ToStep, _mm256_shuffle_ps(b, d, 0b01'00'01'00));
    store(target + 3 * ToStep, _mm256_shuffle_ps(b, d, 0b11'10'11'10));
  }
}

#include "qnn/kernels/vector/units.inl"  // first: the others use it

#include "qnn/kernels/vector/depthwise_floats.inl"
#include "qnn/kernels/vector/pooling.inl"
#include "qnn/kernels/vector/product.inl"

}  // namespace qnn::kernels::avx2::floats
QNN_TARGET_END

#endif
