// SPDX-License-Identifier: MIT
/// @file
/// Scales and zero points of the activations of an integer network, and what happens to codes between layers: nothing
/// in a network of one precision; in a mixed one they are converted where a layer cannot read them as they are.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/layers/join.hpp"
#include "qnn/network/layer_precisions.hpp"
#include "qnn/network/ranges.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace qnn {

namespace detail {

/// The memory at `data` as that of codes: what it is already, or bytes.
template <class Code, class Element>
constexpr Code* as_codes(Element* data) {
  if constexpr (std::is_same_v<Code, Element>) {
    return data;
  } else {
    return reinterpret_cast<Code*>(data);
  }
}

/// What layer I receives in a network with these `activations`: one set of parameters, or an array where it joins
/// branches. @param received(IndexConstant<k>) those of its source k
template <class Architecture, Index I, class Of>
constexpr auto gather_received(Of&& received) {
  constexpr std::size_t count = Trace<Architecture>::template sources<I>.size();
  if constexpr (count == 1) {
    return received(std::integral_constant<std::size_t, 0>{});
  } else {
    return [&]<std::size_t... K>(std::index_sequence<K...>) {
      return std::array{received(std::integral_constant<std::size_t, K>{})...};
    }
    (std::make_index_sequence<count>{});
  }
}

/// Whether layer I converts what its source K wrote.
template <class Architecture, class P, Index I, std::size_t K>
inline constexpr bool converts = !reads_activations_of<
    typename LayerPrecisions<Architecture, P>::template at<Trace<Architecture>::template sources<I>[K]>,
    typename LayerPrecisions<Architecture, P>::template at<I>>;
/// Whether it converts that of any.
template <class Architecture, class P, Index I>
constexpr bool converts_any() {
  return []<std::size_t... K>(std::index_sequence<K...>) { return (converts<Architecture, P, I, K> || ... || false); }
  (std::make_index_sequence<Trace<Architecture>::template sources<I>.size()>{});
}

/// The parameters of what a layer writes, and of what it reads where that differs from what its sources wrote.
template <class Architecture, class P, Index I>
struct LayerActivations {
  using trace = Trace<Architecture>;
  using Own = typename LayerPrecisions<Architecture, P>::template at<I>;
  using Parameters = typename Own::activations::parameters;
  using Code = typename Own::activation;
  static constexpr auto sources = trace::template sources<I>;
  /// Bytes of the converted codes of source K, for one example.
  template <std::size_t K>
  static constexpr Index bytes = converts<Architecture, P, I, K>
                                     ? align_up(trace::template shape<sources[K]>::size* Index{sizeof(Code)})
                                     : 0;

  struct Conversion {
    Parameters parameters{};
    kernels::CodeConversion codes{};
  };
  struct None {};

  /// How the codes of source K are converted. @pre they are
  template <std::size_t K>
  constexpr auto& conversion() {
    return conversions[K];
  }
  template <std::size_t K>
  constexpr const auto& conversion() const {
    return conversions[K];
  }

  Parameters output{};
  QNN_NO_UNIQUE_ADDRESS
  std::conditional_t<converts_any<Architecture, P, I>(), std::array<Conversion, sources.size()>, None> conversions{};
};

}  // namespace detail

/// Of a network of one precision.
template <class Architecture, class P>
class Activations {
  using trace = Trace<Architecture>;
  using Code = typename P::activation;
  using Parameters = typename P::activations::parameters;

 public:
  /// Bytes that the codes which layer I reads take besides those that were written, for one example.
  template <Index I>
  static constexpr Index converted_bytes = 0;

  /// Those of the output of layer I; 0 is the network's input.
  template <Index I>
  constexpr Parameters& of() {
    return of_layer_[static_cast<std::size_t>(I)];
  }
  template <Index I>
  constexpr const Parameters& of() const {
    return of_layer_[static_cast<std::size_t>(I)];
  }
  constexpr Parameters& operator[](Index layer) { return of_layer_[static_cast<std::size_t>(layer)]; }
  constexpr const Parameters& operator[](Index layer) const { return of_layer_[static_cast<std::size_t>(layer)]; }
  /// Those of what layer I reads: one, or an array where it joins branches.
  template <Index I>
  constexpr auto received() const {
    return detail::gather_received<Architecture, I>(
        [&]<std::size_t K>(std::integral_constant<std::size_t, K>) { return of<trace::template sources<I>[K]>(); });
  }

  /// Chooses the parameters of what layer I reads, where they are not those of what was written.
  template <Index I>
  constexpr void choose_received(const Ranges<Architecture>& /*ranges*/) {}
  /// Derives what follows from the parameters.
  template <Index I>
  constexpr void prepare() {}
  /// Calls visitor(IndexConstant<I>, source, parameters) for everything that layer I reads converted, for every I.
  template <class Self, class Visitor>
  static constexpr void visit_received(Self& /*self*/, Visitor&& /*visitor*/) {}
  /// The codes that layer I reads, from those that its sources wrote.
  template <Index I, std::size_t Count>
  constexpr const std::array<const Code*, Count>& read(const std::array<const Code*, Count>& sources, Index /*count*/,
                                                       Index /*capacity*/, Code*& /*scratch*/) const {
    return sources;
  }

