// SPDX-License-Identifier: MIT
/// @file
/// Jobs cut into parts for several threads (core/thread_scope.hpp). Each output is computed by one part as it is by the
/// whole: codes do not depend on the number of parts.
#pragma once

#include "qnn/core/slice.hpp"
#include "qnn/core/thread_scope.hpp"
#include "qnn/kernels/vector/job.hpp"
#include "qnn/kernels/vector/run.hpp"

#include <algorithm>

namespace qnn::kernels::vector {

/// Multiply-accumulates that a thread must get for its start to be worth it. Measured with AVX512-VNNI on two cores:
/// see decision 17.
inline constexpr Index least_of_thread = Index{1} << 20;

/// Threads for a layer of so many multiply-accumulates: all that the scope offers, or one. Nothing between, since
/// OpenMP ends and starts threads where the number changes from layer to layer.
inline int threads_for(Index multiply_accumulates) {
  const int threads = ThreadScope::threads();
  return multiply_accumulates < threads * least_of_thread ? 1 : threads;
}

template <class Code, class Accumulator>
constexpr Index multiply_accumulates(const Job<Code, Accumulator>& job) {
  return job.positions.count() * job.channels * job.runs.total_steps() * (step_bytes / Index{sizeof(Code)});
}

/// Part `part` of `parts` of a job: some rows of its outputs or, where there are fewer rows than parts, some panels of
/// its channels. It may be empty: no rows or no channels. All parts read the same lowered inputs.
template <class Code, class Accumulator>
constexpr Job<Code, Accumulator> share_of(Job<Code, Accumulator> job, Index parts, Index part) {
  const Index side = job.pools ? 2 : 1, rows = job.positions.rows / side;
  if (rows >= parts) {
    const Slice share = slice_of(rows, parts, part);
    job.x += share.first * side * job.positions.row_step;
    job.y += share.first * (job.positions.columns / side) * job.y_step;
    job.positions.rows = share.count * side;
    return job;
  }
  const Index panels = (blocks_of(job.channels) + job.panel_blocks - 1) / job.panel_blocks;
  const Slice share = slice_of(panels, parts, part);
  const Index first_block = share.first * job.panel_blocks, first = first_block * block_channels;
  job.channels = std::min(job.channels - first, share.count * job.panel_blocks * block_channels);
  if (job.channels <= 0) {
    job.channels = 0;
    return job;
  }
  job.weights = job.weights_from(first_block);
  job.high_bytes = job.high_bytes_from(first_block);
  job.output.bias += first;
  job.output.plain_bias += first;
  job.output.mantissa += first;
  job.output.exponent += first;
  if (job.output.weight_zero_point != nullptr) {
    job.output.weight_zero_point += first;
  }
  job.y += first;
  return job;
}

/// Runs a job, on several threads where it is large and the scope offers them.
template <class Policy, class Isa, class Code, class Accumulator>
void run_shared(Isa isa, const Job<Code, Accumulator>& job) {
  const int threads = threads_for(multiply_accumulates(job));
  if (threads == 1) {
    return run<Policy>(isa, job);
  }
  share_work(threads, [&](int part) {
    const Job<Code, Accumulator> mine = share_of(job, threads, part);
    if (mine.channels > 0) {
      run<Policy>(isa, mine);
    }
  });
}

}  // namespace qnn::kernels::vector
