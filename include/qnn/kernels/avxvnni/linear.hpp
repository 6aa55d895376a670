// SPDX-License-Identifier: MIT
/// @file
/// Linear layers by AVX-VNNI: 32 products of 8 bits, summed by fours, in one instruction (`vpdpbusd`, 256 bits).
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

#ifndef QNN_AVXVNNI_TARGET  // a test runs these kernels by the instructions of AVX512-VNNI
#define QNN_AVXVNNI_TARGET "avx2,avxvnni"
#endif
QNN_TARGET_BEGIN(QNN_AVXVNNI_TARGET)
namespace qnn::kernels::avxvnni {

using Isa = isa::AvxVnni;

using namespace registers256;
using interleaving256::interleave, interleaving256::interleaved;

using sums_of_four::Inputs, sums_of_four::Sums, sums_of_four::Weights;
using sums_of_four::join, sums_of_four::load_inputs, sums_of_four::no_sums, sums_of_four::start, sums_of_four::total;
/// 12 sums, 2 weights and an input nearly fill the 16 registers.
inline constexpr Index tile_units = 2;
inline constexpr Index input_bytes = Isa::input_bytes;
constexpr Index tile_rows(Index /*units*/) { return 6; }
constexpr Index pooled_tile_rows(Index /*units*/) { return 4; }

QNN_ALWAYS_INLINE Weights load_weights(const std::int8_t* from) { return load_words(from); }
QNN_ALWAYS_INLINE Integers add_word_products(Integers sums, Integers x, Integers w) {
  return _mm256_dpwssd_avx_epi32(sums, x, w);
}
QNN_ALWAYS_INLINE Sums add_products(Sums sums, Inputs x, Weights w) { return _mm256_dpbusd_avx_epi32(sums, x, w); }
/// The same where inputs are those of each channel: of a unit, in the order of its weights.
QNN_ALWAYS_INLINE Sums add_channel_products(Sums sums, const std::uint8_t* x, Weights w) {
  return add_products(sums, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x)), w);
}

/// Codes of seven bits need no tiles of their own.
struct ByteTiles;
using SevenBitTiles = ByteTiles;

#include "qnn/kernels/vector/linear.inl"

}  // namespace qnn::kernels::avxvnni
QNN_TARGET_END

#endif
