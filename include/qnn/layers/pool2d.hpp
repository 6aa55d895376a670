// SPDX-License-Identifier: MIT
/// @file
/// MaxPool2d, AveragePool2d and GlobalAveragePool2d.
#pragma once

#include "qnn/core/window.hpp"
#include "qnn/kernels/pool.hpp"
#include "qnn/kernels/pool_codes.hpp"
#include "qnn/kernels/reference/pool.hpp"
#include "qnn/layers/layer.hpp"

#include <algorithm>
#include <string>
#include <type_traits>

namespace qnn {

namespace detail {

/// Checks the options of a pooling layer; a type of its own so that clang does not drop the layer with it.
template <class... Options>
struct PoolingOptions {
  static constexpr int strides_given = count_pair_option<Stride, Options...>;
  static constexpr int paddings_given =
      count_pair_option<Padding, Options...> + count_option<Same, Options...> + count_option<Valid, Options...>;
  static constexpr bool known = strides_given <= 1 && paddings_given <= 1 &&
                                strides_given + paddings_given == static_cast<int>(sizeof...(Options));
  static_assert(known, "qnn: options of a pooling layer are Stride, and one of Same, Valid, Padding");
};

/// Shape and rules of a pooling layer: a Size x Size window, by default next to each other and without padding.
template <Index Size, class... Options>
struct Pool2d {
  static_assert(Size > 0, "qnn: a pooling window must be positive");

  using accepts =
      rules<rule::input_is_image, rule::window_fits_the_padded_image, rule::window_reaches_beyond_the_padding>;
  template <class In>
  using window =
      Window<In, Kernel<Size>, pair_option<Stride<Size>, Stride, Options...>, Dilation<1>,
             std::conditional_t<count_option<Same, Options...> == 1, Same, pair_option<Valid, Padding, Options...>>>;
  template <class In>
  using output = Shape<window<In>::out_height, window<In>::out_width, ImageShape<In>::channels>;
  template <class In>
  QNN_COLD static std::string details() {
    return window<In>::shape.text();
  }
};

/// Machines of max pooling by the windows W.
template <class P, class W, class In, class Out>
struct MaxPool;

/// Float machine; the gradient goes to the first of the largest values.
template <class W, class In, class Out>
struct MaxPool<Float32, W, In, Out> : NoParameters {
  static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, Out> y, float* /*scratch*/) {
    kernels::max_pool2d<W>(x, y);
  }
  static void backward(const BackwardPass<In, Out>& pass) {
    if (pass.dx.data() != nullptr) {
      kernels::max_pool2d_backward<W>(pass.x, pass.y, pass.dy, pass.dx);
    }
  }
};

/// Integer machine: the largest code is the code of the largest real.
template <QuantizedPrecision P, class W, class In, class Out>
struct MaxPool<P, W, In, Out> : KeepsParameters<P> {
  using Code = typename P::activation;
  constexpr void forward(Batch<const Code, In> x, Batch<Code, Out> y) const { kernels::max_pool_codes<W>(x, y); }
};

}  // namespace detail

/// y = the largest value under the window; padding does not take part. Keeps scale and codes. The gradient goes to the
/// first of the largest values, in reading order. Options: `Stride<2>` (default: Size), `Same` | `Valid` |
/// `Padding<1>`.
template <Index Size, class... Options>
struct MaxPool2d : detail::Pool2d<Size, Options...> {
  static constexpr detail::PoolingOptions<Options...> checked_options{};
  static constexpr auto name = "MaxPool2d";
  static constexpr bool is_homogeneous = true;
  static constexpr bool reads_output = true;
  static constexpr bool is_max_pool = true;
  template <class In>
  using W = typename MaxPool2d::template window<In>;
  template <class In>
  using Out = typename MaxPool2d::template output<In>;

  template <class P, class In>
  struct at : detail::MaxPool<P, W<In>, In, Out<In>> {};
};

/// y = the mean of the values under the window that lie inside the image. Keeps the scale; codes are rounded half to
/// even. Options as in MaxPool2d.
template <Index Size, class... Options>
struct AveragePool2d : detail::Pool2d<Size, Options...> {
  static constexpr detail::PoolingOptions<Options...> checked_options{};
  static constexpr auto name = "AveragePool2d";
  static constexpr bool is_homogeneous = true;
  template <class In>
  using W = typename AveragePool2d::template window<In>;
  template <class In>
  using Out = typename AveragePool2d::template output<In>;

  template <class P, class In>
  struct at;

