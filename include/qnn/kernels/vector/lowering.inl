// SPDX-License-Identifier: MIT
/// @file
/// Inputs as the kernels read them. Included by linear.inl.
///
/// Around an image stands its padding, so that no window needs a test and no read ends outside of memory that belongs
/// to it. What a code becomes (job.hpp: Form) is a type here, which puts one code, or as many as are lowered together,
/// to a place counted in codes.

/// Codes as compilers split them over the registers of any width.
using Bytes = std::uint8_t __attribute__((vector_size(32)));
using UnsignedWords = std::uint16_t __attribute__((vector_size(64)));
using Words = std::int16_t __attribute__((vector_size(64)));
/// Codes that are lowered together.
inline constexpr Index lowered_together = 32;
/// All bits that any of them has.
QNN_ALWAYS_INLINE std::uint8_t bits_of_any(const Bytes& codes) {
  using Quarters __attribute__((vector_size(32))) = std::uint64_t;
  Quarters q;
  std::memcpy(&q, &codes, sizeof q);
  std::uint64_t any = q[0] | q[1] | q[2] | q[3];
  any |= any >> 32, any |= any >> 16, any |= any >> 8;
  return static_cast<std::uint8_t>(any);
}

/// 8-bit codes, offset to the signedness that is multiplied (packed.hpp: input_offset).
template <class Code>
struct LoweredBytes {
  /// An input as the kernels read it.
  using Input = std::conditional_t<input_bytes == 1, std::uint8_t, std::uint16_t>;
  std::uint8_t* data;

  void put(Index at, Code code) const {
    const auto input = static_cast<Input>(static_cast<std::uint8_t>(code + vector::input_offset<Code>));
    std::memcpy(data + at * input_bytes, &input, sizeof input);
  }
  void put_together(Index at, const Code* from) const {
    Bytes codes;
    std::memcpy(&codes, from, sizeof codes);
    codes ^= static_cast<std::uint8_t>(vector::input_offset<Code> == 0 ? 0 : 0x80);
    if constexpr (input_bytes == 1) {
      std::memcpy(data + at, &codes, sizeof codes);
    } else {
      const auto wide = __builtin_convertvector(codes, UnsignedWords);
      std::memcpy(data + at * input_bytes, &wide, sizeof wide);
    }
  }
  void clear(Index at, Index count) const {
    std::fill_n(data + at * input_bytes, count * input_bytes, std::uint8_t{0});
  }
};

/// 8-bit codes as they are.
template <class Code>
struct PlainBytes {
  std::uint8_t* data;

  void put(Index at, Code code) const { data[at] = static_cast<std::uint8_t>(code); }
  void put_together(Index at, const Code* from) const { std::memcpy(data + at, from, lowered_together); }
  void clear(Index at, Index count) const { std::fill_n(data + at, count, std::uint8_t{0}); }
};

/// 16-bit codes split into x = 256 high + low, each a number of 16 bits: the low halves and, `plane` bytes behind, the
/// high ones. See accumulate_words.inl.
struct LoweredHalves {
  std::uint8_t* data;
  Index plane;

  void put(Index at, std::int16_t code) const {
    const auto low = static_cast<std::int16_t>(code & 255), high = static_cast<std::int16_t>(code >> 8);
    std::memcpy(data + at * 2, &low, sizeof low);
    std::memcpy(data + plane + at * 2, &high, sizeof high);
  }
  void put_together(Index at, const std::int16_t* from) const {
    Words codes;
    std::memcpy(&codes, from, sizeof codes);
    const Words low = codes & std::int16_t{255}, high = codes >> 8;
    std::memcpy(data + at * 2, &low, sizeof low);
    std::memcpy(data + plane + at * 2, &high, sizeof high);
  }
  void clear(Index at, Index count) const {
    std::fill_n(data + at * 2, count * 2, std::uint8_t{0});
    std::fill_n(data + plane + at * 2, count * 2, std::uint8_t{0});
  }
};

/// 16-bit codes as they are and, `plane` bytes behind, their high bytes, offset as those of 8-bit codes. See
/// accumulate_whole_words.inl.
struct LoweredWords {
  std::uint8_t* data;
  Index plane;

  void put(Index at, std::int16_t code) const {
    std::memcpy(data + at * 2, &code, sizeof code);
    data[plane + at] = static_cast<std::uint8_t>((code >> 8) + vector::high_byte_offset);
  }
  void put_together(Index at, const std::int16_t* from) const {
    UnsignedWords codes;
    std::memcpy(&codes, from, sizeof codes);
    std::memcpy(data + at * 2, &codes, sizeof codes);
    Bytes high = __builtin_convertvector(codes >> 8, Bytes);
    high ^= static_cast<std::uint8_t>(vector::high_byte_offset);
    std::memcpy(data + plane + at, &high, sizeof high);
  }
  void clear(Index at, Index count) const {
    std::fill_n(data + at * 2, count * 2, std::uint8_t{0});
    std::fill_n(data + plane + at, count, std::uint8_t{0});
  }
};

