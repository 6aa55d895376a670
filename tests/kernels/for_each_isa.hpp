// SPDX-License-Identifier: MIT
/// @file
/// Every instruction set of this machine.
#pragma once

#include "qnn/kernels/isa.hpp"

#include <doctest/doctest.h>

#include <concepts>

namespace qnn {

/// Calls body(tag) for each instruction set that has kernels and is here; says so where there is none.
template <class Body>
void for_each_isa(Body&& body) {
  bool found = false;
  for (const isa::Name name : isa::all_names) {
    if (isa::is_supported(name)) {
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
