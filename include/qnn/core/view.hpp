// SPDX-License-Identifier: MIT
/// @file
/// Non-owning windows on dense row-major memory whose shape is part of the type.
#pragma once

#include "qnn/core/contract.hpp"
#include "qnn/core/shape.hpp"

#include <array>
#include <span>
#include <type_traits>

namespace qnn {

/// One tensor of shape `S` at `data()`. Copying copies the pointer.
template <class T, StaticShape S>
class View {
 public:
  using element = T;
  using shape = S;

  constexpr explicit View(T* data) : data_(data) {}
  /// View<T> converts to View<const T>.
  constexpr operator View<const T, S>() const requires(!std::is_const_v<T>) { return View<const T, S>(data_); }

  constexpr T* data() const { return data_; }
  static constexpr Index size() { return S::size; }
  constexpr T& operator[](Index i) const { return data_[i]; }
  /// Element at a full set of coordinates, outermost first.
  template <class... Coordinates>
    requires(sizeof...(Coordinates) == S::rank)
  constexpr T& operator()(Coordinates... coordinates) const {
    Index offset = 0;
    std::size_t axis = 0;
    ((offset = offset * S::extents[axis++] + static_cast<Index>(coordinates)), ...);
    return data_[offset];
  }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + S::size; }
  constexpr std::span<T, static_cast<std::size_t>(S::size)> span() const {
    return std::span<T, static_cast<std::size_t>(S::size)>(data_, static_cast<std::size_t>(S::size));
  }

 private:
  T* data_;
};

/// `count` tensors of shape `S`, one behind the other.
template <class T, StaticShape S>
class Batch {
 public:
  using element = T;
  using shape = S;

  constexpr Batch(T* data, Index count) : data_(data), count_(count) {}
  constexpr operator Batch<const T, S>() const requires(!std::is_const_v<T>) {
    return Batch<const T, S>(data_, count_);
  }

  constexpr T* data() const { return data_; }
  constexpr Index count() const { return count_; }
  /// Elements in all tensors together.
  constexpr Index size() const { return count_ * S::size; }
  constexpr View<T, S> operator[](Index i) const { return View<T, S>(data_ + i * S::size); }
  constexpr Batch slice(Index first, Index count) const { return {data_ + first * S::size, count}; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size(); }

 private:
  T* data_;
  Index count_;
};

/// `count` examples of each of several inputs.
template <class T, StaticShape... Ss>
struct Batches {
  std::array<T*, sizeof...(Ss)> data;
  Index count;
};

}  // namespace qnn
