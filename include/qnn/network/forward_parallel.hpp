// SPDX-License-Identifier: MIT
/// @file
/// A forward pass whose examples several threads share.
#pragma once

#include "qnn/core/contract.hpp"
#include "qnn/core/parallel.hpp"
#include "qnn/network/arena.hpp"
#include "qnn/network/network.hpp"

#include <algorithm>
#include <type_traits>

namespace qnn {

namespace detail {

/// How threads share examples and an arena.
struct SharedExamples {
  Index examples;
  Index group;     ///< examples that stay together
  int parts;       ///< threads that have something to do
  Index capacity;  ///< examples of the arena of each

  /// Floats are computed by groups of one size, since a float product of few rows is summed in another order. An
  /// integer is the same by itself.
  static SharedExamples of(Index examples, Index capacity, int threads, bool are_floats) {
    const Index group = are_floats ? std::min<Index>(capacity, 16) : 1;
    const Index groups = (examples + group - 1) / group;
    const Index parts = std::max<Index>(std::min({Index{thread_count(threads)}, capacity / group, groups}), 1);
    return {examples, group, static_cast<int>(parts), are_floats ? group : capacity / parts};
  }
  Slice share(int part) const {
    const Slice groups = slice_of((examples + group - 1) / group, parts, part);
    const Index first = groups.first * group;
    return {first, std::min(groups.count * group, examples - first)};
  }
};

/// Calls run(x, y, arena) with parts of each.
template <class Architecture, class P, class In, class Out, class Run>
void run_shared(In x, Out y, ArenaView<Architecture, P> arena, int threads, Run&& run) {
  QNN_EXPECTS(x.count() == y.count(), "as many outputs as inputs");
  QNN_EXPECTS(arena.capacity > 0, "an arena has room for at least one example");
  const auto shared = SharedExamples::of(x.count(), arena.capacity, threads, std::is_same_v<P, Float32>);
  const Index size = ArenaPlan<Architecture, P>::elements(shared.capacity);
  parallel_for(shared.parts, [&](int part) {
    const Slice share = shared.share(part);
    run(x.slice(share.first, share.count), y.slice(share.first, share.count),
        ArenaView<Architecture, P>{arena.data + part * size, shared.capacity});
  });
}

}  // namespace detail

/// y = network(x), as Network::forward, computed by up to `threads` threads, each with a part of the arena: so there
/// are as many as the arena has room for examples at most, for floats one for each 16 of them. Results do not depend on
/// the number of threads, and integers are those of forward. Floats depend on the room of the arena where that is below
/// 16, and may differ from those of forward in their last bits. Allocates nothing but what OpenMP does when it starts a
/// number of threads.
/// @param threads  0: all that the machine offers
/// @throws ArgumentError for a number of threads out of range
template <class Architecture, class P>
void forward_parallel(const Network<Architecture, P>& network, typename Network<Architecture, P>::Input x,
                      typename Network<Architecture, P>::Output y,
                      std::type_identity_t<ArenaView<Architecture, P>> arena, int threads = 0) {
  detail::run_shared(x, y, arena, threads,
                     [&](auto from, auto to, const auto& part) { network.forward(from, to, part); });
}

/// The same from codes to codes, as Network::forward_codes.
template <class Architecture, class P>
void forward_codes_parallel(
    const Network<Architecture, P>& network,
    std::type_identity_t<Batch<const typename Network<Architecture, P>::InputCode, typename Trace<Architecture>::input>>
        x,
    std::type_identity_t<Batch<typename Network<Architecture, P>::OutputCode, typename Trace<Architecture>::output>> y,
    std::type_identity_t<ArenaView<Architecture, P>> arena, int threads = 0) {
  detail::run_shared(x, y, arena, threads,
                     [&](auto from, auto to, const auto& part) { network.forward_codes(from, to, part); });
}

}  // namespace qnn