 private:
  std::array<Parameters, static_cast<std::size_t>(trace::layer_count)> of_layer_{};
};

namespace detail {

template <class Architecture, class P, class Layers>
struct AllActivations;
template <class Architecture, class P, std::size_t... I>
struct AllActivations<Architecture, P, std::index_sequence<I...>>
    : LayerActivations<Architecture, P, static_cast<Index>(I)>... {};

}  // namespace detail

/// Of a mixed network. Members as above.
///
/// A layer that cannot read what a source wrote (detail::reads_activations_of) has parameters of its own for it, chosen
/// from the same range, and a converted copy in its scratch memory:
///
///     y = clamp(floor(2^-shift factor (x - zx) + 1/2) + zy),   factor = round(2^shift sx / sy)
template <class Architecture, class... Ps>
class Activations<Architecture, Mixed<Ps...>> {
  using P = Mixed<Ps...>;
  using trace = Trace<Architecture>;
  template <Index I>
  using Layer = detail::LayerActivations<Architecture, P, I>;

 public:
  template <Index I>
  static constexpr Index converted_bytes = []<std::size_t... K>(std::index_sequence<K...>) {
    return (Layer<I>::template bytes<K> + ... + Index{0});
  }
  (std::make_index_sequence<Layer<I>::sources.size()>{});

  template <Index I>
  constexpr auto& of() {
    return layer<I>().output;
  }
  template <Index I>
  constexpr const auto& of() const {
    return layer<I>().output;
  }
  /// A copy that can hold the parameters of every scheme.
  constexpr Asymmetric::Parameters operator[](Index index) const {
    Asymmetric::Parameters found{of<0>().scale, of<0>().zero_point};
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      found = I == index ? Asymmetric::Parameters{of<I>().scale, of<I>().zero_point} : found;
    });
    return found;
  }
  template <Index I>
  constexpr auto received() const {
    return detail::gather_received<Architecture, I>([&]<std::size_t K>(std::integral_constant<std::size_t, K>) {
      if constexpr (detail::converts<Architecture, P, I, K>) {
        return layer<I>().template conversion<K>().parameters;
      } else {
        return of<Layer<I>::sources[K]>();
      }
    });
  }

  template <Index I>
  constexpr void choose_received(const Ranges<Architecture>& ranges) {
    for_each_converted<I>(*this, [&]<std::size_t K>(std::integral_constant<std::size_t, K>, auto& conversion) {
      conversion.parameters =
          Layer<I>::Own::activation_parameters(ranges.of_layer[trace::producer[Layer<I>::sources[K]]]);
    });
  }
  template <Index I>
  constexpr void prepare() {
    for_each_converted<I>(*this, [&]<std::size_t K>(std::integral_constant<std::size_t, K>, auto& conversion) {
      conversion.codes = code_sum<kernels::CodeConversion>(std::array{of<Layer<I>::sources[K]>()},
                                                           conversion.parameters, Layer<I>::Own::activation_codes);
    });
  }
  template <class Self, class Visitor>
  static constexpr void visit_received(Self& self, Visitor&& visitor) {
    trace::for_each_layer([&]<Index I>(IndexConstant<I> reader) {
      for_each_converted<I>(self, [&]<std::size_t K>(std::integral_constant<std::size_t, K>, auto& conversion) {
        visitor(reader, Layer<I>::sources[K], conversion.parameters);
      });
    });
  }
  /// Copies lie in the scratch memory of the layer; behind them begins what it needs itself.
  template <Index I, std::size_t Count>
  auto read(const std::array<const std::byte*, Count>& sources, Index count, Index capacity,
            std::byte*& scratch) const {
    using Code = typename Layer<I>::Code;
    std::array<const Code*, Count> codes{};
    std::transform(sources.begin(), sources.end(), codes.begin(),
                   [](const std::byte* source) { return detail::as_codes<const Code>(source); });
    for_each_converted<I>(*this, [&]<std::size_t K>(std::integral_constant<std::size_t, K>, const auto& conversion) {
      constexpr Index source = Layer<I>::sources[K];
      auto* const converted = detail::as_codes<Code>(scratch);
      kernels::convert_codes(conversion.codes, detail::as_codes<const typename Layer<source>::Code>(sources[K]),
                             count * trace::template shape<source>::size, converted);
      codes[K] = converted;
      scratch += capacity * Layer<I>::template bytes<K>;
    });
    return codes;
  }

 private:
  template <Index I>
  constexpr Layer<I>& layer() {
    return layers_;
  }
  template <Index I>
  constexpr const Layer<I>& layer() const {
    return layers_;
  }
  /// Calls body(K, conversion) for every source K of layer I whose codes are converted.
  template <Index I, class Self, class Body>
  static constexpr void for_each_converted(Self& self, Body&& body) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const auto visit = [&]<std::size_t J>(std::integral_constant<std::size_t, J> source) {
        if constexpr (detail::converts<Architecture, P, I, J>) {
          body(source, self.template layer<I>().template conversion<J>());
        }
      };
      (visit(std::integral_constant<std::size_t, K>{}), ...);
    }
    (std::make_index_sequence<Layer<I>::sources.size()>{});
  }

  detail::AllActivations<Architecture, P, std::make_index_sequence<static_cast<std::size_t>(trace::layer_count)>>
      layers_{};
};

}  // namespace qnn
