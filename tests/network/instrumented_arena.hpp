// SPDX-License-Identifier: MIT
/// @file
/// A plan of the arena run with layers that check it.
#pragma once

#include "qnn/network/arena.hpp"
#include "qnn/testing/guarded.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

/// Runs the plan with layers that write their number into every element of their output, after having checked that all
/// of their inputs still hold the numbers of the layers that gave them. They fill their scratch, too.
template <class Architecture, class P>
struct InstrumentedArena {
  using Plan = qnn::ArenaPlan<Architecture, P>;
  using Element = typename Plan::Element;
  using trace = typename Plan::trace;

  /// The layer that computes the output of layer I: what is skipped passes it on.
  template <qnn::Index I>
  static constexpr qnn::Index computing() {
    if constexpr (I == 0) {
      return 0;
    } else if constexpr (Plan::template skips<I>) {
      return computing<trace::template source<I>>();
    } else {
      return I;
    }
  }

  /// Elements of the arena that some layer wrote; -1 where an input was overwritten or a write left the arena.
  /// @param merges  whether layers that can compute the pooling behind them do
  static qnn::Index run(qnn::Index capacity, qnn::Index count, bool merges) {
    qnn::testing::Guarded<Element> arena(Plan::elements(capacity));
    std::vector<bool> written(arena.size());
    bool broken = false;
    const auto mark = [&](Element* first, qnn::Index size, qnn::Index layer) {
      std::fill(first, first + size, static_cast<Element>(layer + 1));
      std::fill_n(written.begin() + (first - arena.data()), size, true);
    };
    const auto holds = [](const Element* first, qnn::Index size, qnn::Index layer) {
      return std::count(first, first + size, static_cast<Element>(layer + 1)) == size;
    };
    Element* const examples = arena.data() + Plan::template offset<0>(capacity);
    mark(examples, count * trace::input::size, 0);
    const Element* const result = qnn::detail::run_layers<Plan>(
        examples, arena.data(), capacity, [&](auto) { return merges; },
        [&]<qnn::Index First, qnn::Index Last>(qnn::IndexConstant<First>, qnn::IndexConstant<Last>, const auto& sources,
                                               Element* out, Element* scratch) {
          const qnn::Index out_size = count * trace::template shape<Last>::size;
          mark(scratch, capacity * Plan::template scratch<First>, 99);
          const auto check = [&]<qnn::Index Source>(qnn::IndexConstant<Source>, const Element* in) {
            const qnn::Index in_size = count * trace::template shape<Source>::size;
            // Element by element, as a layer may read its whole input until the last of its outputs is written.
            const bool apart = in + in_size <= out || out + out_size <= in;
            broken = broken || !(apart || (Plan::template in_place<First> && in == out)) ||
                     !holds(in, in_size, computing<Source>());
          };
          constexpr auto places = trace::template sources<First>;
          [&]<std::size_t... K>(std::index_sequence<K...>) {
            (check(qnn::IndexConstant<places[K]>{}, sources[K]), ...);
          }
          (std::make_index_sequence<places.size()>{});
          broken = broken || reinterpret_cast<std::uintptr_t>(out) % qnn::alignment !=
                                 reinterpret_cast<std::uintptr_t>(arena.data()) % qnn::alignment;
          mark(out, out_size, computing<Last>());
        });
    broken =
        broken || !arena.intact() || !holds(result, count * trace::output::size, computing<trace::layer_count - 1>());
    return broken ? -1 : std::count(written.begin(), written.end(), true);
  }
};
