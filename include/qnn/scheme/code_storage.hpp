// SPDX-License-Identifier: MIT
/// @file
/// How tensors hold their codes: whole integers side by side, or several narrow ones in a byte.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/numeric/narrow_int.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

namespace qnn {

/// A narrow code inside of its byte. Writing it leaves its neighbours alone.
template <int Bits>
class NarrowReference {
  static constexpr unsigned mask = (1u << Bits) - 1;

 public:
  constexpr NarrowReference(std::uint8_t& byte, int shift) : byte_(byte), shift_(shift) {}
  constexpr NarrowReference(const NarrowReference&) = default;
  constexpr operator std::int8_t() const { return NarrowInt<Bits>(byte_ >> shift_); }
  constexpr const NarrowReference& operator=(NarrowInt<Bits> code) const {
    byte_ = static_cast<std::uint8_t>((byte_ & ~(mask << shift_)) | ((static_cast<unsigned>(code) & mask) << shift_));
    return *this;
  }
  constexpr const NarrowReference& operator=(const NarrowReference& other) const {
    return *this = NarrowInt<Bits>(std::int8_t{other});
  }

 private:
  std::uint8_t& byte_;
  int shift_;
};

/// What a pointer is to whole codes. @tparam Byte  std::uint8_t, or const std::uint8_t to read only
template <int Bits, class Byte>
class NarrowPointer {
  static constexpr std::size_t per_byte = 8 / Bits;

 public:
  using iterator_category = std::random_access_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using value_type = NarrowInt<Bits>;
  using reference = std::conditional_t<std::is_const_v<Byte>, NarrowInt<Bits>, NarrowReference<Bits>>;
  using pointer = void;

  constexpr NarrowPointer() = default;
  /// To code `at`, counted from the lowest bits of the first byte.
  constexpr NarrowPointer(Byte* bytes, Index at) : bytes_(bytes), at_(at) {}
  constexpr operator NarrowPointer<Bits, const Byte>() const requires(!std::is_const_v<Byte>) { return {bytes_, at_}; }

  constexpr reference operator*() const { return (*this)[0]; }
  constexpr reference operator[](Index i) const {
    const auto at = static_cast<std::size_t>(at_ + i);  // unsigned divisions are shifts
    Byte& byte = bytes_[at / per_byte];
    const int shift = static_cast<int>(at % per_byte) * Bits;
    if constexpr (std::is_const_v<Byte>) {
      return NarrowInt<Bits>(byte >> shift);
    } else {
      return {byte, shift};
    }
  }
  constexpr NarrowPointer& operator+=(Index steps) {
    at_ += steps;
    return *this;
  }
  constexpr NarrowPointer& operator-=(Index steps) { return *this += -steps; }
  constexpr NarrowPointer& operator++() { return *this += 1; }
  constexpr NarrowPointer& operator--() { return *this += -1; }
  constexpr NarrowPointer operator++(int) {
    const NarrowPointer before = *this;
    ++*this;
    return before;
  }
  constexpr NarrowPointer operator--(int) {
    const NarrowPointer before = *this;
    --*this;
    return before;
  }
  friend constexpr NarrowPointer operator+(NarrowPointer from, Index steps) { return from += steps; }
  friend constexpr NarrowPointer operator+(Index steps, NarrowPointer from) { return from += steps; }
  friend constexpr NarrowPointer operator-(NarrowPointer from, Index steps) { return from -= steps; }
  friend constexpr Index operator-(NarrowPointer a, NarrowPointer b) { return a.at_ - b.at_; }
  friend constexpr bool operator==(NarrowPointer a, NarrowPointer b) { return a.at_ == b.at_; }
  friend constexpr auto operator<=>(NarrowPointer a, NarrowPointer b) { return a.at_ <=> b.at_; }

 private:
  Byte* bytes_ = nullptr;
  Index at_ = 0;
};

/// What std::span is to whole codes.
template <int Bits, class Byte>
class NarrowSpan {
 public:
  using value_type = NarrowInt<Bits>;
  using element = Byte;
  using iterator = NarrowPointer<Bits, Byte>;

  constexpr NarrowSpan(Byte* bytes, std::size_t size) : NarrowSpan(iterator(bytes, 0), size) {}
  constexpr NarrowSpan(iterator first, std::size_t size) : first_(first), size_(size) {}
  constexpr operator NarrowSpan<Bits, const Byte>() const requires(!std::is_const_v<Byte>) { return {first_, size_}; }

  constexpr std::size_t size() const { return size_; }
  constexpr iterator data() const { return first_; }
  constexpr iterator begin() const { return first_; }
  constexpr iterator end() const { return first_ + static_cast<Index>(size_); }
  constexpr typename iterator::reference operator[](std::size_t i) const { return first_[static_cast<Index>(i)]; }
  constexpr NarrowSpan subspan(std::size_t first, std::size_t count) const {
    return {first_ + static_cast<Index>(first), count};
  }

 private:
  iterator first_;
  std::size_t size_;
};

/// Whole codes: an element of memory for each.
template <CodeType Code>
struct CodeStorage {
  using element = Code;
  template <class Element>
  using span = std::span<Element>;
  /// Elements that `codes` codes take.
  static constexpr std::size_t elements(std::size_t codes) { return codes; }
};
/// Narrow codes: 8 / Bits in a byte, the first one in its lowest bits; spare bits of the last byte are 0.
template <int Bits>
struct CodeStorage<NarrowInt<Bits>> {
  using element = std::uint8_t;
  template <class Element>
  using span = NarrowSpan<Bits, Element>;
  static constexpr std::size_t elements(std::size_t codes) { return (codes * Bits + 7) / 8; }
};

/// Codes where they are held, to read and write or only to read.
template <CodeType Code>
using CodeSpan = typename CodeStorage<Code>::template span<typename CodeStorage<Code>::element>;
template <CodeType Code>
using ConstCodeSpan = typename CodeStorage<Code>::template span<const typename CodeStorage<Code>::element>;
/// What their data() is.
template <CodeType Code>
using CodePointer = decltype(std::declval<CodeSpan<Code>>().data());

}  // namespace qnn
