// SPDX-License-Identifier: MIT
/// @file
/// Sequences (length, channels) as images of one row: how one-dimensional layers borrow the machines of two-dimensional
/// ones.
#pragma once

#include "qnn/layers/layer.hpp"

#include <type_traits>

namespace qnn {

namespace detail {

/// The image with one row that lies in memory as the sequence does.
template <class S>
struct SequenceShape;
template <Index Length, Index Channels>
struct SequenceShape<Shape<Length, Channels>> {
  using image = Shape<1, Length, Channels>;
};
template <class S>
using image_of = typename SequenceShape<S>::image;

/// The same memory as images.
template <class T, StaticShape S>
constexpr Batch<T, image_of<S>> as_images(Batch<T, S> sequences) {
  return {sequences.data(), sequences.count()};
}

/// Whether an option, where it is a pair, was given as one number.
template <class Option>
inline constexpr bool is_single = true;
template <template <Index, Index> class Option, Index Height, Index Width>
inline constexpr bool is_single<Option<Height, Width>> = Height == Width;

/// Checks the options of a one-dimensional layer; `Checked` those of the layer over images. A type of its own so that
/// clang does not drop the layer with it.
template <template <class...> class Checked, class... Options>
struct SequenceOptions {
  static constexpr bool single = (is_single<Options> && ...);
  static_assert(single, "qnn: of sequences, Kernel, Stride, Dilation and Padding are one number each, as in Kernel<3>");
  static constexpr Checked<Options...> checked_options{};
};

/// An explicit padding in front and behind, not above and below; Same and Valid as they are.
template <class Option>
struct SequencePadding {
  using type = Option;
};
template <Index Height, Index Width>
struct SequencePadding<Padding<Height, Width>> {
  using type = Padding<0, Width>;
};
template <class... Options>
using sequence_padding = typename SequencePadding<
    std::conditional_t<count_option<Same, Options...> == 1, Same, pair_option<Valid, Padding, Options...>>>::type;

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

/// Every pooling window covers at least one element of the sequence.
struct window_reaches_into_the_sequence {
  static constexpr auto text = "a pooling window that lies in the padding alone has no value: pad less than the window";
  template <class Layer, class In>
  static constexpr bool holds = Layer::template window<In>::always_touches_the_image;
};

}  // namespace rule

}  // namespace qnn
