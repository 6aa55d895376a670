// SPDX-License-Identifier: MIT
/// @file
/// Four rows of bytes to one of four bytes each, by AVX2: for all instruction sets of x86.
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_X86_KERNELS

#include "qnn/core/shape.hpp"

#include <immintrin.h>
#include <cstdint>

QNN_TARGET_BEGIN("avx2")
namespace qnn::kernels::interleaving256 {

/// Codes of each row that interleave() takes.
inline constexpr Index interleaved = 32;

/// to[4 i + row] = codes of the four rows, each with the bits `flipped` turned around.
QNN_ALWAYS_INLINE void interleave(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* c,
                                  const std::uint8_t* d, std::uint8_t flipped, std::uint8_t* to) {
  const __m256i turn = _mm256_set1_epi8(static_cast<char>(flipped));
  const auto row = [&](const std::uint8_t* from) {
    return _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)), turn);
  };
  const __m256i first = row(a), second = row(b), third = row(c), fourth = row(d);
  const __m256i upper_low = _mm256_unpacklo_epi8(first, second), upper_high = _mm256_unpackhi_epi8(first, second);
  const __m256i lower_low = _mm256_unpacklo_epi8(third, fourth), lower_high = _mm256_unpackhi_epi8(third, fourth);
  // Codes 0..3 and 16..19, then 4..7 and 20..23, and so on: unpacking stays within halves of a register.
  const __m256i parts[4] = {_mm256_unpacklo_epi16(upper_low, lower_low), _mm256_unpackhi_epi16(upper_low, lower_low),
                            _mm256_unpacklo_epi16(upper_high, lower_high),
                            _mm256_unpackhi_epi16(upper_high, lower_high)};
  auto* const all = reinterpret_cast<__m256i*>(to);
  _mm256_storeu_si256(all, _mm256_permute2x128_si256(parts[0], parts[1], 0x20));
  _mm256_storeu_si256(all + 1, _mm256_permute2x128_si256(parts[2], parts[3], 0x20));
  _mm256_storeu_si256(all + 2, _mm256_permute2x128_si256(parts[0], parts[1], 0x31));
  _mm256_storeu_si256(all + 3, _mm256_permute2x128_si256(parts[2], parts[3], 0x31));
}

}  // namespace qnn::kernels::interleaving256
QNN_TARGET_END

#endif