  /// Float machine; every pixel under the window gets an equal share of the gradient.
  template <class In>
  struct at<Float32, In> : NoParameters {
    static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, Out<In>> y,
                        float* /*scratch*/) {
      std::fill(y.begin(), y.end(), 0.0f);
      for_each_pair(x.count(), [&](Index n, Index from, Index to, float share) {
        for (Index k = 0; k < W<In>::channels; ++k) {
          y[n][to + k] += share * x[n][from + k];
        }
      });
    }
    static void backward(const BackwardPass<In, Out<In>>& pass) {
      if (pass.dx.data() == nullptr) {
        return;
      }
      std::fill(pass.dx.begin(), pass.dx.end(), 0.0f);
      for_each_pair(pass.x.count(), [&](Index n, Index from, Index to, float share) {
        for (Index k = 0; k < W<In>::channels; ++k) {
          pass.dx[n][from + k] += share * pass.dy[n][to + k];
        }
      });
    }

   private:
    /// Calls body(image, offset of the input pixel, offset of the output pixel, 1 / pixels under the window).
    template <class Body>
    static void for_each_pair(Index images, Body&& body) {
      for (Index n = 0; n < images; ++n) {
        for (Index row = 0; row < W<In>::out_height; ++row) {
          for (Index column = 0; column < W<In>::out_width; ++column) {
            const Index top = std::max<Index>(W<In>::input_row(row, 0), 0);
            const Index bottom = std::min(W<In>::input_row(row, Size), W<In>::height);
            const Index left = std::max<Index>(W<In>::input_column(column, 0), 0);
            const Index right = std::min(W<In>::input_column(column, Size), W<In>::width);
            const float share = 1.0f / static_cast<float>((bottom - top) * (right - left));
            for (Index r = top; r < bottom; ++r) {
              for (Index c = left; c < right; ++c) {
                body(n, (r * W<In>::width + c) * W<In>::channels, (row * W<In>::out_width + column) * W<In>::channels,
                     share);
              }
            }
          }
        }
      }
    }
  };

  /// Integer machine: the mean of codes, rounded half to even.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : KeepsParameters<P> {
    using Code = typename P::activation;
    constexpr void forward(Batch<const Code, In> x, Batch<Code, Out<In>> y) const {
      kernels::average_pool_codes<W<In>>(x, y);
    }
  };
};

/// y_k = the mean of channel k over the whole image, a flat vector. Rounds as AveragePool2d.
/// Source: Lin, Chen, Yan, "Network in network", 2013.
struct GlobalAveragePool2d {
  static constexpr auto name = "GlobalAveragePool2d";
  static constexpr bool is_homogeneous = true;
  using accepts = rules<rule::input_is_image>;
  template <class In>
  using output = Shape<ImageShape<In>::channels>;

  template <class P, class In>
  struct at;

  /// Float machine; every pixel gets 1 / pixels of the gradient.
  template <class In>
  struct at<Float32, In> : NoParameters {
    static constexpr Index pixels = ImageShape<In>::height * ImageShape<In>::width;
    static constexpr Index channels = ImageShape<In>::channels;
    static constexpr float share = 1.0f / static_cast<float>(pixels);

    static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, output<In>> y,
                        float* /*scratch*/) {
      std::fill(y.begin(), y.end(), 0.0f);
      for (Index n = 0; n < x.count(); ++n) {
        for (Index i = 0; i < In::size; ++i) {
          y[n][i % channels] += x[n][i];
        }
      }
      std::transform(y.begin(), y.end(), y.begin(), [](float sum) { return share * sum; });
    }
    static void backward(const BackwardPass<In, output<In>>& pass) {
      if (pass.dx.data() == nullptr) {
        return;
      }
      for (Index n = 0; n < pass.dx.count(); ++n) {
        for (Index i = 0; i < In::size; ++i) {
          pass.dx[n][i] = share * pass.dy[n][i % channels];
        }
      }
    }
  };

  /// Integer machine: AveragePool2d with a window as large as the image.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : KeepsParameters<P> {
    using Code = typename P::activation;
    using W = Window<In, Kernel<ImageShape<In>::height, ImageShape<In>::width>, Stride<1>, Dilation<1>, Valid>;
    using Pixel = Shape<1, 1, ImageShape<In>::channels>;
    constexpr void forward(Batch<const Code, In> x, Batch<Code, output<In>> y) const {
      kernels::average_pool_codes<W>(x, Batch<Code, Pixel>(y.data(), y.count()));
    }
  };
};

}  // namespace qnn
