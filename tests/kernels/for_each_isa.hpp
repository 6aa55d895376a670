// SPDX-License-Identifier: MIT
/// @file
/// Every instruction set of this machine.
#pragma once

#include "qnn/kernels/isa.hpp"

#include <doctest/doctest.h>

#include <concepts>

namespace qnn {

/// Calls body(tag) for each instruction set that has kernels and is here.
template <class Body>
void for_each_isa(Body&& body) {
  for (const isa::Name name : isa::all_names) {
    if (isa::is_supported(name)) {
      isa::with_tag(name, [&]<class Isa>(Isa tag) {
        if constexpr (std::derived_from<Isa, isa::Vector>) {
          INFO(isa::text(name));
          body(tag);
        }
      });
    }
  }
}

}  // namespace qnn
