// SPDX-License-Identifier: MIT
/// @file
/// The straight-through estimator: activations are those of the integer network, gradients pass rounding as if it were
/// not there.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/core/error.hpp"
#include "qnn/kernels/gemm.hpp"
#include "qnn/kernels/quantize.hpp"
#include "qnn/layers/layer.hpp"
#include "qnn/quantization/fake_quant.hpp"
#include "qnn/quantization/learned_step.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

namespace qnn {

/// What a Backpropagation of a fake-quantized network does with the values between layers. For each thread one.
///
/// Forward, the integer network runs on the examples; then each layer computes in float what the effective parameters
/// (FakeQuant's Network) make of the rounded values before it, and its result y is replaced by what the codes stand
/// for,
///     q = scale (code - zero_point).
/// Backward, with l, h the smallest and largest number that has a code:
///     dL/dy = dL/dq where l <= y <= h, else 0                       (Bengio, Leonard, Courville, 2013)
///     dL/dh = sum over y > h of dL/dq,  dL/dl = sum over y < l of dL/dq   (PACT: Choi et al., 2018)
///     dL/dscale = sum over the others of dL/dq (q - y) / scale      (LSQ: learned_step.hpp)
/// A value at an end counts as within; in the publications it is clipped. The gradients of a range are divided by
/// sqrt(values of an example * largest code). That is LSQ's factor for a step; a range is largest code times the step,
/// so with plain SGD it moves, relative to itself, by LSQ's part divided by the square of that code. To Adam factors
/// are the same.
template <class Architecture, IntegerPrecision P, class RangeRule, class ScaleRule>
class StraightThrough {
  using Fake = Network<Architecture, FakeQuant<P, RangeRule, ScaleRule>>;
  using Layout = typename Fake::Layout;
  using trace = Trace<Architecture>;
  using stages = Stages<Architecture>;
  /// The precision of layer I, and the type of its codes.
  template <Index I>
  using Own = typename LayerPrecisions<Architecture, P>::template at<I>;
  template <Index I>
  using Code = typename Own<I>::activation;
  static constexpr auto layers = static_cast<std::size_t>(trace::layer_count);

  /// Whether the integer network reports the output of layer I: it is the end of a stage, and computes.
  template <Index I>
  static constexpr bool is_reported = [] {
    bool found = false;
    trace::for_each_layer([&]<Index First>(IndexConstant<First>) {
      found = found || (!ArenaPlan<Architecture, P>::template skips<First> && stages::template end<First> == I);
    });
    return found;
  }();

