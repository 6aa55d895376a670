// SPDX-License-Identifier: MIT
/// @file
/// Inputs as the kernels read them. Included by linear.inl.
///
/// 8-bit codes are offset to the signedness that is multiplied (packed.hpp: input_offset). 16-bit codes are split into
/// two planes, x = 256 high + low, each of 16-bit numbers: first the low halves, `plane` bytes behind them the high ones.
/// Around an image stands its padding, so that no window needs a test and no read ends outside of memory that belongs to it.

/// Codes as compilers split them over the registers of any width.
using Bytes = std::uint8_t __attribute__((vector_size(32)));
using UnsignedWords = std::uint16_t __attribute__((vector_size(64)));
using Words = std::int16_t __attribute__((vector_size(64)));
/// An 8-bit input as the kernels read it.
using ByteInput = std::conditional_t<input_bytes == 1, std::uint8_t, std::uint16_t>;

/// Bytes of a code when lowered; 16-bit codes are lowered twice, high and low half.
template <class Code>
inline constexpr Index lowered_bytes = sizeof(Code) == 1 ? input_bytes : 2;

/// One code, as the kernels read it.
template <class Code>
inline void lower_code(Code code, std::uint8_t* to, [[maybe_unused]] Index plane) {
  if constexpr (sizeof(Code) == 1) {
    const auto input = static_cast<ByteInput>(static_cast<std::uint8_t>(code + vector::input_offset<Code>));
    std::memcpy(to, &input, sizeof input);
  } else {
    const auto low = static_cast<std::int16_t>(code & 255), high = static_cast<std::int16_t>(code >> 8);
    std::memcpy(to, &low, sizeof low);
    std::memcpy(to + plane, &high, sizeof high);
  }
}

/// As many codes as are lowered together.
template <class Code>
inline void lower_vector(const Code* from, std::uint8_t* to, [[maybe_unused]] Index plane) {
  if constexpr (sizeof(Code) == 1) {
    Bytes codes;
    std::memcpy(&codes, from, sizeof codes);
    codes ^= static_cast<std::uint8_t>(vector::input_offset<Code> == 0 ? 0 : 0x80);
    if constexpr (input_bytes == 1) {
      std::memcpy(to, &codes, sizeof codes);
    } else {
      const auto wide = __builtin_convertvector(codes, UnsignedWords);
      std::memcpy(to, &wide, sizeof wide);
    }
  } else {
    Words codes;
    std::memcpy(&codes, from, sizeof codes);
    const Words low = codes & std::int16_t{255}, high = codes >> 8;
    std::memcpy(to, &low, sizeof low);
    std::memcpy(to + plane, &high, sizeof high);
  }
}

/// `count` neighbouring codes.
template <class Code>
QNN_NOINLINE void lower_codes(const Code* from, Index count, std::uint8_t* to, Index plane) {
  constexpr Index together = 32;
  for (; count >= together; count -= together, from += together, to += together * lowered_bytes<Code>) {
    lower_vector(from, to, plane);
  }
  for (; count > 0; --count, ++from, to += lowered_bytes<Code>) {
    lower_code(*from, to, plane);
  }
}

/// `count` times the same code.
template <class Code>
QNN_NOINLINE void lower_padding(Code padding, Index count, std::uint8_t* to, Index plane) {
  for (; count > 0; --count, to += lowered_bytes<Code>) {
    lower_code(padding, to, plane);
  }
}

/// `rows` rows of `length` codes, each `stride` bytes from the next; what lies between is 0.
template <class Code>
  requires(Isa::has_own_lowering(sizeof(Code)))
void lower_rows(Isa, const Code* from, Index rows, Index length, std::uint8_t* to, Index stride, Index plane) {
  const Index used = length * lowered_bytes<Code>;
  for (Index row = 0; row < rows; ++row, to += stride) {
    lower_codes(from + row * length, length, to, plane);
    std::fill_n(to + used, stride - used, std::uint8_t{0});
    std::fill_n(to + plane + used, stride - used, std::uint8_t{0});
  }
}

/// Copies an image and its padding to `to`.
template <class Code>
  requires(Isa::has_own_lowering(sizeof(Code)))
void lower_image(Isa, const Code* image, const vector::PaddedImage& padded, Code padding, std::uint8_t* to,
                 Index plane) {
  const Index copied = std::min(padded.width, padded.columns - padded.left);
  const Index row_codes = padded.columns * padded.channels, before = padded.left * padded.channels;
  constexpr Index size = lowered_bytes<Code>;
  for (Index row = 0; row < padded.rows; ++row, to += padded.row_bytes()) {
    const Index source = row - padded.top;
    if (source < 0 || source >= padded.height || copied <= 0) {
      lower_padding(padding, row_codes, to, plane);
      continue;
    }
    const Index codes = copied * padded.channels, after = row_codes - before - codes;
    lower_padding(padding, before, to, plane);
    lower_codes(image + source * padded.width * padded.channels, codes, to + before * size, plane);
    lower_padding(padding, after, to + (before + codes) * size, plane);
  }
  constexpr Index step = size * vector::step_bytes;  // the last one may reach beyond the last code
  std::fill_n(to, step, std::uint8_t{0});
  std::fill_n(to + plane, step, std::uint8_t{0});
}
