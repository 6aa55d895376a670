// SPDX-License-Identifier: MIT
/// @file
/// The machines of all layers of a network that holds its weights inside.
#pragma once

#include "qnn/core/shape.hpp"
#include "qnn/network/layer_precisions.hpp"
#include "qnn/network/sequential.hpp"

#include <cstddef>
#include <utility>

namespace qnn {

namespace detail {

template <Index I, class Machine>
struct MachineAt {
  Machine machine{};
};

template <Index I, class Machine>
constexpr Machine& machine_at(MachineAt<I, Machine>& slot) {
  return slot.machine;
}
template <Index I, class Machine>
constexpr const Machine& machine_at(const MachineAt<I, Machine>& slot) {
  return slot.machine;
}

/// Not a std::tuple: behind an empty element, such as Flatten's, g++ 12 forgets the default values of the members of
/// the other elements.
template <class Architecture, class P, class Positions>
struct MachineList;
template <class Architecture, class P, std::size_t... I>
struct MachineList<Architecture, P, std::index_sequence<I...>>
    : MachineAt<static_cast<Index>(I) + 1, MachineOf<Architecture, P, static_cast<Index>(I) + 1>>... {};

}  // namespace detail

/// One machine for each layer behind the Input, with the codes of its weights. A public base of integer and dynamic
/// networks.
template <class Architecture, class P>
class LayerMachines {
 public:
  /// The machine of layer I, 1 or more. After a change of weights or scales, call the network's prepare(): kernels read
  /// a copy.
  template <Index I>
  constexpr auto& layer() {
    return detail::machine_at<I>(machines_);
  }
  template <Index I>
  constexpr const auto& layer() const {
    return detail::machine_at<I>(machines_);
  }

 private:
  detail::MachineList<Architecture, P, std::make_index_sequence<Trace<Architecture>::layer_count - 1>> machines_{};
};

}  // namespace qnn
