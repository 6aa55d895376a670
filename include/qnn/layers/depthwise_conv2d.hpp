// SPDX-License-Identifier: MIT
/// @file
/// DepthwiseConv2d: each channel is convolved by itself.
#pragma once

#include "qnn/layers/conv2d.hpp"

#include <string>
#include <type_traits>

namespace qnn {

namespace detail {

/// Checks the options of a depthwise convolution; a type of its own so that clang does not drop the layer with it.
template <class... Options>
struct DepthwiseOptions {
  static constexpr int kernels_given = count_pair_option<Kernel, Options...>;
  static constexpr int strides_given = count_pair_option<Stride, Options...>;
  static constexpr int dilations_given = count_pair_option<Dilation, Options...>;
  static constexpr int paddings_given =
      count_pair_option<Padding, Options...> + count_option<Same, Options...> + count_option<Valid, Options...>;
  static constexpr int multipliers_given = (0 + ... + int{is_multiplier_option<Options>});
  static constexpr int no_biases_given = count_option<NoBias, Options...>;
  static_assert(kernels_given == 1, "qnn::DepthwiseConv2d: name one Kernel, as in DepthwiseConv2d<Kernel<3>>");
  static constexpr bool once = strides_given <= 1 && dilations_given <= 1 && paddings_given <= 1 &&
                               multipliers_given <= 1 && no_biases_given <= 1;
  static_assert(once, "qnn::DepthwiseConv2d: each kind of option at most once");
  static constexpr bool known =
      kernels_given + strides_given + dilations_given + paddings_given + multipliers_given + no_biases_given ==
      static_cast<int>(sizeof...(Options));
  static_assert(known,
                "qnn::DepthwiseConv2d: options are Kernel, Stride, Dilation, Padding, Same, Valid, Multiplier, NoBias");
};

}  // namespace detail

/// y[r, c, k N + m] = b_kN+m + sum_ij w[k N + m, i, j] x[r s - top + i d, c s - left + j d, k] for m = 0..N-1: a Conv2d
/// with as many groups as channels, which it takes from its input. What Conv2d is at a precision, it is, too.
///
/// Weights (C N, kernel_height, kernel_width, 1), bias (C N) for C input channels. Options, in any order: `Kernel<3>`
/// (required), `Stride<2>`, `Same` | `Valid` (default) | `Padding<1>`, `Dilation<2>`, `Multiplier<N>` (default 1),
/// `NoBias`. O(out_pixels * C * N * kernel_height * kernel_width) for each image.
/// Source: Howard et al., "MobileNets", 2017.
template <class... Options>
struct DepthwiseConv2d {
  static constexpr detail::DepthwiseOptions<Options...> checked_options{};

  static constexpr auto name = "DepthwiseConv2d";
  static constexpr Index multiplier = multiplier_option<Options...>;
  static constexpr bool has_bias = count_option<NoBias, Options...> == 0;
  static constexpr bool is_linear = true;
  using accepts = rules<rule::input_is_image, rule::window_fits_the_padded_image>;

 private:
  /// Options in one order, so that those of two layers in different orders are one convolution.
  template <Index Channels, class... Bias>
  using convolution_of =
      Conv2d<Channels * multiplier, pair_option<Kernel<1>, Kernel, Options...>,
             pair_option<Stride<1>, Stride, Options...>, pair_option<Dilation<1>, Dilation, Options...>,
             std::conditional_t<count_option<Same, Options...> == 1, Same, pair_option<Valid, Padding, Options...>>,
             Groups<Channels>, Bias...>;

 public:
  /// The convolution that it is for inputs of shape `In`.
  template <class In>
  using convolution = std::conditional_t<has_bias, convolution_of<ImageShape<In>::channels>,
                                         convolution_of<ImageShape<In>::channels, NoBias>>;
  template <class In>
  using window = typename convolution<In>::template window<In>;
  template <class In>
  using output = typename convolution<In>::template output<In>;

  /// Its options in words, for tables and fingerprints.
  template <class In>
  static std::string details() {
    return window<In>::shape.text() + ", multiplier " + std::to_string(multiplier);
  }

  template <class P, class In>
  using at = typename convolution<In>::template at<P, In>;
};

}  // namespace qnn
