// SPDX-License-Identifier: MIT
/// @file
/// How many scales one tensor has.
#pragma once

#include "qnn/core/shape.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace qnn {

namespace detail {

/// `before`, the number in decimal, and `after`: text that is a constant, ended by a 0.
template <std::size_t Before, std::size_t After>
constexpr auto text_with_number(const char (&before)[Before], Index number, const char (&after)[After]) {
  constexpr std::size_t most_digits = 20;
  std::array<char, Before + After + most_digits> text{};
  char* const digits = std::copy_n(before, Before - 1, text.data());
  char* end = digits;
  for (; number > 0; number /= 10) {
    *end++ = static_cast<char>('0' + number % 10);
  }
  std::reverse(digits, end);
  std::copy_n(after, After - 1, end);
  return text;
}

}  // namespace detail

/// One scale (and zero point) for the whole tensor.
struct PerTensor {
  static constexpr auto name = "per-tensor";
  /// By what a code may be multiplied, at most: see PerGroup.
  static constexpr std::int32_t largest_multiplier = 1;
  /// Number of parameter sets of a tensor with `channels` output channels.
  static constexpr Index groups(Index /*channels*/) { return 1; }
  /// Which of them channel `channel` uses.
  static constexpr Index group_of(Index /*channel*/) { return 0; }
};

/// One scale for each output channel, the outermost extent of a weight tensor.
struct PerChannel {
  static constexpr auto name = "per-channel";
  static constexpr std::int32_t largest_multiplier = 1;
  static constexpr Index groups(Index channels) { return channels; }
  static constexpr Index group_of(Index channel) { return channel; }
};

/// Two levels, for weights of few bits: one scale for each output channel, and a multiplier m of 1..15 for each group
/// of `Size` inputs of a channel, in the order in which the weights are stored; the last group may be shorter.
///
///     real = scale_channel * m_group * code
///
/// |m * code| is at most 105, so kernels multiply the int8 codes m * code. How scales and multipliers are chosen:
/// grouped_codes.hpp. Source: Dai et al., "VS-Quant: Per-vector scaled quantization for accurate low-precision neural
/// network inference", MLSys 2021.
template <Index Size>
struct PerGroup {
  static_assert(Size > 0, "qnn::PerGroup: a group has at least one weight");
  static constexpr std::int32_t largest_multiplier = 15;
  static constexpr Index groups(Index channels) { return channels; }
  static constexpr Index group_of(Index channel) { return channel; }
  /// Groups of a channel with `fan_in` inputs.
  static constexpr Index multipliers(Index fan_in) { return (fan_in + Size - 1) / Size; }

 private:
  static constexpr auto text = detail::text_with_number("per-group of ", Size, "");

 public:
  static constexpr const char* name = text.data();
};

/// Weights that share a multiplier, or 0 where there are none.
template <class G>
inline constexpr Index group_size = 0;
template <Index Size>
inline constexpr Index group_size<PerGroup<Size>> = Size;
template <class G>
inline constexpr bool is_grouped = group_size<G> > 0;

}  // namespace qnn
