// SPDX-License-Identifier: MIT
/// @file
/// Sequences (length, channels) as images of one row: how one-dimensional layers borrow the machines of two-dimensional ones.
#pragma once

#include "qnn/layers/layer.hpp"

namespace qnn {

namespace detail {

/// The image with one row that lies in memory as the sequence does, and back.
template <class S>
struct SequenceShape;
template <Index Length, Index Channels>
struct SequenceShape<Shape<Length, Channels>> {
  using image = Shape<1, Length, Channels>;
};
template <class S>
using image_of = typename SequenceShape<S>::image;

template <class S>
struct RowShape;
template <Index Length, Index Channels>
struct RowShape<Shape<1, Length, Channels>> {
  using sequence = Shape<Length, Channels>;
};
template <class S>
using sequence_of = typename RowShape<S>::sequence;

/// The same memory as images.
template <class T, StaticShape S>
constexpr Batch<T, image_of<S>> as_images(Batch<T, S> sequences) {
  return {sequences.data(), sequences.count()};
}

/// The machine of `Layer` for images of one row, given sequences of shape `In`.
template <class Layer, class P, class In>
struct OverSequences : Layer::template at<P, image_of<In>> {
  using Machine = typename Layer::template at<P, image_of<In>>;
  using Out = sequence_of<typename Layer::template output<image_of<In>>>;
  using Code = typename P::activation;

  template <class... Scratch>
  constexpr void forward(Batch<const Code, In> x, Batch<Code, Out> y, Scratch*... scratch) const {
    Machine::forward(as_images(x), as_images(y), scratch...);
  }
};
template <class Layer, class In>
struct OverSequences<Layer, Float32, In> : Layer::template at<Float32, image_of<In>> {
  using Machine = typename Layer::template at<Float32, image_of<In>>;
  using Out = sequence_of<typename Layer::template output<image_of<In>>>;

  /// @param clamp that of the activation behind a linear layer, or none
  template <std::same_as<Clamp>... Fused>
  static void forward(const float* parameters, Batch<const float, In> x, Batch<float, Out> y, float* scratch,
                      Fused... clamp) requires(sizeof...(Fused) <= (is_linear<Layer> ? 1 : 0)) {
    Machine::forward(parameters, as_images(x), as_images(y), scratch, clamp...);
  }
  static void backward(const BackwardPass<In, Out>& pass) {
    Machine::backward({.parameters = pass.parameters,
                       .x = as_images(pass.x),
                       .y = as_images(pass.y),
                       .dy = as_images(pass.dy),
                       .dx = as_images(pass.dx),
                       .gradients = pass.gradients,
                       .scratch = pass.scratch,
                       .step = pass.step});
  }
};

}  // namespace detail

namespace rule {

/// The input has rank 2: length, channels.
struct input_is_sequence {
  static constexpr auto text = "the layer reads (length, channels); images go into layers that end in 2d";
  template <class Layer, class In>
  static constexpr bool holds = In::rank == 2;
};

/// (kernel - 1) * dilation + 1 <= length + padding.
struct window_fits_the_padded_sequence {
  static constexpr auto text = "the window, spread by its dilation, is no longer than the sequence with its padding";
  template <class Layer, class In>
  static constexpr bool holds = Layer::template window<In>::fits;
};

}  // namespace rule

}  // namespace qnn
