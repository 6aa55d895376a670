// SPDX-License-Identifier: MIT
/// @file
/// Narrow codes with a multiplier for each group (PerGroup): how multipliers are held and chosen, and the integers that
/// kernels multiply with.
///
/// Let w be the weights of a group and c the highest code, 7 or 1. By itself the group would have the scale
/// s_g = max|w| / c. The scale of the channel is that of its coarsest group over the largest multiplier, and every
/// group takes the smallest multiple of it that reaches its own:
///
///     s = max_g s_g / 15,     m_g = ceil(s_g / s), at least 1,     code = round_half_even(w / (s m_g))
///
/// No weight is clipped, and a group's step s m_g is less than s_g + s: rounding up costs at most 1/15 of the coarsest
/// group's step. s is max|w| of the channel over 15 c, as if it had the codes -15 c..15 c: where a bias or a policy
/// asks for a coarser s, the multipliers become smaller.
#pragma once

#include "qnn/numeric/saturating.hpp"
#include "qnn/scheme/code_storage.hpp"
#include "qnn/scheme/granularity.hpp"
#include "qnn/scheme/symmetric.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace qnn {

/// The multiplier of a group, 1..15, as it is held: in half a byte.
class GroupMultiplier {
 public:
  static constexpr int bits = 4;
  constexpr GroupMultiplier() = default;
  /// The lowest bits of the number.
  constexpr explicit GroupMultiplier(std::int64_t number) : value_(static_cast<std::int8_t>(number & 15)) {}
  constexpr operator std::int8_t() const { return value_; }

 private:
  std::int8_t value_ = 1;
};

/// The multipliers of all groups of a tensor, channel by channel, two in a byte; spare bits of the last byte are 0.
using MultiplierSpan = NarrowSpan<GroupMultiplier, std::uint8_t>;
using ConstMultiplierSpan = NarrowSpan<GroupMultiplier, const std::uint8_t>;
/// What a tensor without groups has of them.
struct NoMultipliers {
  friend constexpr bool operator==(NoMultipliers, NoMultipliers) = default;
};

/// The smallest multiplier with which codes reach `magnitude`, but for the rounding of scales; else the largest one.
constexpr std::int32_t covering_multiplier(float magnitude, float scale, CodeRange codes) {
  constexpr std::int32_t largest = PerGroup<1>::largest_multiplier;
  const float reached = magnitude * (1.0f - 0x1p-20f);
  std::int32_t multiplier = 1;
  while (multiplier < largest && static_cast<float>(multiplier * codes.highest) * scale < reached) {
    ++multiplier;
  }
  return multiplier;
}

/// Calls body(weights) for each group of a channel; the last one may have less than `size`.
template <class T, class Body>
constexpr void for_each_group(std::span<T> channel, Index size, Body&& body) {
  while (!channel.empty()) {
    const std::size_t count = std::min(channel.size(), static_cast<std::size_t>(size));
    body(channel.first(count));
    channel = channel.subspan(count);
  }
}

/// The weights of one channel to codes and multipliers. @param choose  gives the multiplier for the weights of a group
template <class Code, class Choose>
constexpr void quantize_groups(std::span<const float> channel, Index size, float scale, CodeRange codes,
                               NarrowPointer<Code, std::uint8_t> to,
                               NarrowPointer<GroupMultiplier, std::uint8_t> multipliers, Choose&& choose) {
  for_each_group(channel, size, [&](std::span<const float> group) {
    const std::int32_t multiplier = choose(group);
    *multipliers++ = GroupMultiplier(multiplier);
    const Symmetric::Parameters own{scale * static_cast<float>(multiplier)};
    for (const float weight : group) {
      *to++ = quantize_value<Code>(weight, own, codes);
    }
  });
}

/// To the integers m * code of weights of which `Size` share a multiplier.
template <class Code, Index Size>
class GroupedPointer : public SteppingPointer<GroupedPointer<Code, Size>> {
  static_assert(narrow_range<Code>.highest * PerGroup<Size>::largest_multiplier <= 127, "integers are those of int8");

 public:
  using value_type = std::int8_t;
  using reference = std::int8_t;
  using Codes = NarrowPointer<Code, const std::uint8_t>;
  using Multipliers = NarrowPointer<GroupMultiplier, const std::uint8_t>;

  constexpr GroupedPointer() = default;
  /// To the first of them. @param fan_in weights of a channel
  constexpr GroupedPointer(Codes codes, Multipliers multipliers, Index fan_in)
      : codes_(codes), multipliers_(multipliers), fan_in_(fan_in) {}

  constexpr std::int8_t operator[](Index i) const {
    const Index at = this->at_ + i;
    return static_cast<std::int8_t>(codes_[at] * multiplier(at));
  }
  /// `count` integers from here on, in less time than one by one.
  constexpr void copy(Index count, std::int8_t* to) const {
    for (Index at = this->at_, left = count; left > 0;) {
      const Index position = at % fan_in_;
      const Index run = std::min({left, Size - position % Size, fan_in_ - position});
      const std::int32_t factor = multiplier(at);
      to = std::transform(codes_ + at, codes_ + (at + run), to,
                          [&](std::int8_t code) { return static_cast<std::int8_t>(code * factor); });
      at += run;
      left -= run;
    }
  }

 private:
  constexpr std::int32_t multiplier(Index at) const {
    return multipliers_[at / fan_in_ * PerGroup<Size>::multipliers(fan_in_) + at % fan_in_ / Size];
  }

  Codes codes_;
  Multipliers multipliers_;
  Index fan_in_ = 1;
};

}  // namespace qnn
