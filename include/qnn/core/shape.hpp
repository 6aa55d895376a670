// SPDX-License-Identifier: MIT
/// @file
/// Shapes, at compile time (`Shape<28, 28, 1>`) and at run time (`Extents`), and the memory layout of the library.
///
/// **Layout, stated once.** Tensors are dense and row-major: the last extent varies fastest. Activations are
/// channels-last, (height, width, channels); a batch is the outermost dimension. Weights of a convolution are
/// (out, kernel_height, kernel_width, in), of a dense layer (out, in). Readers of other formats transpose.
#pragma once

#include "qnn/config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ranges>
#include <string>
#include <type_traits>

namespace qnn {

/// Signed type of every extent, index and count.
using Index = std::ptrdiff_t;

/// Most extents of a tensor.
inline constexpr std::size_t max_rank = 5;

/// Extents of a tensor known at run time, at most `max_rank` of them.
class Extents {
 public:
  constexpr Extents() = default;
  constexpr Extents(std::initializer_list<Index> extents) {
    for (const Index extent : extents) {
      extents_.at(rank_++) = extent;
    }
  }

  constexpr std::size_t rank() const { return rank_; }
  constexpr Index operator[](std::size_t axis) const { return extents_[axis]; }
  /// Number of elements; 1 for a scalar. @pre the product fits in Index: readers of files check it before
  constexpr Index size() const {
    Index product = 1;
    for (std::size_t axis = 0; axis < rank_; ++axis) {
      product *= extents_[axis];
    }
    return product;
  }
  constexpr const Index* begin() const { return extents_.data(); }
  constexpr const Index* end() const { return extents_.data() + rank_; }
  friend constexpr bool operator==(const Extents&, const Extents&) = default;

 private:
  std::array<Index, max_rank> extents_{};
  std::size_t rank_ = 0;
};

/// Extents of a tensor known at compile time. An integer pack, so that it prints well in a diagnostic.
template <Index... Ns>
struct Shape {
  static_assert(((Ns > 0) && ...), "qnn::Shape: every extent must be positive");
  static_assert(sizeof...(Ns) <= max_rank, "qnn::Shape: too many dimensions");
  static constexpr std::size_t rank = sizeof...(Ns);
  static constexpr Index size = (Index{1} * ... * Ns);
  static constexpr Extents extents{Ns...};
};

/// Shapes of the inputs of a layer that reads several: Add, Concatenate.
template <class... Shapes>
struct Inputs {};

/// In place of a `Shape<...>`: the extents are chosen at run time.
struct DynamicShape {};

template <class T>
inline constexpr bool is_shape = false;
template <Index... Ns>
inline constexpr bool is_shape<Shape<Ns...>> = true;
/// A `Shape<...>`.
template <class T>
concept StaticShape = is_shape<T>;

/// Extents of an image-like shape (height, width, channels).
template <class S>
struct ImageShape;
template <Index Height, Index Width, Index Channels>
struct ImageShape<Shape<Height, Width, Channels>> {
  static constexpr Index height = Height;
  static constexpr Index width = Width;
  static constexpr Index channels = Channels;
};

/// "28x28x1"; "scalar" for rank 0.
QNN_COLD inline std::string to_string(const Extents& extents) {
  std::string text;
  for (const Index extent : extents) {
    text += text.empty() ? "" : "x";
    text += std::to_string(extent);
  }
  return text.empty() ? "scalar" : text;
}

}  // namespace qnn

/// size() counts elements of a tensor, not extents: without this, Extents would convert to a span of the wrong length.
template <>
inline constexpr bool std::ranges::disable_sized_range<qnn::Extents> = true;
