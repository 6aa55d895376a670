// SPDX-License-Identifier: MIT
/// @file
/// Pairs of linear stages, the second of which alone reads the first: where numbers may move from one to the other.
#pragma once

#include "qnn/layers/layer.hpp"
#include "qnn/quantization/stage_parameters.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace qnn {

namespace detail {

/// Which channel of its input each weight of a linear layer reads. Weights are (outputs, ..., inputs of a group),
/// channels last, also behind a Flatten.
struct InputChannels {
  std::size_t channels;       ///< of the layer before
  std::size_t group_inputs;   ///< the last extent of the weights
  std::size_t group_outputs;  ///< outputs that share their inputs

  std::size_t operator()(std::size_t output, std::size_t weight) const {
    return (output / group_outputs * group_inputs + weight % group_inputs) % channels;
  }
};

/// That of linear layer I, `Channels` being those of the stage before it.
template <class Architecture, Index I, Index Channels>
constexpr InputChannels input_channels = [] {
  using trace = Trace<Architecture>;
  constexpr Extents weights = trace::template machine<Float32, I>::parameters[0].extents;
  constexpr Extents input = trace::template received<I>::extents;
  constexpr Index group_inputs = weights[weights.rank() - 1], groups = input[input.rank() - 1] / group_inputs;
  return InputChannels{static_cast<std::size_t>(Channels), static_cast<std::size_t>(group_inputs),
                       static_cast<std::size_t>(weights[0] / groups)};
}();

/// Whether a linear layer reads nothing but its input: no padding.
template <class Layer, class In>
inline constexpr bool is_unpadded = true;
template <class Layer, class In>
  requires requires { typename Layer::template window<In>; }
inline constexpr bool is_unpadded<Layer, In> = [] {
  using W = typename Layer::template window<In>;
  return W::top == 0 && W::left == 0 && W::input_row(W::out_height - 1, W::kernel_height - 1) < W::height &&
         W::input_column(W::out_width - 1, W::kernel_width - 1) < W::width;
}();

/// What lies between the stage that linear layer I starts and the linear layer that reads it.
template <class Architecture>
class Successors {
  using trace = Trace<Architecture>;
  static constexpr auto count = static_cast<std::size_t>(trace::layer_count);
  struct Facts {
    bool linear = false, homogeneous = false, identity = false;
  };
  static constexpr std::array<Facts, count> facts = [] {
    std::array<Facts, count> all{};
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      using L = typename trace::template layer<I>;
      const bool fused_normalization = is_normalization<L> && Stages<Architecture>::template is_fused<I>;
      all[I] = {is_linear<L>, is_homogeneous<L> || fused_normalization, is_identity<L>};
    });
    return all;
  }();
  /// The only reader of each layer; 0 where there is none or more than one.
  static constexpr std::array<Index, count> only_reader = [] {
    std::array<Index, count> all{};
    trace::for_each_connection([&](Index from, Index to) {
      const auto at = static_cast<std::size_t>(from);
      all[at] = trace::readers[at] == 1 ? to : 0;
    });
    return all;
  }();

 public:
  /// The linear layer that alone reads what the stage of layer I gives, with nothing between but what a positive factor
  /// of a channel passes through; 0 where there is none.
  template <Index I>
  static constexpr Index of = [] {
    std::size_t at = static_cast<std::size_t>(only_reader[I]);
    while (at != 0 && !facts[at].linear && facts[at].homogeneous) {
      at = static_cast<std::size_t>(only_reader[at]);
    }
    return at != 0 && facts[at].linear ? static_cast<Index>(at) : Index{0};
  }();
  /// Whether that layer reads the values of the stage as they are, without padding.
  template <Index I>
  static constexpr bool reads_directly = [] {
    constexpr Index next = of<I>;
    std::size_t at = static_cast<std::size_t>(only_reader[Stages<Architecture>::template end<I>]);
    while (at != 0 && facts[at].identity) {
      at = static_cast<std::size_t>(only_reader[at]);
    }
    return next != 0 && at == static_cast<std::size_t>(next) &&
           is_unpadded<typename trace::template layer<next>, typename trace::template received<next>>;
  }();
};

}  // namespace detail

/// A stage, and the linear stage that alone reads it, with only such layers between as each channel passes by itself:
/// if it is multiplied by a positive factor, so is what the second stage reads.
struct LinearPair {
  StageParameters<float> first, second;
  detail::InputChannels read;  ///< the channel of the first that each weight of the second reads
  Clamp clamp;                 ///< what the first stage's activation bounds
  bool direct;                 ///< nothing lies between, and the second pads nothing

  /// Calls f(channel of the first, weight of the second).
  template <class Function>
  void for_each_weight(Function&& f) const {
    const std::size_t fan_in = second.fan_in();
    for (std::size_t o = 0; o < second.channels; ++o) {
      for (std::size_t k = 0; k < fan_in; ++k) {
        f(read(o, k), o, second.weights[o * fan_in + k]);
      }
    }
  }
};

/// All pairs of a network, in order. @param parameters of the network, into which the pairs look
template <class Architecture>
std::vector<LinearPair> linear_pairs(std::span<float> parameters) {
  using successors = detail::Successors<Architecture>;
  std::vector<LinearPair> pairs;
  detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
    constexpr Index next = successors::template of<I>;
    if constexpr (next != 0) {
      constexpr Index channels = Trace<Architecture>::template machine<Float32, I>::parameters[0].extents[0];
      pairs.push_back({stage_parameters<Architecture, I>(parameters), stage_parameters<Architecture, next>(parameters),
                       detail::input_channels<Architecture, next, channels>, Stages<Architecture>::template clamp<I>,
                       successors::template reads_directly<I>});
    }
  });
  return pairs;
}

}  // namespace qnn
