// SPDX-License-Identifier: MIT
/// @file
/// Conv1d: a convolution along one axis, of time series and the like.
#pragma once

#include "qnn/layers/conv2d.hpp"
#include "qnn/layers/sequence.hpp"

#include <string>
#include <type_traits>

namespace qnn {

/// y[t, o] = b_o + sum_jk w[o, 0, j, k] x[t s - left + j d, k], zeros outside the sequence: a Conv2d over images of one
/// row. Inputs are (length, channels).
///
/// Weights (out, 1, kernel, in / groups), bias (out). Options, in any order: `Kernel<3>` (required), `Stride<2>`,
/// `Same` | `Valid` (default) | `Padding<1>`, `Dilation<2>`, `Groups<4>`, `NoBias`.
/// O(out_length * Channels * kernel * in / groups) for each sequence.
template <Index Channels, class... Options>
struct Conv1d {
  static_assert(Channels > 0, "qnn::Conv1d: the number of output channels must be positive");
  static constexpr detail::SequenceOptions<detail::ConvolutionOptions, Options...> checked_options{};

  static constexpr auto name = "Conv1d";
  static constexpr Index channels = Channels;
  static constexpr Index groups = groups_option<Options...>;
  static constexpr bool has_bias = count_option<NoBias, Options...> == 0;
  static constexpr bool is_linear = true;

 private:
  template <class... Bias>
  using convolution_of = Conv2d<Channels, Kernel<1, pair_option<Kernel<1>, Kernel, Options...>::width>,
                                Stride<1, pair_option<Stride<1>, Stride, Options...>::width>,
                                Dilation<1, pair_option<Dilation<1>, Dilation, Options...>::width>,
                                detail::sequence_padding<Options...>, Groups<groups>, Bias...>;

 public:
  /// The convolution that it is over images of one row.
  using convolution = std::conditional_t<has_bias, convolution_of<>, convolution_of<NoBias>>;

  using accepts =
      rules<rule::input_is_sequence, rule::window_fits_the_padded_sequence, rule::groups_divide_the_channels>;
  template <class In>
  using window = typename convolution::template window<detail::image_of<In>>;
  template <class In>
  using output = Shape<window<In>::out_width, Channels>;

  /// Its options in words, for tables and fingerprints.
  template <class In>
  static std::string details() {
    return window<In>::shape.text() + ", groups " + std::to_string(groups);
  }

  template <class P, class In>
  struct at;

  /// Float machine: that of the convolution, on the same memory.
  template <class In>
  struct at<Float32, In> : convolution::template at<Float32, detail::image_of<In>> {
    using Machine = typename convolution::template at<Float32, detail::image_of<In>>;
    using Out = output<In>;
    static void forward(const float* values, Batch<const float, In> x, Batch<float, Out> y, float* memory,
                        Clamp clamp = {}) {
      Machine::forward(values, detail::as_images(x), detail::as_images(y), memory, clamp);
    }
    static void backward(const BackwardPass<In, Out>& pass) {
      Machine::backward({.parameters = pass.parameters,
                         .x = detail::as_images(pass.x),
                         .y = detail::as_images(pass.y),
                         .dy = detail::as_images(pass.dy),
                         .dx = detail::as_images(pass.dx),
                         .gradients = pass.gradients,
                         .scratch = pass.scratch,
                         .step = pass.step});
    }
  };

  /// Integer machine: that of the convolution, on the same memory.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : convolution::template at<P, detail::image_of<In>> {
    using Machine = typename convolution::template at<P, detail::image_of<In>>;
    using Code = typename P::activation;
    constexpr void forward(Batch<const Code, In> x, Batch<Code, output<In>> y, Code* memory) const {
      Machine::forward(detail::as_images(x), detail::as_images(y), memory);
    }
  };

  /// Machine of reals with integer products: that of the convolution, on the same memory.
  template <QuantizedPrecision P, class In>
  struct at<DynamicLayer<P>, In> : convolution::template at<DynamicLayer<P>, detail::image_of<In>> {
    using Machine = typename convolution::template at<DynamicLayer<P>, detail::image_of<In>>;
    using Code = typename P::activation;
    void forward(Batch<const float, In> x, Batch<float, output<In>> y, Code* codes, Clamp clamp) const {
      Machine::forward(detail::as_images(x), detail::as_images(y), codes, clamp);
    }
  };
};

}  // namespace qnn