/// `count` neighbouring codes.
template <class Lowering, class Code>
QNN_NOINLINE void lower_codes(const Code* from, Index count, Lowering to, Index at) {
  for (; count >= lowered_together; count -= lowered_together, from += lowered_together, at += lowered_together) {
    to.put_together(at, from);
  }
  for (; count > 0; --count, ++from, ++at) {
    to.put(at, *from);
  }
}

/// `count` times the same code.
template <class Lowering, class Code>
QNN_NOINLINE void lower_padding(Code padding, Index count, Lowering to, Index at) {
  for (; count > 0; --count, ++at) {
    to.put(at, padding);
  }
}

template <class Lowering, class Code>
void lower_rows_to(Lowering to, const Code* from, Index rows, Index length, Index stride) {
  for (Index row = 0; row < rows; ++row) {
    lower_codes(from + row * length, length, to, row * stride);
    to.clear(row * stride + length, stride - length);
  }
}

template <class Lowering, class Code>
void lower_image_to(Lowering to, const Code* image, const vector::PaddedImage& padded, Code padding) {
  const Index copied = std::min(padded.width, padded.columns - padded.left);
  const Index row_codes = padded.columns * padded.channels, before = padded.left * padded.channels;
  Index at = 0;
  for (Index row = 0; row < padded.rows; ++row, at += row_codes) {
    const Index source = row - padded.top;
    if (source < 0 || source >= padded.height || copied <= 0) {
      lower_padding(padding, row_codes, to, at);
      continue;
    }
    const Index codes = copied * padded.channels, after = row_codes - before - codes;
    lower_padding(padding, before, to, at);
    lower_codes(image + source * padded.width * padded.channels, codes, to, at + before);
    lower_padding(padding, after, to, at + before + codes);
  }
  to.clear(at, vector::step_bytes);  // the last step may reach beyond the last code
}

/// Calls body(lowering) with what puts codes into their form.
template <class Code, class Body>
void with_lowering(const vector::Lowered& to, Body&& body) {
  if constexpr (sizeof(Code) == 1) {
    if (vector::has_no_offset(to.form)) {
      body(PlainBytes<Code>{to.data});
    } else {
      body(LoweredBytes<Code>{to.data});
    }
  } else {
    if constexpr (Isa::has_whole_words) {
      if (to.form == vector::Form::words) {
        return body(LoweredWords{to.data, to.plane});
      }
    }
    body(LoweredHalves{to.data, to.plane});
  }
}

/// `rows` rows of `length` codes, each `stride` codes from the next; what lies between is 0.
template <class Code>
  requires(Isa::has_own_lowering(sizeof(Code)))
void lower_rows(Isa, const Code* from, Index rows, Index length, Index stride, const vector::Lowered& to) {
  with_lowering<Code>(to, [&](auto lowering) { lower_rows_to(lowering, from, rows, length, stride); });
}
/// Copies an image and its padding.
template <class Code>
  requires(Isa::has_own_lowering(sizeof(Code)))
void lower_image(Isa, const Code* image, const vector::PaddedImage& padded, Code padding, const vector::Lowered& to) {
  with_lowering<Code>(to, [&](auto lowering) { lower_image_to(lowering, image, padded, padding); });
}
/// Whether all codes are from 0 to 127. Looks at a few lines of the cache at a time: where codes are not, it is known
/// soon.
template <class Code>
  requires(Isa::has_own_lowering(sizeof(Code)))
bool are_seven_bit(Isa, const Code* codes, Index count) {
  constexpr Index together = 16 * lowered_together;
  std::uint8_t any = 0;
  for (; count >= together && any < 128; count -= together) {
    Bytes all{};
    QNN_UNROLL for (Index i = 0; i < 16; ++i, codes += lowered_together) {
      Bytes some;
      std::memcpy(&some, codes, sizeof some);
      all |= some;
    }
    any = bits_of_any(all);
  }
  for (; count >= lowered_together && any < 128; count -= lowered_together, codes += lowered_together) {
    Bytes some;
    std::memcpy(&some, codes, sizeof some);
    any = bits_of_any(some);
  }
  for (; count > 0 && any < 128; --count, ++codes) {
    any = static_cast<std::uint8_t>(*codes);
  }
  return any < 128;
}
