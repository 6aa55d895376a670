// SPDX-License-Identifier: MIT
/// @file
/// PadChannels: more channels, of zeros. Shortcuts without weights are made of it.
#pragma once

#include "qnn/layers/layer.hpp"

#include <algorithm>
#include <string>

namespace qnn {

/// y = (Before zeros, x, After zeros) along the channels of every pixel. Keeps scale and codes; 0 is exactly
/// representable in every scheme.
///
/// With the subsampling `MaxPool2d<1, Stride<2>>`, which takes every second pixel of every second row, it is the
/// shortcut "option A" of He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2016, section 4.2.
template <Index Before, Index After = 0>
struct PadChannels {
  static_assert(Before >= 0 && After >= 0, "qnn::PadChannels: the number of channels added must not be negative");
  static constexpr auto name = "PadChannels";
  using accepts = rules<rule::input_is_image>;
  template <class In>
  using output = Shape<ImageShape<In>::height, ImageShape<In>::width, Before + ImageShape<In>::channels + After>;
  template <class In>
  static std::string details() {
    return std::to_string(Before) + " before, " + std::to_string(After) + " after";
  }

  template <class P, class In>
  struct at;

  /// Float machine; what was added has no gradient.
  template <class In>
  struct at<Float32, In> : NoParameters {
    static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, output<In>> y,
                        float* /*scratch*/) {
      pad(x, y, 0.0f);
    }
    static void backward(const BackwardPass<In, output<In>>& pass) {
      constexpr Index channels = ImageShape<In>::channels;
      if (pass.dx.data() == nullptr) {
        return;
      }
      for (Index pixel = 0; pixel < pass.dx.size() / channels; ++pixel) {
        std::copy_n(pass.dy.data() + pixel * (Before + channels + After) + Before, channels,
                    pass.dx.data() + pixel * channels);
      }
    }
  };

  /// Integer machine: the added channels hold the code of real 0.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : KeepsParametersAndZero<P> {
    using Code = typename P::activation;
    constexpr void forward(Batch<const Code, In> x, Batch<Code, output<In>> y) const { pad(x, y, this->zero); }
  };

 private:
  template <class T, class In>
  static constexpr void pad(Batch<const T, In> x, Batch<T, output<In>> y, T zero) {
    constexpr Index channels = ImageShape<In>::channels;
    const T* from = x.data();
    T* to = y.data();
    for (Index pixel = 0; pixel < x.size() / channels; ++pixel, from += channels) {
      to = std::fill_n(to, Before, zero);
      to = std::copy_n(from, channels, to);
      to = std::fill_n(to, After, zero);
    }
  }
};

}  // namespace qnn
