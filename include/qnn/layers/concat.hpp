// SPDX-License-Identifier: MIT
/// @file
/// Concat: branches side by side.
#pragma once

#include "qnn/layers/join.hpp"
#include "qnn/layers/sequential.hpp"

#include <algorithm>
#include <type_traits>

namespace qnn {

/// The channels of all branches, one behind the other; of flat vectors their elements. Branches are Sequentials, or
/// single layers; `Sequential<>` passes the input on. Source: Szegedy et al., "Going deeper with convolutions", 2015.
template <class... Branches>
struct Concat {
  static_assert(sizeof...(Branches) >= 2, "qnn::Concat: at least two branches");
};

namespace detail {

/// Shapes as pixels of channels: a flat vector is one pixel.
template <class S>
struct PixelsOf;
template <Index Size>
struct PixelsOf<Shape<Size>> {
  static constexpr Index pixels = 1, channels = Size;
  template <Index Channels>
  using with_channels = Shape<Channels>;
};
template <Index Height, Index Width, Index Channels>
struct PixelsOf<Shape<Height, Width, Channels>> {
  static constexpr Index pixels = Height * Width, channels = Channels;
  template <Index Other>
  using with_channels = Shape<Height, Width, Other>;
};

/// Whether shapes differ in their channels only.
template <class A, class B>
inline constexpr bool is_one_size = false;
template <Index A, Index B>
inline constexpr bool is_one_size<Shape<A>, Shape<B>> = true;
template <Index Height, Index Width, Index A, Index B>
inline constexpr bool is_one_size<Shape<Height, Width, A>, Shape<Height, Width, B>> = true;
template <class In>
inline constexpr bool are_of_one_size = false;
template <class First, class... Rest>
inline constexpr bool are_of_one_size<Inputs<First, Rest...>> = (is_one_size<First, First> && ... &&
                                                                 is_one_size<First, Rest>);

}  // namespace detail

namespace rule {

/// All branches end in vectors, or in images of the same size.
struct branches_have_one_size {
  static constexpr auto text =
      "branches that are concatenated end in flat vectors, or in images of one height and width";
  template <class Layer, class In>
  static constexpr bool holds = detail::are_of_one_size<In>;
};

}  // namespace rule

/// What Concat ends in. In integers each branch is brought to the scale of the output, whose range covers all of them;
/// rounds as Add.
struct Concatenate {
  static constexpr auto name = "Concatenate";
  using accepts = rules<rule::branches_have_one_size>;

  template <class In>
  struct Layout;
  template <class First, class... Rest>
  struct Layout<Inputs<First, Rest...>> {
    static constexpr std::size_t count = 1 + sizeof...(Rest);
    static constexpr Index pixels = detail::PixelsOf<First>::pixels;
    static constexpr std::array<Index, count> channels{detail::PixelsOf<First>::channels,
                                                       detail::PixelsOf<Rest>::channels...};
    static constexpr Index all_channels = (detail::PixelsOf<First>::channels + ... + detail::PixelsOf<Rest>::channels);
    using output = typename detail::PixelsOf<First>::template with_channels<all_channels>;
    /// Channel of the output where those of input K begin.
    template <std::size_t K>
    static constexpr Index begin = [] {
      Index sum = 0;
      for (std::size_t k = 0; k < K; ++k) {
        sum += channels[k];
      }
      return sum;
    }();

    /// Calls body(K, first channel of input K in the output) for each input, K being a constant.
    template <class Body>
    static constexpr void for_each_input(Body&& body) {
      [&]<std::size_t... K>(std::index_sequence<K...>) { (body(std::integral_constant<std::size_t, K>{}), ...); }
      (std::make_index_sequence<count>{});
    }
  };
  template <class In>
  using output = typename Layout<In>::output;

  template <class P, class In>
  struct at;

  /// Float machine; every branch gets its part of the gradient.
  template <StaticShape... Ss>
  struct at<Float32, Inputs<Ss...>> : NoParameters {
    using In = Inputs<Ss...>;
    using Out = output<In>;
    static void forward(const float* /*parameters*/, Batches<const float, Ss...> x, Batch<float, Out> y,
                        float* /*scratch*/) {
      Layout<In>::for_each_input([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
        constexpr Index channels = Layout<In>::channels[K];
        for (Index pixel = 0; pixel < x.count * Layout<In>::pixels; ++pixel) {
          std::copy_n(x.data[K] + pixel * channels, channels,
                      y.data() + pixel * Layout<In>::all_channels + Layout<In>::template begin<K>);
        }
      });
    }
    /// dx = the gradient of input K.
    template <std::size_t K, StaticShape S>
    static void backward(Batch<const float, Out> dy, Batch<float, S> dx) {
      constexpr Index channels = Layout<In>::channels[K];
      for (Index pixel = 0; pixel < dy.count() * Layout<In>::pixels; ++pixel) {
        std::copy_n(dy.data() + pixel * Layout<In>::all_channels + Layout<In>::template begin<K>, channels,
                    dx.data() + pixel * channels);
      }
    }
  };

  /// Integer machine: each input rescaled.
  template <QuantizedPrecision P, StaticShape... Ss>
  struct at<P, Inputs<Ss...>> {
    using In = Inputs<Ss...>;
    using Out = output<In>;
    using Code = typename P::activation;
    using Parameters = typename P::activations::parameters;
    static constexpr std::size_t count = sizeof...(Ss);
    std::array<kernels::CodeSum<Code, 1>, count> rescale{};

    static constexpr Parameters output_parameters(std::array<Parameters, count> /*inputs*/, Range range) {
      return P::activations::scheme::parameters_for(range, P::activation_codes, P::requantization::scale_grid);
    }
    constexpr void prepare(std::array<Parameters, count> inputs, Parameters output, Clamp /*fused*/) {
      for (std::size_t k = 0; k < count; ++k) {
        rescale[k] = code_sum<kernels::CodeSum<Code, 1>>(std::array{inputs[k]}, output, P::activation_codes);
      }
    }
    constexpr void forward(Batches<const Code, Ss...> x, Batch<Code, Out> y) const {
      Layout<In>::for_each_input([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
        rescale_input<Layout<In>::channels[K]>(rescale[K], x.data[K], x.count * Layout<In>::pixels,
                                               y.data() + Layout<In>::template begin<K>);
      });
    }

   private:
    /// One input: some pixels at once, since a few channels fill no register, and from there to their places.
    template <Index Channels>
    static constexpr void rescale_input(const kernels::CodeSum<Code, 1>& sum, const Code* x, Index pixels, Code* y) {
      constexpr Index most = std::max<Index>(512 / Channels, 1);
      std::array<Code, static_cast<std::size_t>(most * Channels)> codes{};
      for (Index first = 0; first < pixels; first += most) {
        const Index together = std::min(pixels - first, most);
        kernels::add_codes(sum, std::array{x + first * Channels}, together * Channels, codes.data());
        for (Index pixel = 0; pixel < together; ++pixel) {
          std::copy_n(codes.data() + pixel * Channels, Channels, y + (first + pixel) * Layout<In>::all_channels);
        }
      }
    }
  };
};

}  // namespace qnn
