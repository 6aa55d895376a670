// SPDX-License-Identifier: MIT
/// @file
/// Memory that notices when somebody writes beside it.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/core/shape.hpp"

#include <algorithm>

namespace qnn::testing {

/// `size` elements between two strips that nobody may write to.
template <class T>
class Guarded {
 public:
  explicit Guarded(Index size, T value = T{})
      : memory_(static_cast<std::size_t>(size + 2 * strip), guard), size_(size) {
    std::fill_n(data(), size, value);
  }
  T* data() { return memory_.data() + strip; }
  const T* data() const { return memory_.data() + strip; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  std::size_t size() const { return static_cast<std::size_t>(size_); }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }

  /// Whether both strips are as they were.
  bool intact() const {
    const auto whole = [](const T* first) { return std::count(first, first + strip, guard) == strip; };
    return whole(memory_.data()) && whole(data() + size_);
  }

 private:
  static constexpr Index strip = alignment;
  static constexpr T guard = static_cast<T>(113);
  AlignedVector<T> memory_;
  Index size_;
};

}  // namespace qnn::testing
