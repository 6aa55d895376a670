// SPDX-License-Identifier: MIT
/// @file
/// Memory aligned to a cache line, which is also the widest vector register.
#pragma once

#include "qnn/core/shape.hpp"

#include <new>
#include <vector>

namespace qnn {

/// Bytes: a cache line.
inline constexpr std::size_t alignment = 64;

/// Rounds `bytes` up to a multiple of `alignment`.
constexpr Index align_up(Index bytes) {
  constexpr Index step = alignment;
  return (bytes + step - 1) / step * step;
}

/// Allocates at multiples of `alignment`; for std::vector.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  constexpr AlignedAllocator(const AlignedAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{alignment}));
  }
  void deallocate(T* data, std::size_t) noexcept { ::operator delete (data, std::align_val_t{alignment}); }
  friend constexpr bool operator==(AlignedAllocator, AlignedAllocator) { return true; }
};

/// A std::vector whose first element begins a cache line.
template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace qnn
