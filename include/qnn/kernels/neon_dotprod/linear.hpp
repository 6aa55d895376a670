// SPDX-License-Identifier: MIT
/// @file
/// Linear layers by the dot products of Armv8.2: 16 products of 8 bits, summed by fours, in one instruction (`sdot`).
#pragma once

#include "qnn/config.hpp"

#if QNN_HAS_ARM_KERNELS

#include "qnn/core/contract.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/depthwise_job.hpp"
#include "qnn/kernels/vector/finish_each.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/kernels/vector/operands.hpp"
#include "qnn/kernels/vector/packed.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/kernels/vector/pool_job.hpp"
#include "qnn/kernels/vector/sum_job.hpp"
#include "qnn/numeric/rounding.hpp"
#include "qnn/scheme/requantize.hpp"

#include <arm_neon.h>
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>

// g++ needs the version as well, since the assembler knows no dot products in the first Armv8; but not a lower one than
// that of the flags.
#if defined(__clang__)
QNN_TARGET_BEGIN("dotprod")
#elif defined(__ARM_FEATURE_DOTPROD)
QNN_TARGET_BEGIN("+dotprod")
#else
QNN_TARGET_BEGIN("arch=armv8.2-a+dotprod")
#endif
namespace qnn::kernels::neon_dotprod {

using Isa = isa::NeonDotprod;

#include "qnn/kernels/arm/registers128.inl"

using Inputs = int8x8_t;
using Sums = int32x4_t;
/// 24 sums, 4 weights and some inputs fill the 32 registers.
inline constexpr Index tile_units = 4;
inline constexpr Index input_bytes = Isa::input_bytes;
constexpr Index tile_rows(Index /*units*/) { return 6; }
constexpr Index pooled_tile_rows(Index /*units*/) { return 4; }

QNN_ALWAYS_INLINE Sums no_sums() { return vdupq_n_s32(0); }
/// Sums that begin with the bias of their channels.
QNN_ALWAYS_INLINE Sums start(const std::int32_t* bias) { return load(bias); }
QNN_ALWAYS_INLINE Sums join(Sums a, Sums b) { return vaddq_s32(a, b); }
QNN_ALWAYS_INLINE Integers total(Sums sums) { return sums; }
/// Four bytes of a row: the instruction takes them for all channels.
QNN_ALWAYS_INLINE Inputs load_inputs(const std::uint8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return vreinterpret_s8_s32(vset_lane_s32(four, vdup_n_s32(0), 0));
}
/// As text: clang++ before 16 has vdotq_s32() only where the flags say that every function may use it.
QNN_ALWAYS_INLINE Sums add_products(Sums sums, Inputs x, Weights w) {
  asm("sdot %0.4s, %1.16b, %2.4b[0]" : "+w"(sums) : "w"(w), "w"(x));
  return sums;
}
/// The same where inputs are those of each channel: of a unit, in the order of its weights.
QNN_ALWAYS_INLINE Sums add_channel_products(Sums sums, const std::uint8_t* x, Weights w) {
  asm("sdot %0.4s, %1.16b, %2.16b" : "+w"(sums) : "w"(w), "w"(vld1q_u8(x)));
  return sums;
}

/// Codes of seven bits need no tiles of their own.
struct ByteTiles;
using SevenBitTiles = ByteTiles;

#include "qnn/kernels/vector/linear.inl"

}  // namespace qnn::kernels::neon_dotprod
QNN_TARGET_END

#endif
