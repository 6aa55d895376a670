// SPDX-License-Identifier: MIT
/// @file
/// Integers of less than a byte.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>

namespace qnn {

/// A signed integer of `Bits` bits, 2 or 4: -2..1, -8..7. As a value it takes a byte; tensors hold four or two of them
/// in one (scheme/code_storage.hpp). It computes as the int8 that it converts to.
template <int Bits>
class NarrowInt {
  static_assert(Bits == 2 || Bits == 4, "qnn::NarrowInt: 2 or 4 bits, so that a byte holds a whole number of them");
  static constexpr int spare = 8 - Bits;

 public:
  static constexpr int bits = Bits;

  constexpr NarrowInt() = default;
  /// The lowest bits of the number, as conversions between built-in integers take them.
  constexpr explicit NarrowInt(std::int64_t number)
      : value_(
            static_cast<std::int8_t>(static_cast<std::int8_t>(static_cast<std::uint8_t>(number << spare)) >> spare)) {}
  constexpr operator std::int8_t() const { return value_; }

 private:
  std::int8_t value_ = 0;
};

using Int4 = NarrowInt<4>;
/// With symmetric weights, which use the narrow range, ternary: -1, 0, 1.
using Int2 = NarrowInt<2>;

namespace detail {
template <class T>
inline constexpr bool is_narrow_int = false;
template <int Bits>
inline constexpr bool is_narrow_int<NarrowInt<Bits>> = true;
}  // namespace detail

/// Types a quantized value can be stored in.
template <class T>
concept CodeType = std::same_as<T, std::int8_t> || std::same_as<T, std::uint8_t> || std::same_as<T, std::int16_t> ||
    detail::is_narrow_int<T>;

}  // namespace qnn

/// Those of an integer of `Bits` bits.
template <int Bits>
class std::numeric_limits<qnn::NarrowInt<Bits>> {
 public:
  static constexpr bool is_specialized = true, is_signed = true, is_integer = true, is_exact = true, is_bounded = true;
  static constexpr int radix = 2, digits = Bits - 1;
  static constexpr qnn::NarrowInt<Bits> min() { return qnn::NarrowInt<Bits>(-(1 << digits)); }
  static constexpr qnn::NarrowInt<Bits> lowest() { return min(); }
  static constexpr qnn::NarrowInt<Bits> max() { return qnn::NarrowInt<Bits>((1 << digits) - 1); }
};

namespace qnn {

template <CodeType Code>
inline constexpr bool is_signed_code = std::numeric_limits<Code>::is_signed;
/// Bits of a code where tensors hold it.
template <CodeType Code>
inline constexpr int code_bits = std::numeric_limits<Code>::digits + (is_signed_code<Code> ? 1 : 0);

/// "int4", "uint8": in the names of precisions, in tables and files.
template <CodeType Code>
std::string code_name() {
  return (is_signed_code<Code> ? "int" : "uint") + std::to_string(code_bits<Code>);
}

}  // namespace qnn
