// SPDX-License-Identifier: MIT
/// @file
/// Reals to codes, many at a time: contract and dispatch.
#pragma once

#include "qnn/kernels/isa.hpp"
#include "qnn/kernels/vector/run.hpp"
#include "qnn/scheme/affine.hpp"

#include <concepts>
#include <span>
#include <type_traits>

namespace qnn::kernels {

/// codes[i] = quantize_value(x[i], parameters, range), on every instruction set. O(x.size()).
/// @return whether every x is finite; where one is not, the codes are unspecified
template <CodeType Code, AffineParameters P>
constexpr bool quantize(std::span<const float> x, const P& parameters, CodeRange range, Code* codes) {
  if (!std::is_constant_evaluated() && isa::active() > isa::Name::portable) {
    return isa::with_tag(isa::active(), [&](auto tag) {
      if constexpr (std::derived_from<decltype(tag), isa::Vector>) {
        return vector::quantize(tag, x.data(), static_cast<Index>(x.size()), parameters.scale, parameters.zero_point,
                                range, codes);
      } else {
        return false;
      }
    });
  }
  for (const float value : x) {
    if (!is_finite(value)) {
      return false;
    }
    *codes++ = quantize_value<Code>(value, parameters, range);
  }
  return true;
}

}  // namespace qnn::kernels
