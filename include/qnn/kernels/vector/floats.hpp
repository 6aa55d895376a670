// SPDX-License-Identifier: MIT
/// @file
/// The float kernels by the instruction set in use. `has_float_kernels()` must hold for all of them.
#pragma once

#include "qnn/kernels/avx2/floats.hpp"
#include "qnn/kernels/avx512vnni/floats.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/depthwise_floats.hpp"
#include "qnn/kernels/vector/pooling.hpp"
#include "qnn/kernels/vector/product.hpp"

namespace qnn::kernels::vector {

/// Whether isa::active() has float kernels.
inline bool has_float_kernels() { return QNN_HAS_X86_KERNELS != 0 && isa::active() > isa::Name::portable; }

#if QNN_HAS_X86_KERNELS

// Each takes the tag first; what a set has no version of, the one that it inherits from computes.
using avx2::floats::add_rows;
using avx2::floats::depthwise;
using avx2::floats::depthwise_input_gradients;
using avx2::floats::depthwise_weight_gradients;
using avx2::floats::max_pool;
using avx2::floats::max_pool_backward;
using avx2::floats::multiply;
using avx512vnni::floats::add_rows;
using avx512vnni::floats::depthwise;
using avx512vnni::floats::depthwise_input_gradients;
using avx512vnni::floats::depthwise_weight_gradients;
using avx512vnni::floats::max_pool;
using avx512vnni::floats::max_pool_backward;
using avx512vnni::floats::multiply;

/// Calls `body` with the tag of the instruction set in use: AVX-VNNI uses those of AVX2, AMX those of AVX512-VNNI.
template <class Body>
void with_float_kernels(Body&& body) {
  if (isa::active() == isa::Name::avx512vnni || isa::active() == isa::Name::amx) {
    body(isa::Avx512Vnni{});
  } else {
    body(isa::Avx2{});
  }
}

/// Computes a product.
QNN_NOINLINE inline void multiply_active(const Product& product) {
  with_float_kernels([&](auto tag) { multiply(tag, product); });
}

/// Adds row i of `values`, `length` floats each, to row first + i of `rows`, which lie in `to`: the memory that
/// `rows.data` points to.
QNN_NOINLINE inline void add_rows_active(const float* values, Index length, Index first, Index count, const Rows& rows,
                                         float* to) {
  with_float_kernels([&](auto tag) { add_rows(tag, values, length, first, count, rows, to); });
}

/// y = clamp(w * x + bias). @param weights (taps, channels)  @param bias may be null
QNN_NOINLINE inline void depthwise_active(const DepthwiseFloats& job, const float* weights, const float* bias,
                                          Clamp clamp, float* y) {
  with_float_kernels([&](auto tag) { depthwise(tag, job, weights, bias, clamp, y); });
}

/// Adds dL/dw of that to `gradients`, (taps, channels).
QNN_NOINLINE inline void depthwise_weight_gradients_active(const DepthwiseFloats& job, const float* dy,
                                                           float* gradients) {
  with_float_kernels([&](auto tag) { depthwise_weight_gradients(tag, job, dy, gradients); });
}

/// Adds dL/dx of that to `dx`: the memory that `job.windows.data` points to.
QNN_NOINLINE inline void depthwise_input_gradients_active(const DepthwiseFloats& job, const float* weights,
                                                          const float* dy, float* dx) {
  with_float_kernels([&](auto tag) { depthwise_input_gradients(tag, job, weights, dy, dx); });
}

/// y = the largest x under each window.
QNN_NOINLINE inline void max_pool_active(const Pooling& pooling, const float* x, Index images, float* y) {
  with_float_kernels([&](auto tag) { max_pool(tag, pooling, x, images, y); });
}

/// dx = dL/dx of that.
QNN_NOINLINE inline void max_pool_backward_active(const Pooling& pooling, const float* x, const float* y,
                                                  const float* dy, Index images, float* dx) {
  with_float_kernels([&](auto tag) { max_pool_backward(tag, pooling, x, y, dy, images, dx); });
}

#else

// Nobody calls these.
inline void multiply_active(const Product&) {}
inline void add_rows_active(const float*, Index, Index, Index, const Rows&, float*) {}
inline void depthwise_active(const DepthwiseFloats&, const float*, const float*, Clamp, float*) {}
inline void depthwise_weight_gradients_active(const DepthwiseFloats&, const float*, float*) {}
inline void depthwise_input_gradients_active(const DepthwiseFloats&, const float*, const float*, float*) {}
inline void max_pool_active(const Pooling&, const float*, Index, float*) {}
inline void max_pool_backward_active(const Pooling&, const float*, const float*, const float*, Index, float*) {}

#endif

}  // namespace qnn::kernels::vector