  /// For one example: bytes of codes, floats of unrounded values.
  struct Offsets {
    std::array<Index, layers> codes{}, unrounded{};
    Index all_codes = 0, all_unrounded = 0;
  };
  template <Index I>
  static constexpr Index code_bytes = align_up(trace::template shape<I>::size* Index{sizeof(Code<I>)});
  static constexpr Offsets offsets = [] {
    Offsets result{.all_codes = code_bytes<0>};
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      result.codes[I] = result.all_codes;
      result.unrounded[I] = result.all_unrounded;
      result.all_codes += is_reported<I> ? code_bytes<I> : 0;
      result.all_unrounded += Layout::has_range[I] ? trace::template shape<I>::size : 0;
    });
    return result;
  }();

 public:
  static constexpr bool is_active = true;

  /// Keeps a reference to the network.
  StraightThrough(Index chunk, const Fake& network)
      : network_(&network),
        chunk_(chunk),
        arena_(chunk),
        codes_(static_cast<std::size_t>(chunk * offsets.all_codes)),
        unrounded_(static_cast<std::size_t>(chunk * offsets.all_unrounded)) {}

  /// Runs the integer network on the examples and rounds them. @throws NumericError where one is not finite
  void begin(Batch<float, typename trace::input> x) {
    const Network<Architecture, P>& integers = network_->integers();
    const std::span<const float> values(x.data(), static_cast<std::size_t>(x.size()));
    if (!kernels::quantize(values, integers.template activation<0>(), Own<0>::activation_codes, codes<0>())) {
      throw NumericError("qnn: train: an example holds NaN or infinity, which has no code");
    }
    constexpr Index last = trace::producer.back();
    integers.forward_codes({codes<0>(), x.count()}, {codes<last>(), x.count()}, arena_,
                           [&]<Index I>(IndexConstant<I>, const auto& batch) {
                             if constexpr (I > 0) {
                               std::copy_n(batch.data(), batch.size(), codes<I>());
                             }
                           });
    round<0>(x);
  }

  /// y becomes what the codes of layer I's output stand for.
  template <Index I, StaticShape S>
  void round(Batch<float, S> y) const {
    constexpr Index from = trace::producer[I];
    const auto parameters = network_->integers().template activation<from>();
    const Code<from>* const all = codes<from>();
    for (Index i = 0; i < y.size(); ++i) {
      y.data()[i] = dequantize_value(all[i], parameters);
    }
  }

  /// Called behind each layer with what it computed in float.
  template <Index I, StaticShape S>
  void forward(Batch<float, S> y) {
    if constexpr (is_reported<I>) {
      if constexpr (Layout::has_range[I]) {
        std::copy_n(y.data(), y.size(), unrounded<I>());
      }
      round<I>(y);
    }
  }

  /// Called before each layer with dL/dq, which becomes dL/dy. @param share examples of this pass / of the batch
  template <Index I, StaticShape S>
  void backward(Batch<float, S> dy, [[maybe_unused]] float share, [[maybe_unused]] float* gradients) {
    if constexpr (Layout::has_range[I]) {
      const std::span<const float> values(unrounded<I>(), static_cast<std::size_t>(dy.size()));
      constexpr CodeRange limits = Own<I>::activation_codes;
      const auto parameters = network_->integers().template activation<I>();
      const detail::RangeGradient found = detail::range_gradient(
          values, parameters.scale, dequantize_value(static_cast<Code<I>>(limits.lowest), parameters),
          dequantize_value(static_cast<Code<I>>(limits.highest), parameters), dy.data());
      float* const ends = gradients + Layout::range_offset(I);
      const Range range = network_->ranges().of_layer[I];
      if constexpr (std::is_same_v<RangeRule, LearnedRanges>) {
        const float divisor = detail::scale_gradient_divisor(S::size, static_cast<float>(limits.highest));
        add<Own<I>>(found, range, 1.0f / divisor, ends);
      } else if constexpr (std::is_same_v<RangeRule, MovingRanges>) {
        const Range seen = range_of(values);
        ends[0] += share * (range.lowest - std::min(seen.lowest, 0.0f));
        ends[1] += share * (range.highest - std::max(seen.highest, 0.0f));
      }
    }
  }

  /// The backward pass of layer I: that of its float machine, but for what the integer network does not do (Dropout) or
  /// does in another way (BatchNorm, which only adds to its input).
  template <Index I, StaticShape In, StaticShape Out>
  void layer_backward(BackwardPass<In, Out> pass) {
    using Layer = typename trace::template layer<I>;
    if constexpr (detail::is_identity<Layer> || detail::is_normalization<Layer>) {
      if constexpr (detail::is_normalization<Layer>) {
        constexpr Index channels = In::extents[In::rank - 1];
        kernels::add_row_sums({pass.dy.data(), pass.dy.size() / channels, channels}, pass.gradients + channels);
      }
      if (pass.dx.data() != nullptr) {
        detail::pass_on(pass.dy, pass.dx);
      }
    } else {
      if constexpr (Layout::has_range[I]) {
        pass.y = Batch<const float, Out>(unrounded<I>(), pass.y.count());
      }
      trace::template machine<Float32, I>::backward(pass);
    }
  }

 private:
  template <Index I>
  Code<I>* codes() {
    return reinterpret_cast<Code<I>*>(codes_.data() + chunk_ * offsets.codes[I]);
  }
  template <Index I>
  const Code<I>* codes() const {
    return reinterpret_cast<const Code<I>*>(codes_.data() + chunk_ * offsets.codes[I]);
  }
  template <Index I>
  float* unrounded() {
    return unrounded_.data() + chunk_ * offsets.unrounded[I];
  }

  /// From ends that have codes, and scale, to the ends of the range. One of them alone makes a symmetric scale.
  template <class Precision>
  static void add(const detail::RangeGradient& found, Range range, float factor, float* ends) {
    constexpr auto lowest = static_cast<float>(Precision::activation_codes.lowest),
                   highest = static_cast<float>(Precision::activation_codes.highest);
    if constexpr (Precision::activations::scheme::has_zero_point) {
      const float step = found.inside / (highest - lowest);
      ends[0] += factor * (found.below - step);
      ends[1] += factor * (found.above + step);
    } else {
      const float magnitude = found.above + found.below * (lowest / highest) + found.inside / highest;
      const bool by_highest = range.highest >= -range.lowest;
      ends[by_highest ? 1 : 0] += by_highest ? factor * magnitude : -factor * magnitude;
    }
  }

  const Fake* network_;
  Index chunk_;
  HeapArena<Network<Architecture, P>> arena_;
  AlignedVector<std::byte> codes_;  ///< of the examples, and of the output of each layer that is reported
  AlignedVector<float> unrounded_;
};

}  // namespace qnn
