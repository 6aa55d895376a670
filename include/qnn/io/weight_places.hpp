// SPDX-License-Identifier: MIT
/// @file
/// The parameter tensors of a float network, and how those of other frameworks lie in memory.
#pragma once

#include "qnn/config.hpp"
#include "qnn/network/network.hpp"
#include "qnn/network/parameters.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace qnn {

/// In which order the extents of foreign weights lie. Vectors (biases, scales, shifts) are the same everywhere.
///
/// | layout  | convolution                     | depthwise                             | dense     | image before a Flatten |
/// |---------|---------------------------------|---------------------------------------|-----------|------------------------|
/// | qnn     | (out, height, width, in/groups) | the same                              | (out, in) | height, width, channel |
/// | pytorch | (out, in/groups, height, width) | the same                              | (out, in) | channel, height, width |
/// | keras   | (height, width, in/groups, out) | or (height, width, in, multiplier)    | (in, out) | height, width, channel |
enum class Layout { qnn, pytorch, keras };

namespace detail {

/// A parameter tensor, and all about its place that decides how foreign ones are laid out.
struct WeightPlace {
  ParameterSlot slot;
  bool is_normalization = false;
  /// Channels of the image that the layer reads, 0 where it reads none.
  Index input_channels = 0;
  /// Where the layer reads what was an image: for each index of the tensor's last extent, which counts the elements of
  /// the input, the index it has with channels first. Empty where that is the same.
  std::vector<Index> channels_first = {};
};

/// For each element of the flat output of layer I, the position it has where images lie channels first; empty where no
/// image was flattened. Looks through layers that leave every element in its place.
template <class Architecture, Index I>
std::vector<Index> channels_first_order() {
  using trace = Trace<Architecture>;
  using Out = typename trace::template shape<I>;
  std::vector<Index> order;
  if constexpr (I == 0 || Out::rank != 1) {
    return order;
  } else if constexpr (trace::template sources<I>.size() > 1) {
    // Branches side by side, or added: those that are added lie alike.
    constexpr auto sources = trace::template sources<I>;
    constexpr bool side_by_side = std::is_same_v<typename trace::template layer<I>, Concatenate>;
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const auto append = [&](std::vector<Index> part, Index size) {
        const auto begin = static_cast<Index>(order.size());
        for (Index i = 0; i < size; ++i) {
          order.push_back(begin + (part.empty() ? i : part[static_cast<std::size_t>(i)]));
        }
      };
      if constexpr (side_by_side) {
        (append(channels_first_order<Architecture, sources[K]>(), trace::template shape<sources[K]>::size), ...);
      } else {
        order = channels_first_order<Architecture, sources[0]>();
      }
    }
    (std::make_index_sequence<sources.size()>{});
    return order;
  } else {
    using In = typename trace::template received<I>;
    if constexpr (In::rank == 3 && Out::size == In::size) {
      constexpr Index channels = ImageShape<In>::channels, pixels = In::size / channels;
      for (Index i = 0; i < In::size; ++i) {
        order.push_back(i % channels * pixels + i / channels);
      }
    } else if constexpr (In::rank == 1 && !is_linear<typename trace::template layer<I>>) {
      order = channels_first_order<Architecture, trace::template source<I>>();
    }
    return order;
  }
}

/// Every parameter tensor of the architecture.
template <class Architecture>
QNN_COLD std::vector<WeightPlace> weight_places(Layout layout) {
  using trace = Trace<Architecture>;
  std::vector<WeightPlace> places;
  trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
    if constexpr (trace::template machine<Float32, I>::parameters.size() > 0) {
      using In = typename trace::template received<I>;
      WeightPlace place{.slot = {}, .is_normalization = is_normalization<typename trace::template layer<I>>};
      if constexpr (In::rank == 3) {
        place.input_channels = ImageShape<In>::channels;
      } else if constexpr (In::rank == 1) {
        if (layout == Layout::pytorch) {
          place.channels_first = channels_first_order<Architecture, trace::template source<I>>();
        }
      }
      for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
        if (slot.layer == I) {
          places.push_back(place);
          places.back().slot = slot;
          if (is_linear<typename trace::template layer<I>> && slot.info.extents.rank() == 1) {
            places.back().channels_first.clear();  // biases belong to outputs
          }
        }
      }
    }
  });
  return places;
}

}  // namespace detail

}  // namespace qnn
