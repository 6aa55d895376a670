// SPDX-License-Identifier: MIT
/// @file
/// Every instruction set of this machine.
#pragma once

#include "qnn/kernels/isa.hpp"

#include <doctest/doctest.h>

#include <concepts>
#include <cstdlib>

namespace qnn {

/// Calls body(tag) for each instruction set that has kernels and is here, or for that alone which QNN_ISA names; says
/// so where there is none.
template <class Body>
void for_each_isa(Body&& body) {
  const char* const requested = std::getenv("QNN_ISA");
  const bool is_forced = requested != nullptr && *requested != '\0';
  bool found = false;
  for (const isa::Name name : isa::all_names) {
    if (is_forced ? name == isa::active() : isa::is_supported(name)) {
      isa::with_tag(name, [&]<class Isa>(Isa tag) {
        if constexpr (std::derived_from<Isa, isa::Vector>) {
          INFO(isa::text(name));
          found = true;
          body(tag);
        }
      });
    }
  }
  if (!found) {
    MESSAGE("skipped: this machine has no instruction set with kernels of its own");
  }
}

}  // namespace qnn
