// SPDX-License-Identifier: MIT
/// @file
/// Linear layers by what every AArch64 has: products of 8 bits widened to 16 (`smull`), added in pairs to sums of 32
/// (`sadalp`). A product has at most 2^14, but two of them may need 17 bits: none are added in 16.
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

namespace qnn::kernels::neon {

using Isa = isa::Neon;

#include "qnn/kernels/arm/registers128.inl"

using Inputs = int8x16_t;
/// Four bytes of a channel make two sums of pairs, so that a unit needs two registers.
struct Sums {
  int32x4_t low, high;
};
/// 24 sums, 2 weights, an input and the products on their way fill the 32 registers.
inline constexpr Index tile_units = 2;
inline constexpr Index input_bytes = Isa::input_bytes;
constexpr Index tile_rows(Index /*units*/) { return 6; }
constexpr Index pooled_tile_rows(Index /*units*/) { return 4; }

QNN_ALWAYS_INLINE Sums no_sums() { return {vdupq_n_s32(0), vdupq_n_s32(0)}; }
/// Sums that begin with the bias of their channels.
QNN_ALWAYS_INLINE Sums start(const std::int32_t* bias) {
  const Integers all = load(bias), none = splat(0);
  return {vzip1q_s32(all, none), vzip2q_s32(all, none)};
}
QNN_ALWAYS_INLINE Sums join(Sums a, Sums b) { return {vaddq_s32(a.low, b.low), vaddq_s32(a.high, b.high)}; }
QNN_ALWAYS_INLINE Integers total(Sums sums) { return vpaddq_s32(sums.low, sums.high); }
/// Four bytes of a row, as often as there are channels.
QNN_ALWAYS_INLINE Inputs load_inputs(const std::uint8_t* from) {
  std::int32_t four;
  std::memcpy(&four, from, sizeof four);
  return vreinterpretq_s8_s32(vdupq_n_s32(four));
}
QNN_ALWAYS_INLINE Sums add_products(Sums sums, Inputs x, Weights w) {
  return {vpadalq_s16(sums.low, vmull_s8(vget_low_s8(x), vget_low_s8(w))), vpadalq_s16(sums.high, vmull_high_s8(x, w))};
}
/// The same where inputs are those of each channel: of a unit, in the order of its weights.
QNN_ALWAYS_INLINE Sums add_channel_products(Sums sums, const std::uint8_t* x, Weights w) {
  return add_products(sums, vreinterpretq_s8_u8(vld1q_u8(x)), w);
}

/// Codes of seven bits need no tiles of their own.
struct ByteTiles;
using SevenBitTiles = ByteTiles;

#include "qnn/kernels/vector/linear.inl"

}  // namespace qnn::kernels::neon

#endif
