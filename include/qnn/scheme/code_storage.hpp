// SPDX-License-Identifier: MIT
/// @file
/// How tensors hold their codes: whole integers side by side, or several narrow ones in a byte.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/numeric/narrow_int.hpp"

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

namespace qnn {

/// A narrow code inside of its byte. Writing it leaves its neighbours alone.
template <class Code>
class NarrowReference {
  static constexpr unsigned mask = (1u << Code::bits) - 1;

 public:
  constexpr NarrowReference(std::uint8_t& byte, int shift) : byte_(byte), shift_(shift) {}
  constexpr NarrowReference(const NarrowReference&) = default;
  constexpr operator std::int8_t() const { return Code(byte_ >> shift_); }
  constexpr const NarrowReference& operator=(Code code) const {
    byte_ = static_cast<std::uint8_t>((byte_ & ~(mask << shift_)) | ((static_cast<unsigned>(code) & mask) << shift_));
    return *this;
  }
  constexpr const NarrowReference& operator=(const NarrowReference& other) const {
    return *this = Code(std::int8_t{other});
  }

 private:
  std::uint8_t& byte_;
  int shift_;
};

/// The steps of a pointer to numbers that have no address of their own. `Pointer` is derived from it and has
/// operator[].
template <class Pointer>
class SteppingPointer {
 public:
  using iterator_category = std::random_access_iterator_tag;
  using difference_type = std::ptrdiff_t;
  using pointer = void;

  constexpr SteppingPointer() = default;
  constexpr explicit SteppingPointer(Index at) : at_(at) {}

  constexpr decltype(auto) operator*() const { return static_cast<const Pointer&>(*this)[0]; }
  constexpr Pointer& operator+=(Index steps) {
    at_ += steps;
    return static_cast<Pointer&>(*this);
  }
  constexpr Pointer& operator-=(Index steps) { return *this += -steps; }
  constexpr Pointer& operator++() { return *this += 1; }
  constexpr Pointer& operator--() { return *this += -1; }
  constexpr Pointer operator++(int) {
    const Pointer before = static_cast<Pointer&>(*this);
    ++*this;
    return before;
  }
  constexpr Pointer operator--(int) {
    const Pointer before = static_cast<Pointer&>(*this);
    --*this;
    return before;
  }
  /// The next `count` numbers.
  constexpr void copy(Index count, std::int8_t* to) const {
    std::copy_n(static_cast<const Pointer&>(*this), count, to);
  }
  friend constexpr Pointer operator+(Pointer from, Index steps) { return from += steps; }
  friend constexpr Pointer operator+(Index steps, Pointer from) { return from += steps; }
  friend constexpr Pointer operator-(Pointer from, Index steps) { return from -= steps; }
  friend constexpr Index operator-(const Pointer& a, const Pointer& b) { return a.at_ - b.at_; }
  friend constexpr bool operator==(const Pointer& a, const Pointer& b) { return a.at_ == b.at_; }
  friend constexpr auto operator<=>(const Pointer& a, const Pointer& b) { return a.at_ <=> b.at_; }

 protected:
  Index at_ = 0;
};

/// What a pointer is to whole codes. @tparam Byte  std::uint8_t, or const std::uint8_t to read only
template <class Code, class Byte>
class NarrowPointer : public SteppingPointer<NarrowPointer<Code, Byte>> {
  static constexpr std::size_t per_byte = 8 / Code::bits;

 public:
  using value_type = Code;
  using reference = std::conditional_t<std::is_const_v<Byte>, Code, NarrowReference<Code>>;

  constexpr NarrowPointer() = default;
  /// To code `at`, counted from the lowest bits of the first byte.
  constexpr NarrowPointer(Byte* bytes, Index at) : NarrowPointer::SteppingPointer(at), bytes_(bytes) {}
  constexpr operator NarrowPointer<Code, const Byte>() const requires(!std::is_const_v<Byte>) {
    return {bytes_, this->at_};
  }

  constexpr reference operator[](Index i) const {
    const auto at = static_cast<std::size_t>(this->at_ + i);  // unsigned divisions are shifts
    Byte& byte = bytes_[at / per_byte];
    const int shift = static_cast<int>(at % per_byte) * Code::bits;
    if constexpr (std::is_const_v<Byte>) {
      return Code(byte >> shift);
    } else {
      return {byte, shift};
    }
  }

 private:
  Byte* bytes_ = nullptr;
};

/// What std::span is to whole codes, for a SteppingPointer to other numbers.
template <class Pointer>
class SteppingSpan {
 public:
  using value_type = typename Pointer::value_type;
  using iterator = Pointer;

  constexpr SteppingSpan(Pointer first, std::size_t size) : first_(first), size_(size) {}
  /// All from the first byte on.
  template <class Byte>
  constexpr SteppingSpan(Byte* bytes, std::size_t size) : SteppingSpan(Pointer(bytes, 0), size) {}
  template <std::convertible_to<Pointer> Other>
  constexpr SteppingSpan(const SteppingSpan<Other>& other) : SteppingSpan(other.data(), other.size()) {}

  constexpr std::size_t size() const { return size_; }
  constexpr Pointer data() const { return first_; }
  constexpr Pointer begin() const { return first_; }
  constexpr Pointer end() const { return first_ + static_cast<Index>(size_); }
  constexpr typename Pointer::reference operator[](std::size_t i) const { return first_[static_cast<Index>(i)]; }
  constexpr SteppingSpan subspan(std::size_t first, std::size_t count) const {
    return {first_ + static_cast<Index>(first), count};
  }

 private:
  Pointer first_;
  std::size_t size_;
};

/// Narrow codes in bytes.
template <class Code, class Byte>
using NarrowSpan = SteppingSpan<NarrowPointer<Code, Byte>>;

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
  using span = NarrowSpan<NarrowInt<Bits>, Element>;
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
