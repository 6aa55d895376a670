// SPDX-License-Identifier: MIT
/// @file
/// MaxPool1d.
#pragma once

#include "qnn/layers/pool2d.hpp"
#include "qnn/layers/sequence.hpp"

#include <string>
#include <type_traits>

namespace qnn {

namespace detail {

/// Checks the options of a one-dimensional pooling; a type of its own so that clang does not drop the layer with it.
template <class... Options>
struct SequencePoolingOptions {
  static constexpr bool single = (is_single<Options> && ...);
  static_assert(single, "qnn: Stride and Padding of sequences are one number each, as in Stride<2>");
  static constexpr PoolingOptions<Options...> checked_options{};
};

}  // namespace detail

/// MaxPool2d over sequences (length, channels): y = the largest of `Size` neighbours; padding does not take part. Keeps
/// scale and codes. Options: `Stride<2>` (default: Size), `Same` | `Valid` | `Padding<1>`.
template <Index Size, class... Options>
struct MaxPool1d {
  static_assert(Size > 0, "qnn::MaxPool1d: the window must be positive");
  static constexpr detail::SequencePoolingOptions<Options...> checked_options{};
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
  struct at;

  /// Float machine; the gradient goes to the first of the largest values.
  template <class In>
  struct at<Float32, In> : NoParameters {
    using Out = output<In>;
    static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, Out> y,
                        float* /*scratch*/) {
      kernels::max_pool2d<window<In>>(detail::as_images(x), detail::as_images(y));
    }
    static void backward(const BackwardPass<In, Out>& pass) {
      if (pass.dx.data() != nullptr) {
        kernels::max_pool2d_backward<window<In>>(detail::as_images(pass.x), detail::as_images(pass.y),
                                                 detail::as_images(pass.dy), detail::as_images(pass.dx));
      }
    }
  };

  /// Integer machine: the largest code is the code of the largest real.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : KeepsParameters<P> {
    using Code = typename P::activation;
    constexpr void forward(Batch<const Code, In> x, Batch<Code, output<In>> y) const {
      kernels::reference::max_pool2d<window<In>>(detail::as_images(x), detail::as_images(y));
    }
  };
};

}  // namespace qnn
