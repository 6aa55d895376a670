// SPDX-License-Identifier: MIT
/// @file
/// The precisions of one network as values: what each asks of a method, and what quantizes to it.
#pragma once

#include "integers.hpp"
#include "parts.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace study {

template <class Architecture>
struct Quantizer {
  PrecisionName precision;
  qnn::LevelRule activations;
  bool is_learned_for;
  SubjectPointer<Architecture> (*quantize)(const Ingredients<Architecture>&, const Method&);

  bool takes(const Method& method) const { return is_learned_for || method.learning == Learning::nothing; }
};

template <class Architecture, class... Ps>
std::vector<Quantizer<Architecture>> quantizers_of(PrecisionList<Ps...> /*all*/) {
  static_assert(sizeof...(Ps) == precision_names.size());
  std::size_t next = 0;
  return {{precision_names[next++], qnn::activation_levels<Ps>, is_learned_for<Ps>,
           Quantization<Architecture, Ps>::quantize}...};
}

/// Those that the user asks for, in the order of precision_names.
template <class Architecture>
std::vector<Quantizer<Architecture>> chosen_quantizers(const Options& options) {
  auto chosen = quantizers_of<Architecture>(AllPrecisions{});
  std::erase_if(chosen, [&](const auto& quantizer) { return !options.wants_precision(quantizer.precision.key); });
  return chosen;
}

}  // namespace study
