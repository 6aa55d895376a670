// SPDX-License-Identifier: MIT
/// @file
/// The vector kernels by the tag of their instruction set.
#pragma once

#include "qnn/kernels/avx2/linear.hpp"
#include "qnn/kernels/avx512vnni/linear.hpp"
#include "qnn/kernels/avxvnni/linear.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/neon/linear.hpp"
#include "qnn/kernels/neon_dotprod/linear.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/numeric/saturating.hpp"

#include <concepts>
#include <cstdint>

namespace qnn::kernels::vector {

// There is nothing to run for a tag without vector kernels.
template <class Policy, class Job>
void run(isa::Reference, const Job&) = delete;
template <class Code>
bool quantize(isa::Reference, const float*, Index, float, std::int32_t, CodeRange, Code*) = delete;

#if QNN_HAS_X86_KERNELS
template <class Policy, class Code, class Accumulator>
void run(isa::Avx2, const Job<Code, Accumulator>& job) {
  avx2::run<Policy>(job);
}
template <class Code>
bool quantize(isa::Avx2, const float* x, Index count, float scale, std::int32_t zero_point, CodeRange range,
              Code* codes) {
  return avx2::quantize(x, count, scale, zero_point, range, codes);
}
template <class Code>
void lower_rows(isa::Avx2, const Code* from, Index rows, Index length, std::uint8_t* to, Index stride, Index plane) {
  avx2::lower_rows(from, rows, length, to, stride, plane);
}
template <class Code>
void lower_image(isa::Avx2, const Code* image, const PaddedImage& padded, Code padding, std::uint8_t* to, Index plane) {
  avx2::lower_image(image, padded, padding, to, plane);
}

template <class Policy, class Code, class Accumulator>
void run(isa::AvxVnni, const Job<Code, Accumulator>& job) {
  avxvnni::run<Policy>(job);
}
template <class Code>
bool quantize(isa::AvxVnni, const float* x, Index count, float scale, std::int32_t zero_point, CodeRange range,
              Code* codes) {
  return avxvnni::quantize(x, count, scale, zero_point, range, codes);
}
template <class Code>
void lower_rows(isa::AvxVnni, const Code* from, Index rows, Index length, std::uint8_t* to, Index stride, Index plane) {
  avxvnni::lower_rows(from, rows, length, to, stride, plane);
}
template <class Code>
void lower_image(isa::AvxVnni, const Code* image, const PaddedImage& padded, Code padding, std::uint8_t* to,
                 Index plane) {
  avxvnni::lower_image(image, padded, padding, to, plane);
}

template <class Policy, class Code, class Accumulator>
void run(isa::Avx512Vnni, const Job<Code, Accumulator>& job) {
  avx512vnni::run<Policy>(job);
}
template <class Code>
bool quantize(isa::Avx512Vnni, const float* x, Index count, float scale, std::int32_t zero_point, CodeRange range,
              Code* codes) {
  return avx512vnni::quantize(x, count, scale, zero_point, range, codes);
}
template <class Code>
void lower_rows(isa::Avx512Vnni, const Code* from, Index rows, Index length, std::uint8_t* to, Index stride,
                Index plane) {
  avx512vnni::lower_rows(from, rows, length, to, stride, plane);
}
template <class Code>
void lower_image(isa::Avx512Vnni, const Code* image, const PaddedImage& padded, Code padding, std::uint8_t* to,
                 Index plane) {
  avx512vnni::lower_image(image, padded, padding, to, plane);
}

#elif QNN_HAS_ARM_KERNELS
template <class Policy, class Code, class Accumulator>
void run(isa::Neon, const Job<Code, Accumulator>& job) {
  neon::run<Policy>(job);
}
template <class Code>
bool quantize(isa::Neon, const float* x, Index count, float scale, std::int32_t zero_point, CodeRange range,
              Code* codes) {
  return neon::quantize(x, count, scale, zero_point, range, codes);
}
template <class Code>
void lower_rows(isa::Neon, const Code* from, Index rows, Index length, std::uint8_t* to, Index stride, Index plane) {
  neon::lower_rows(from, rows, length, to, stride, plane);
}
template <class Code>
void lower_image(isa::Neon, const Code* image, const PaddedImage& padded, Code padding, std::uint8_t* to, Index plane) {
  neon::lower_image(image, padded, padding, to, plane);
}

template <class Policy, class Code, class Accumulator>
void run(isa::NeonDotprod, const Job<Code, Accumulator>& job) {
  neon_dotprod::run<Policy>(job);
}
template <class Code>
bool quantize(isa::NeonDotprod, const float* x, Index count, float scale, std::int32_t zero_point, CodeRange range,
              Code* codes) {
  return neon_dotprod::quantize(x, count, scale, zero_point, range, codes);
}
template <class Code>
void lower_rows(isa::NeonDotprod, const Code* from, Index rows, Index length, std::uint8_t* to, Index stride,
                Index plane) {
  neon_dotprod::lower_rows(from, rows, length, to, stride, plane);
}
template <class Code>
void lower_image(isa::NeonDotprod, const Code* image, const PaddedImage& padded, Code padding, std::uint8_t* to,
                 Index plane) {
  neon_dotprod::lower_image(image, padded, padding, to, plane);
}

#endif

/// Calls `body` with the tag of the instruction set in use. @pre isa::active() is one with vector kernels
template <class Body>
void with_active(Body&& body) {
  isa::with_tag(isa::active(), [&](auto tag) {
    if constexpr (std::derived_from<decltype(tag), isa::Vector>) {
      body(tag);
    }
  });
}

}  // namespace qnn::kernels::vector
