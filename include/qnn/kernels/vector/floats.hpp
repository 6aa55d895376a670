// SPDX-License-Identifier: MIT
/// @file
/// The float kernels by the instruction set in use.
#pragma once

#include "qnn/kernels/avx2/floats.hpp"
#include "qnn/kernels/avx512vnni/floats.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/pooling.hpp"
#include "qnn/kernels/vector/product.hpp"

namespace qnn::kernels::vector {

// Each takes the tag first; what a set has no version of, the one that it inherits from computes. There is nothing to run
// for a tag without float kernels.
void multiply(isa::Reference, const Product&) = delete;
void max_pool(isa::Reference, const Pooling&, const float*, Index, float*) = delete;
void max_pool_backward(isa::Reference, const Pooling&, const float*, const float*, const float*, Index,
                       float*) = delete;
void add_rows(isa::Reference, const float*, Index, Index, Index, const Rows&, float*) = delete;

#if QNN_HAS_X86_KERNELS
using avx2::floats::add_rows;
using avx2::floats::max_pool;
using avx2::floats::max_pool_backward;
using avx2::floats::multiply;
using avx512vnni::floats::add_rows;
using avx512vnni::floats::max_pool;
using avx512vnni::floats::max_pool_backward;
using avx512vnni::floats::multiply;
#endif

/// Whether isa::active() has float kernels.
inline bool has_float_kernels() { return QNN_HAS_X86_KERNELS != 0 && isa::active() > isa::Name::portable; }

/// Calls `body` with the tag of the instruction set in use. @pre has_float_kernels()
template <class Body>
void with_float_kernels([[maybe_unused]] Body&& body) {
#if QNN_HAS_X86_KERNELS
  if (isa::active() == isa::Name::avx512vnni) {
    body(isa::Avx512Vnni{});
  } else {
    body(isa::Avx2{});
  }
#endif
}

/// Computes a product. @pre has_float_kernels()
inline void multiply_active(const Product& product) {
  with_float_kernels([&](auto tag) { multiply(tag, product); });
}

/// Adds row i of `values`, `length` floats each, to row first + i of `rows`, which lie in `to`: the memory that
/// `rows.data` points to. @pre has_float_kernels()
inline void add_rows_active(const float* values, Index length, Index first, Index count, const Rows& rows, float* to) {
  with_float_kernels([&](auto tag) { add_rows(tag, values, length, first, count, rows, to); });
}

}  // namespace qnn::kernels::vector
