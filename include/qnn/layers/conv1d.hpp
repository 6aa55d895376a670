// SPDX-License-Identifier: MIT
/// @file
/// Conv1d: a convolution along one axis, of time series and the like.
#pragma once

#include "qnn/layers/conv2d.hpp"
#include "qnn/layers/sequence.hpp"

#include <string>
#include <type_traits>

namespace qnn {

namespace detail {

/// Whether a pair option, if it is one, was given as one number.
template <class Option>
inline constexpr bool is_single = true;
template <template <Index, Index> class Option, Index Height, Index Width>
inline constexpr bool is_single<Option<Height, Width>> = Height == Width;

/// The one number of a pair option.
template <class Default, template <Index, Index> class Wanted, class... Options>
inline constexpr Index single_option = pair_option<Default, Wanted, Options...>::width;

/// An explicit padding, of columns only; Same and Valid as they are.
template <class Option>
struct ColumnPadding {
  using type = Option;
};
template <Index Height, Index Width>
struct ColumnPadding<Padding<Height, Width>> {
  using type = Padding<0, Width>;
};

/// Checks the options of a one-dimensional convolution; a type of its own so that clang does not drop the layer with it.
template <class... Options>
struct SequenceOptions {
  static constexpr bool single = (is_single<Options> && ...);
  static_assert(single, "qnn::Conv1d: Kernel, Stride, Dilation and Padding are one number each, as in Kernel<3>");
  static constexpr ConvolutionOptions<Options...> checked_options{};
};

}  // namespace detail

/// y[t, o] = b_o + sum_jk w[o, 0, j, k] x[t s - left + j d, k], zeros outside the sequence: a Conv2d over images of one row.
/// Inputs are (length, channels).
///
/// Weights (out, 1, kernel, in / groups), bias (out). Options, in any order: `Kernel<3>` (required), `Stride<2>`,
/// `Same` | `Valid` (default) | `Padding<1>`, `Dilation<2>`, `Groups<4>`, `NoBias`.
/// O(out_length * Channels * kernel * in / groups) for each sequence.
template <Index Channels, class... Options>
struct Conv1d {
  static_assert(Channels > 0, "qnn::Conv1d: the number of output channels must be positive");
  static constexpr detail::SequenceOptions<Options...> checked_options{};

  static constexpr auto name = "Conv1d";
  static constexpr Index channels = Channels;
  static constexpr Index groups = groups_option<Options...>;
  static constexpr bool has_bias = count_option<NoBias, Options...> == 0;
  static constexpr bool is_linear = true;

 private:
  using padding = std::conditional_t<count_option<Same, Options...> == 1, Same, pair_option<Valid, Padding, Options...>>;
  template <class... Bias>
  using convolution_of =
      Conv2d<Channels, Kernel<1, detail::single_option<Kernel<1>, Kernel, Options...>>,
             Stride<1, detail::single_option<Stride<1>, Stride, Options...>>,
             Dilation<1, detail::single_option<Dilation<1>, Dilation, Options...>>,
             typename detail::ColumnPadding<padding>::type, Groups<groups>, Bias...>;

 public:
  /// The convolution that it is over images of one row.
  using convolution = std::conditional_t<has_bias, convolution_of<>, convolution_of<NoBias>>;

  using accepts = rules<rule::input_is_sequence, rule::window_fits_the_padded_sequence,
                        rule::groups_divide_the_channels_of_sequences>;
  template <class In>
  using window = typename convolution::template window<detail::image_of<In>>;
  template <class In>
  using output = Shape<window<In>::out_width, Channels>;

  /// Its options in words, for tables and fingerprints.
  template <class In>
  static std::string details() {
    return window<In>::text() + ", groups " + std::to_string(groups);
  }

  template <class P, class In>
  using at = detail::OverSequences<convolution, P, In>;
};

}  // namespace qnn
