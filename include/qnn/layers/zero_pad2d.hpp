// SPDX-License-Identifier: MIT
/// @file
/// ZeroPad2d: zeros around an image.
#pragma once

#include "qnn/layers/layer.hpp"

#include <algorithm>
#include <string>

namespace qnn {

/// The image with `Top` rows of zeros above it, `Bottom` below, and as many columns to the left and right; for paddings
/// that Same and Padding<...> cannot express. `ZeroPad2d<1>` pads all sides alike. In integers the padding is the code
/// of real 0, the zero point; scale and codes are kept.
template <Index Top, Index Bottom = Top, Index Left = Top, Index Right = Left>
struct ZeroPad2d {
  static_assert(Top >= 0 && Bottom >= 0 && Left >= 0 && Right >= 0, "qnn::ZeroPad2d: must not be negative");
  static constexpr auto name = "ZeroPad2d";
  static constexpr bool is_homogeneous = true;
  using accepts = rules<rule::input_is_image>;
  template <class In>
  using output =
      Shape<ImageShape<In>::height + Top + Bottom, ImageShape<In>::width + Left + Right, ImageShape<In>::channels>;

  template <class In>
  static std::string details() {
    return "top " + std::to_string(Top) + ", bottom " + std::to_string(Bottom) + ", left " + std::to_string(Left) +
           ", right " + std::to_string(Right);
  }

  template <class P, class In>
  struct at;

  /// Float machine; the gradient of the image.
  template <class In>
  struct at<Float32, In> : NoParameters {
    using Out = output<In>;
    static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, Out> y,
                        float* /*scratch*/) {
      pad(x, 0.0f, y);
    }
    static void backward(const BackwardPass<In, Out>& pass) {
      if (pass.dx.data() == nullptr) {
        return;
      }
      for (Index n = 0; n < pass.dx.count(); ++n) {
        for (Index row = 0; row < ImageShape<In>::height; ++row) {
          std::copy_n(&pass.dy[n](row + Top, Left, 0), row_size<In>, &pass.dx[n](row, 0, 0));
        }
      }
    }
  };

  /// Integer machine: pads with the zero point.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : KeepsParametersAndZero<P> {
    using Code = typename P::activation;
    constexpr void forward(Batch<const Code, In> x, Batch<Code, output<In>> y) const { pad(x, this->zero, y); }
  };

 private:
  /// Elements of a row of the image.
  template <class In>
  static constexpr Index row_size = ImageShape<In>::width* ImageShape<In>::channels;

  template <class T, class In>
  static constexpr void pad(Batch<const T, In> x, T padding, Batch<T, output<In>> y) {
    std::fill(y.begin(), y.end(), padding);
    for (Index n = 0; n < x.count(); ++n) {
      for (Index row = 0; row < ImageShape<In>::height; ++row) {
        std::copy_n(&x[n](row, 0, 0), row_size<In>, &y[n](row + Top, Left, 0));
      }
    }
  }
};

}  // namespace qnn
