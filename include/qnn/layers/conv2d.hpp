// SPDX-License-Identifier: MIT
/// @file
/// Conv2d: a two-dimensional convolution (cross-correlation, as in every framework) with stride, padding, dilation,
/// groups.
#pragma once

#include "qnn/core/window.hpp"
#include "qnn/kernels/convolution.hpp"
#include "qnn/kernels/gemm.hpp"
#include "qnn/kernels/linear.hpp"
#include "qnn/layers/dynamic_linear.hpp"
#include "qnn/layers/linear.hpp"

#include <string>
#include <type_traits>

namespace qnn {

namespace detail {

/// Checks the options of a convolution. A type of its own, because clang drops a class whose static_assert fails: then
/// the layer would be none, and one mistake two errors.
template <class... Options>
struct ConvolutionOptions {
  static constexpr int kernels_given = count_pair_option<Kernel, Options...>;
  static constexpr int strides_given = count_pair_option<Stride, Options...>;
  static constexpr int dilations_given = count_pair_option<Dilation, Options...>;
  static constexpr int paddings_given =
      count_pair_option<Padding, Options...> + count_option<Same, Options...> + count_option<Valid, Options...>;
  static constexpr int groups_given = (0 + ... + int{is_groups_option<Options>});
  static constexpr int no_biases_given = count_option<NoBias, Options...>;
  static_assert(kernels_given == 1, "qnn::Conv2d: name one Kernel, as in Conv2d<32, Kernel<3>>");
  // Named, since compilers take expressions apart at length.
  static constexpr bool once =
      strides_given <= 1 && dilations_given <= 1 && paddings_given <= 1 && groups_given <= 1 && no_biases_given <= 1;
  static_assert(once, "qnn::Conv2d: each kind of option at most once");
  static constexpr bool known =
      kernels_given + strides_given + dilations_given + paddings_given + groups_given + no_biases_given ==
      static_cast<int>(sizeof...(Options));
  static_assert(known, "qnn::Conv2d: options are Kernel, Stride, Dilation, Padding, Same, Valid, Groups, NoBias");
};

/// Whether `Pooling` takes the largest of each 2 x 2 pixels of an image `Out`.
template <class Pooling, class Out>
inline constexpr bool halves = false;
template <class Pooling, class Out>
  requires requires { requires Pooling::is_max_pool; }
inline constexpr bool halves<Pooling, Out> = [] {
  using W = typename Pooling::template window<Out>;
  return W::kernel_height == 2 && W::kernel_width == 2 && W::stride_height == 2 && W::stride_width == 2 &&
         W::top == 0 && W::left == 0 && W::out_height == W::height / 2 && W::out_width == W::width / 2;
}();

}  // namespace detail

/// y[r, c, o] = b_o + sum_ijk w[o, i, j, k] x[r s - top + i d, c s - left + j d, k], zeros outside the image.
///
/// Weights (out, kernel_height, kernel_width, in / groups), bias (out). Options, in any order: `Kernel<3>` (required),
/// `Stride<2>`, `Same` | `Valid` (default) | `Padding<1>`, `Dilation<2>`, `Groups<4>`, `NoBias`.
/// O(out_pixels * Channels * kernel_height * kernel_width * in / groups) for each image.
template <Index Channels, class... Options>
struct Conv2d {
  static_assert(Channels > 0, "qnn::Conv2d: the number of output channels must be positive");
  static constexpr detail::ConvolutionOptions<Options...> checked_options{};

  static constexpr auto name = "Conv2d";
  static constexpr Index channels = Channels;
  static constexpr Index groups = groups_option<Options...>;
  static constexpr bool has_bias = count_option<NoBias, Options...> == 0;
  static constexpr bool is_linear = true;
  using accepts = rules<rule::input_is_image, rule::window_fits_the_padded_image, rule::groups_divide_the_channels>;

  template <class In>
  using window =
      Window<In, pair_option<Kernel<1>, Kernel, Options...>, pair_option<Stride<1>, Stride, Options...>,
             pair_option<Dilation<1>, Dilation, Options...>,
             std::conditional_t<count_option<Same, Options...> == 1, Same, pair_option<Valid, Padding, Options...>>>;
  template <class In>
  using output = Shape<window<In>::out_height, window<In>::out_width, Channels>;

  /// Its options in words, for tables and fingerprints.
  template <class In>
  QNN_COLD static std::string details() {
    return window<In>::shape.text() + ", groups " + std::to_string(groups);
  }

  template <class P, class In>
  struct at;

