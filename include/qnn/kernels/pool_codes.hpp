// SPDX-License-Identifier: MIT
/// @file
/// Pooling of integer codes: contract and dispatch. Both return, for every input, what kernels/reference/pool.hpp does.
#pragma once

#include "qnn/core/view.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/portable/pool.hpp"
#include "qnn/kernels/reference/pool.hpp"
#include "qnn/kernels/vector/pool_job.hpp"
#include "qnn/kernels/vector/run.hpp"

#include <type_traits>

namespace qnn::kernels {

namespace detail {

/// Calls body(tag, job) for each image.
template <class W, class Code, class In, class Out, class Body>
void for_each_pool_job(Batch<const Code, In> x, Batch<Code, Out> y, Body&& body) {
  vector::with_active([&](auto tag) {
    for (Index n = 0; n < x.count(); ++n) {
      body(tag, vector::PoolJob<Code>{vector::Pooling{W::shape}, x[n].data(), y[n].data()});
    }
  });
}

}  // namespace detail

/// The largest code under each window; see reference::max_pool2d.
template <class W, class Code, class In, class Out>
constexpr void max_pool_codes(Batch<const Code, In> x, Batch<Code, Out> y) {
  if (std::is_constant_evaluated() || isa::active() <= isa::Name::portable) {
    return reference::max_pool2d<W>(x, y);
  }
  detail::for_each_pool_job<W>(x, y, [](auto tag, const auto& job) { vector::max_pool(tag, job); });
}

/// The mean of the codes under each window, rounded half to even; see reference::average_pool2d.
template <class W, class Code, class In, class Out>
constexpr void average_pool_codes(Batch<const Code, In> x, Batch<Code, Out> y) {
  if (std::is_constant_evaluated() || isa::active() == isa::Name::reference) {
    return reference::average_pool2d<W>(x, y);
  }
  if constexpr (W::kernel_height * W::kernel_width <= vector::most_summed<Code>) {
    if (isa::active() > isa::Name::portable) {
      return detail::for_each_pool_job<W>(x, y, [](auto tag, const auto& job) { vector::average_pool(tag, job); });
    }
  }
  portable::average_pool2d<W>(x, y);
}

}  // namespace qnn::kernels
