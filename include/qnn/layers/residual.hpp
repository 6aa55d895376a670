// SPDX-License-Identifier: MIT
/// @file
/// Residual: two branches and their sum.
#pragma once

#include "qnn/layers/join.hpp"
#include "qnn/layers/sequential.hpp"

#include <type_traits>

namespace qnn {

/// y = Main(x) + Shortcut(x). Both branches are Sequentials, or single layers; the shortcut passes x on unless it is
/// given: a projection, `Conv2d<32, Kernel<1>, Stride<2>>`, where Main changes the shape.
///
/// @code
///   template <Index Channels>
///   using Block = Residual<Sequential<Conv2d<Channels, Kernel<3>, Same>, BatchNorm, ReLU,
///                                     Conv2d<Channels, Kernel<3>, Same>, BatchNorm>>;
///   using Network = Sequential<Input<32, 32, 3>, ..., Block<16>, ReLU, ...>;
/// @endcode
/// Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2016.
template <class Main, class Shortcut = Sequential<>>
struct Residual {};

namespace detail {

template <class In>
inline constexpr bool is_one_shape = false;
template <class First, class... Rest>
inline constexpr bool is_one_shape<Inputs<First, Rest...>> = (std::is_same_v<First, Rest> && ...);

}  // namespace detail

namespace rule {

/// All branches end in the same shape.
struct branches_have_one_shape {
  static constexpr auto text = "branches that are added end in the same shape: give the shortcut a projection";
  template <class Layer, class In>
  static constexpr bool holds = detail::is_one_shape<In>;
};

}  // namespace rule

/// The sum of two branches; what Residual ends in. In integers each branch is brought to the scale of the sum, which
/// has a calibrated range of its own, and the sum is rounded once (kernels/reference/rescale.hpp). An activation behind
/// it is part of its stage.
struct Add {
  static constexpr auto name = "Add";
  static constexpr bool starts_stage = true;
  using accepts = rules<rule::branches_have_one_shape>;
  template <class In>
  struct OutputOf;
  template <class First, class... Rest>
  struct OutputOf<Inputs<First, Rest...>> {
    using type = First;
  };
  template <class In>
  using output = typename OutputOf<In>::type;

  template <class P, class In>
  struct at;

  /// Float machine; every branch gets the whole gradient.
  template <StaticShape S>
  struct at<Float32, Inputs<S, S>> : NoParameters {
    static void forward(const float* /*parameters*/, Batches<const float, S, S> x, Batch<float, S> y,
                        float* /*scratch*/, Clamp clamp = {}) {
      const float* const QNN_RESTRICT a = x.data[0];
      const float* const QNN_RESTRICT b = x.data[1];
      for (Index i = 0; i < y.size(); ++i) {
        y.data()[i] = clamp.apply(a[i] + b[i]);
      }
    }
    /// dx = the gradient of one input.
    template <std::size_t K>
    static void backward(Batch<const float, S> dy, Batch<float, S> dx) {
      std::copy(dy.begin(), dy.end(), dx.data());
    }
  };

  /// Integer machine: both inputs rescaled, one rounding.
  template <QuantizedPrecision P, StaticShape S>
  struct at<P, Inputs<S, S>> {
    using Code = typename P::activation;
    using Parameters = typename P::activations::parameters;
    kernels::CodeSum<Code, 2> sum;

    static constexpr Parameters output_parameters(std::array<Parameters, 2> /*inputs*/, Range range) {
      return P::activations::scheme::parameters_for(range, P::activation_codes, P::requantization::scale_grid);
    }
    constexpr void prepare(std::array<Parameters, 2> inputs, Parameters output, Clamp fused) {
      sum =
          code_sum<kernels::CodeSum<Code, 2>>(inputs, output, fused.template codes<Code>(output, P::activation_codes));
    }
    constexpr void forward(Batches<const Code, S, S> x, Batch<Code, S> y) const {
      kernels::add_codes(sum, x.data, y.size(), y.data());
    }
  };
};

}  // namespace qnn