 private:
  /// Inputs of a window that lie side by side: its rows, or where it is dilated its pixels.
  template <class W>
  static constexpr Index run_length = (W::dilation_width == 1 ? W::kernel_width : 1) * W::channels;
  /// What vector kernels keep of the weights of a depthwise convolution: nothing of 16-bit ones that they cannot
  /// multiply.
  template <class P, class W>
  using depthwise_packing =
      std::conditional_t<sizeof(typename P::activation) == 1,
                         kernels::vector::PackDepthwise<W::kernel_height, W::kernel_width,
                                                        kernels::vector::pixels_of_block(Channels, W::stride_width)>,
                         std::conditional_t<!P::weights::scheme::has_zero_point &&
                                                W::kernel_height * W::kernel_width <= kernels::vector::most_words,
                                            kernels::vector::PackDepthwiseWords, kernels::vector::PackNothing>>;
  /// The same of any convolution. Groups of one or two outputs would leave most of a register idle.
  template <class P, class W>
  using packing = std::conditional_t<
      groups == 1, kernels::vector::PackRuns<run_length<W>>,
      std::conditional_t<
          groups == W::channels && groups == Channels, depthwise_packing<P, W>,
          std::conditional_t<(Channels / groups > 2), kernels::vector::PackGroups<groups, W::channels / groups>,
                             kernels::vector::PackNothing>>>;
  template <class In, class W = window<In>>
  using weight_shape = Shape<Channels, W::kernel_height, W::kernel_width, W::channels / groups>;
  template <class P, class In>
  using linear_of = QuantizedLinear<P, weight_shape<In>, packing<P, window<In>>>;

 public:
  /// Float machine: windows times weights.
  template <class In>
  struct at<Float32, In> {
    using W = window<In>;
    using Out = output<In>;
    static constexpr Index group_inputs = W::channels / groups, group_outputs = Channels / groups;
    static constexpr Index fan_in = W::kernel_height * W::kernel_width * group_inputs;
    static constexpr ParameterInfo weight{"weight",
                                          {Channels, W::kernel_height, W::kernel_width, group_inputs},
                                          fan_in,
                                          W::kernel_height* W::kernel_width* group_outputs,
                                          true};
    static constexpr ParameterInfo bias{"bias", {Channels}};
    static constexpr auto parameters = detail::linear_parameters<has_bias>(weight, bias);
    using Convolution = kernels::FloatConvolution<W, Channels, groups>;
    static constexpr Index scratch = Convolution::scratch, backward_scratch = Convolution::backward_scratch;

    static void forward(const float* values, Batch<const float, In> x, Batch<float, Out> y, float* memory,
                        Clamp clamp = {}) {
      Convolution::forward(values, has_bias ? values + weight.extents.size() : nullptr, clamp, x, y, memory);
    }
    static void backward(const BackwardPass<In, Out>& pass) {
      Convolution::backward(pass.parameters, pass.x, pass.dy, pass.gradients, pass.dx, pass.scratch);
      if constexpr (has_bias) {
        kernels::add_row_sums({pass.dy.data(), pass.dy.count() * W::out_pixels, Channels},
                              pass.gradients + weight.extents.size());
      }
    }
  };

  /// Integer machine: QuantizedLinear over windows; the padding is the input's zero point.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : linear_of<P, In> {
    using Linear = linear_of<P, In>;
    using Code = typename P::activation;
    using Parameters = typename Linear::Parameters;
    /// Code of real 0, which surrounds the image.
    Code padding = 0;

    constexpr void prepare(Parameters input, Parameters output, Clamp fused) {
      padding = static_cast<Code>(input.zero_point);
      Linear::prepare(input, output, fused);
    }
    static constexpr Index scratch(Index images) { return kernels::conv2d_scratch<window<In>, Linear>(images); }
    constexpr void forward(Batch<const Code, In> x, Batch<Code, output<In>> y, Code* memory) const {
      kernels::conv2d<window<In>, groups>(static_cast<const Linear&>(*this), padding, x, y, memory);
    }

    /// Max pooling that halves height and width: vector kernels merge the sums of four pixels before they are rounded.
    template <class Pooling, class Out>
    static constexpr bool merges = detail::halves<Pooling, Out>&& kernels::has_pooled_conv2d<window<In>, Linear>;
    constexpr bool can_merge() const { return kernels::can_run_vectors(static_cast<const Linear&>(*this)); }
    template <class Out>
    void forward_pooled(Batch<const Code, In> x, Batch<Code, Out> y, Code* memory) const {
      kernels::conv2d_pooled<window<In>>(static_cast<const Linear&>(*this), padding, x, y, memory);
    }
  };

  /// Machine of reals with integer products: DynamicLinear over windows.
  template <QuantizedPrecision P, class In>
  struct at<DynamicLayer<P>, In> : DynamicLinear<P, weight_shape<In>> {
    using Code = typename P::activation;
    static constexpr Index scratch(Index /*examples*/) { return at::floats_for(In::size); }
    QNN_NOINLINE void forward(Batch<const float, In> x, Batch<float, output<In>> y, Code* codes, Clamp clamp) const {
      this->for_each_example(x, y, codes, clamp, [](const auto& linear, Code padding, auto inputs, auto outputs) {
        kernels::portable::conv2d<window<In>, groups>(linear, padding, inputs, outputs);
      });
    }
  };
};

}  // namespace qnn
