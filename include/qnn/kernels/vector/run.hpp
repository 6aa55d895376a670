// SPDX-License-Identifier: MIT
/// @file
/// The vector kernels by the tag of their instruction set.
#pragma once

#include "qnn/kernels/amx/linear.hpp"
#include "qnn/kernels/avx2/linear.hpp"
#include "qnn/kernels/avx512vnni/linear.hpp"
#include "qnn/kernels/avxvnni/linear.hpp"
#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/neon/linear.hpp"
#include "qnn/kernels/neon_dotprod/linear.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/kernels/vector/padded_image.hpp"
#include "qnn/kernels/vector/pool_job.hpp"
#include "qnn/kernels/vector/sum_job.hpp"
#include "qnn/numeric/saturating.hpp"

#include <concepts>
#include <cstdint>

namespace qnn::kernels::vector {

// Each takes the tag first; what a set has no version of, the one that it inherits from computes. There is nothing to
// run for a tag without vector kernels.
template <class Policy, class Job>
void run(isa::Reference, const Job&) = delete;
template <class Code>
void max_pool(isa::Reference, const PoolJob<Code>&) = delete;
template <class Code>
void average_pool(isa::Reference, const PoolJob<Code>&) = delete;
template <class Code>
void add_codes(isa::Reference, const SumJob<Code>&) = delete;
template <class Code>
void look_up(isa::Reference, const Code*, const Code*, Index, Code*) = delete;
template <class Code>
bool are_seven_bit(isa::Reference, const Code*, Index) = delete;
template <class Code>
bool quantize(isa::Reference, const float*, Index, float, std::int32_t, CodeRange, Code*) = delete;

/// Whether a job is one for the tile registers of AMX.
constexpr bool fills_tiles(isa::Reference, const Runs&, const Positions&) { return false; }

#if QNN_HAS_X86_KERNELS
using amx::fills_tiles;
using amx::run;
using avx2::add_codes;
using avx2::are_seven_bit;
using avx2::average_pool;
using avx2::look_up;
using avx2::lower_image;
using avx2::lower_rows;
using avx2::max_pool;
using avx2::quantize;
using avx2::run;
using avx512vnni::add_codes;
using avx512vnni::are_seven_bit;
using avx512vnni::average_pool;
using avx512vnni::look_up;
using avx512vnni::lower_image;
using avx512vnni::lower_rows;
using avx512vnni::max_pool;
using avx512vnni::quantize;
using avx512vnni::run;
using avxvnni::add_codes;
using avxvnni::are_seven_bit;
using avxvnni::average_pool;
using avxvnni::look_up;
using avxvnni::lower_image;
using avxvnni::lower_rows;
using avxvnni::max_pool;
using avxvnni::quantize;
using avxvnni::run;
#elif QNN_HAS_ARM_KERNELS
using neon::add_codes;
using neon::are_seven_bit;
using neon::average_pool;
using neon::look_up;
using neon::lower_image;
using neon::lower_rows;
using neon::max_pool;
using neon::quantize;
using neon::run;
using neon_dotprod::add_codes;
using neon_dotprod::are_seven_bit;
using neon_dotprod::average_pool;
using neon_dotprod::look_up;
using neon_dotprod::lower_image;
using neon_dotprod::lower_rows;
using neon_dotprod::max_pool;
using neon_dotprod::quantize;
using neon_dotprod::run;
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
