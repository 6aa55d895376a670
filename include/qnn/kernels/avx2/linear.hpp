// SPDX-License-Identifier: MIT
/// @file
/// Linear layers by AVX2: pairs of 8-bit codes widened to 16 bits, multiplied and added in 32 (`vpmaddwd`).
/// The 8-bit instruction (`vpmaddubsw`) is faster, but two products may need 17 bits, and it saturates. Codes up to
/// 127, which is what a ReLU leaves of symmetric ones, make at most 2 * 127 * 128 < 2^15: they are multiplied by it
/// (namespace seven_bit).
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_X86_KERNELS

#include "qnn/core/contract.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/depthwise_job.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/kernels/vector/operands.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/kernels/vector/pool_job.hpp"
#include "qnn/kernels/vector/sum_job.hpp"
#include "qnn/kernels/x86/interleaving256.hpp"
#include "qnn/kernels/x86/registers256.hpp"
#include "qnn/numeric/rounding.hpp"
#include "qnn/scheme/requantize.hpp"

#include <immintrin.h>
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>

QNN_TARGET_BEGIN("avx2")
namespace qnn::kernels::avx2 {

using Isa = isa::Avx2;

using namespace registers256;
using interleaving256::interleave, interleaving256::interleaved;

/// Four bytes of a channel make two sums of pairs, so that a unit needs two registers.
struct Weights {
  __m256i low, high;
};
using Sums = Weights;
using Inputs = __m256i;
/// 12 sums, 2 weights, an input and a product fill the 16 registers.
inline constexpr Index tile_units = 1;
inline constexpr Index input_bytes = Isa::input_bytes;
constexpr Index tile_rows(Index /*units*/) { return 6; }
constexpr Index pooled_tile_rows(Index /*units*/) { return 4; }

QNN_ALWAYS_INLINE Sums no_sums() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
/// Sums that begin with the bias of their channels.
QNN_ALWAYS_INLINE Sums start(const std::int32_t* bias) {
  const auto* const halves = reinterpret_cast<const __m128i*>(bias);
  return {_mm256_cvtepu32_epi64(_mm_loadu_si128(halves)), _mm256_cvtepu32_epi64(_mm_loadu_si128(halves + 1))};
}
QNN_ALWAYS_INLINE Sums join(Sums a, Sums b) {
  return {_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)};
}
QNN_ALWAYS_INLINE Integers total(Sums sums) {
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(sums.low, sums.high), 0b11'01'10'00);
}
/// Four codes of a row, widened already, as often as there are channels.
QNN_ALWAYS_INLINE Inputs load_inputs(const std::uint8_t* from) {
  std::int64_t four;
  std::memcpy(&four, from, sizeof four);
  return _mm256_set1_epi64x(four);
}
QNN_ALWAYS_INLINE Weights load_weights(const std::int8_t* from) {
  const auto* const halves = reinterpret_cast<const __m128i*>(from);
  return {_mm256_cvtepi8_epi16(_mm_loadu_si128(halves)), _mm256_cvtepi8_epi16(_mm_loadu_si128(halves + 1))};
}
QNN_ALWAYS_INLINE Integers add_word_products(Integers sums, Integers x, Integers w) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(x, w));
}
QNN_ALWAYS_INLINE Sums add_products(Sums sums, Inputs x, Weights w) {
  return {_mm256_add_epi32(sums.low, _mm256_madd_epi16(x, w.low)),
          _mm256_add_epi32(sums.high, _mm256_madd_epi16(x, w.high))};
}
/// The same where inputs are those of each channel: of a unit, in the order of its weights.
QNN_ALWAYS_INLINE Sums add_channel_products(Sums sums, const std::uint8_t* x, Weights w) {
  const auto* const halves = reinterpret_cast<const __m128i*>(x);
  return {_mm256_add_epi32(sums.low, _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_loadu_si128(halves)), w.low)),
          _mm256_add_epi32(sums.high, _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_loadu_si128(halves + 1)), w.high))};
}

namespace seven_bit {

using sums_of_four::Inputs, sums_of_four::Sums, sums_of_four::Weights;
using sums_of_four::join, sums_of_four::load_inputs, sums_of_four::no_sums, sums_of_four::start, sums_of_four::total;
/// 12 sums, an input, ones, and a product fill the 16 registers; weights are read from memory.
inline constexpr Index tile_units = 2;
inline constexpr Index input_bytes = 1;

QNN_ALWAYS_INLINE Weights load_weights(const std::int8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
/// @pre inputs from 0 to 127
QNN_ALWAYS_INLINE Sums add_products(Sums sums, Inputs x, Weights w) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(x, w), _mm256_set1_epi16(1)));
}

#include "qnn/kernels/vector/accumulate.inl"

}  // namespace seven_bit
using SevenBitTiles = seven_bit::ByteTiles;

#include "qnn/kernels/vector/linear.inl"

}  // namespace qnn::kernels::avx2
QNN_TARGET_END

#endif
