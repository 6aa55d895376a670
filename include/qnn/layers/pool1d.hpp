// SPDX-License-Identifier: MIT
/// @file
/// MaxPool1d.
#pragma once

#include "qnn/layers/pool2d.hpp"
#include "qnn/layers/sequence.hpp"

#include <string>

namespace qnn {

/// MaxPool2d over sequences (length, channels): y = the largest of `Size` neighbours; padding does not take part. Keeps
/// scale and codes. Options: `Stride<2>` (default: Size), `Same` | `Valid` | `Padding<1>`.
template <Index Size, class... Options>
struct MaxPool1d {
  static_assert(Size > 0, "qnn::MaxPool1d: the window must be positive");
  static constexpr detail::SequenceOptions<detail::PoolingOptions, Options...> checked_options{};
  static constexpr auto name = "MaxPool1d";
  static constexpr bool is_homogeneous = true;
  static constexpr bool reads_output = true;

  using accepts =
      rules<rule::input_is_sequence, rule::window_fits_the_padded_sequence, rule::window_reaches_into_the_sequence>;
  template <class In>
  using window =
      Window<detail::image_of<In>, Kernel<1, Size>, Stride<1, pair_option<Stride<Size>, Stride, Options...>::width>,
             Dilation<1>, detail::sequence_padding<Options...>>;
  template <class In>
  using output = Shape<window<In>::out_width, In::extents[1]>;

  /// Its options in words, for tables and fingerprints.
  template <class In>
  static std::string details() {
    return window<In>::shape.text();
  }

  template <class P, class In>
  struct at : detail::MaxPool<P, window<In>, In, output<In>> {};
};

}  // namespace qnn
