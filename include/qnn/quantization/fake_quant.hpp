// SPDX-License-Identifier: MIT
/// @file
/// Fake quantization: a network whose parameters are floats that training may change, and whose forward pass is the
/// integer network that they make.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/aligned.hpp"
#include "qnn/core/error.hpp"
#include "qnn/layers/batch_norm.hpp"
#include "qnn/network/layer_precisions.hpp"
#include "qnn/network/network.hpp"
#include "qnn/network/ranges.hpp"
#include "qnn/quantization/fold_batch_norm.hpp"
#include "qnn/quantization/learned_step.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/quantization/stage_parameters.hpp"
#include "qnn/scheme/range.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <string>

namespace qnn {

/// Ranges of activations that the optimizer learns along with the weights (LSQ's gradient, learned_step.hpp).
struct LearnedRanges {
  static constexpr auto name = "learned ranges";
};
/// Ranges that follow those of the batches with a momentum of 1/10, as running statistics do.
struct MovingRanges {
  static constexpr auto name = "moving ranges";
};
/// Ranges that stay what calibration found.
struct FrozenRanges {
  static constexpr auto name = "frozen ranges";
};

/// Scales of weights that the optimizer learns along with them (LSQ), from those of least squared error on: for few
/// bits.
struct LearnedScales {
  static constexpr auto name = "learned scales";
};
/// Scales that follow the largest weight in every step: nothing is clipped.
struct FollowingScales {
  static constexpr auto name = "following scales";
};

/// A precision for quantization-aware training. Forward, a network computes with the integer kernels of `P`: what is
/// trained is what ships, bit for bit. Backward, rounding passes gradients on as if it were not there (straight-through
/// estimator).
/// @tparam RangeRule  of activations: LearnedRanges, MovingRanges or FrozenRanges
/// @tparam ScaleRule  of weights: FollowingScales or, for symmetric weights, LearnedScales
template <IntegerPrecision P, class RangeRule = LearnedRanges, class ScaleRule = FollowingScales>
struct FakeQuant {
  using activation = typename P::activation;
  QNN_COLD static std::string name() {
    return "fake-quantized " + P::name() + ", " + RangeRule::name + ", " + ScaleRule::name;
  }
};

/// Activations lie where those of the integer network lie.
template <class Architecture, IntegerPrecision P, class... Rules>
struct ArenaPlan<Architecture, FakeQuant<P, Rules...>> : ArenaPlan<Architecture, P> {};

namespace detail {

[[noreturn]] QNN_COLD inline void report_not_finite() {
  throw NumericError(
      "qnn: FakeQuant: a parameter, an end of a range or a magnitude is NaN or infinite; in training, lower "
      "the learning rate or set clip_norm");
}

/// From gradients of a stage's folded weights and bias, the latter as those of the shift, to gradients of the stage
/// itself. The formulas stand with Network<Architecture, FakeQuant<...>>::pull_back.
QNN_NOINLINE inline void unfold_gradients(const StageParameters<const float>& values,
                                          const StageParameters<float>& gradients) {
  const std::size_t channels = values.channels, fan_in = values.fan_in();
  const auto scale = values.normalization.first(channels), mean = values.normalization.subspan(2 * channels, channels),
             variance = values.normalization.subspan(3 * channels, channels);
  const auto dscale = gradients.normalization.first(channels),
             dshift = gradients.normalization.subspan(channels, channels);
  for (std::size_t o = 0; o < channels; ++o) {
    const float deviation = std::sqrt(variance[o] + BatchNorm::epsilon), factor = scale[o] / deviation;
    float along = -dshift[o] * mean[o];
    if (!values.bias.empty()) {
      along += dshift[o] * values.bias[o];
      gradients.bias[o] = factor * dshift[o];
    }
    for (std::size_t k = o * fan_in; k < (o + 1) * fan_in; ++k) {
      along += gradients.weights[k] * values.weights[k];
      gradients.weights[k] *= factor;
    }
    dscale[o] = along / deviation;
  }
}

}  // namespace detail

/// What a fake-quantized network trains: the parameters of the float network, behind them lowest and highest value of
/// each tensor that has a range of its own, and with LearnedScales the magnitude of the range of each scale of the
/// weights. The range of the examples is not trained: no gradient reaches it.
template <class Architecture, IntegerPrecision P, class RangeRule, class ScaleRule>
struct FakeQuantLayout {
 private:
  using trace = Trace<Architecture>;
  using stages = Stages<Architecture>;
  static constexpr auto layers = static_cast<std::size_t>(trace::layer_count);

 public:
  /// Whether the output of each layer is rounded by a range of its own; layers that a stage takes in pass theirs on to
  /// its end.
  static constexpr std::array<bool, layers> has_range = [] {
    std::array<bool, layers> found{};
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      if constexpr (detail::takes_range<MachineOf<Architecture, P, I>>) {
        found[stages::template end<I>] = true;
      }
    });
    return found;
  }();
  static constexpr auto ranges = static_cast<std::size_t>(std::ranges::count(has_range, true));
  /// Scales that are learned, and where their magnitudes begin.
  static constexpr Index scales = std::is_same_v<ScaleRule, LearnedScales> ? MagnitudeLayout<Architecture, P>::size : 0;
  static constexpr Index scales_offset = ParameterLayout<Architecture>::size + 2 * static_cast<Index>(ranges);
  /// Number of floats.
  static constexpr Index size = scales_offset + scales;
  /// Where lowest and highest value of the output of layer I stand. @pre has_range[I]
  static constexpr Index range_offset(Index layer) {
    return ParameterLayout<Architecture>::size +
           2 * static_cast<Index>(std::count(has_range.begin(), has_range.begin() + layer, true));
  }
  /// All tensors, those of the float network first.
  static constexpr auto slots = [] {
    constexpr auto& own = ParameterLayout<Architecture>::slots;
    std::array<ParameterSlot, own.size() + ranges + (scales > 0 ? 1 : 0)> all{};
    auto next = std::copy(own.begin(), own.end(), all.begin());
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      if constexpr (has_range[I]) {
        *next++ = {I,
                   trace::template layer<I>::name,
                   {.name = "range", .extents = {2}, .is_statistic = std::is_same_v<RangeRule, MovingRanges>},
                   range_offset(I)};
      }
    });
    if (scales > 0) {
      *next = {0, "weights", {.name = "magnitudes", .extents = {scales}}, scales_offset};
    }
    return all;
  }();
};

/// Float parameters and ranges, and the integer network that they make at this moment.
///
/// @code
///   qnn::Network<LeNet, qnn::FakeQuant<qnn::Int8<>>> fake(net, qnn::calibrate(net, data.train.first(1024)));
///   qnn::train(fake, data.train, qnn::CrossEntropy{}, qnn::Adam{.learning_rate = 1e-4f}, {.epochs = 3});
///   const auto int8 = qnn::quantize(fake);   // computes what `fake` computes, bit for bit
/// @endcode
/// BatchNorm is folded into the weights with its statistics as they are: they stay, its scale and shift are trained.
/// Dropout does nothing, since it is no part of the deployed network.
template <class Architecture, IntegerPrecision P, class RangeRule, class ScaleRule>
class Network<Architecture, FakeQuant<P, RangeRule, ScaleRule>> {
  using Float = Network<Architecture, Float32>;
  using Integers = Network<Architecture, P>;

 public:
  using architecture = Architecture;
  using precision = FakeQuant<P, RangeRule, ScaleRule>;
  using trace = Trace<Architecture>;
  using Input = Batch<const float, typename trace::input>;
  using Output = Batch<float, typename trace::output>;
  using Layout = FakeQuantLayout<Architecture, P, RangeRule, ScaleRule>;

  /// @throws NumericError as quantize()
  Network(const Float& network, const Ranges<Architecture>& ranges)
      : Network(network, ranges, magnitudes_of_least_error(network)) {}
  /// Goes on from a fake-quantized network with another rule for ranges, or is a copy.
  template <class OtherRule>
  explicit Network(const Network<Architecture, FakeQuant<P, OtherRule, ScaleRule>>& other)
      : Network(other.float_network(), other.ranges(), other.magnitudes()) {}
  Network(const Network& other) : Network(other.float_, other.ranges_, other.magnitudes_) {}
  Network& operator=(const Network&) = delete;

  /// The parameters before rounding.
  const Float& float_network() const& { return float_; }
  const Ranges<Architecture>& ranges() const& { return ranges_; }
  /// Of the ranges of the weights; none where their scales are not learned.
  const AlignedVector<float>& magnitudes() const& { return magnitudes_; }
  /// What runs.
  const Integers& integers() const& { return *integers_; }
  Index parameter_bytes() const { return integers_->parameter_bytes(); }

  /// Parameters and ranges in one vector, as FakeQuantLayout says.
  AlignedVector<float> values() const {
    AlignedVector<float> all(float_.parameters().begin(), float_.parameters().end());
    for_each_range(*this, [&]([[maybe_unused]] Index layer, const Range& range) {
      QNN_EXPECTS(static_cast<Index>(all.size()) == Layout::range_offset(layer), "ranges stand in the order of layers");
      all.push_back(range.lowest);
      all.push_back(range.highest);
    });
    all.insert(all.end(), magnitudes_.begin(), magnitudes_.end());
    return all;
  }
  /// Brings what no network has to the nearest that one has: ranges hold 0, magnitudes are not smaller than a scale may
  /// be. An optimizer that went on beyond that would have to come all the way back before anything changed. What is not
  /// finite stays, to be found. A range of nothing but 0 stays, too: its scale is 1.
  static void project(std::span<float> all) {
    for (Index layer = 0; layer < trace::layer_count; ++layer) {
      if (Layout::has_range[static_cast<std::size_t>(layer)]) {
        const Range range = range_in(all, layer);
        const auto at = static_cast<std::size_t>(Layout::range_offset(layer));
        all[at] = range.lowest;
        all[at + 1] = range.highest;
      }
    }
    const auto magnitudes = all.subspan(static_cast<std::size_t>(Layout::scales_offset));
    std::transform(magnitudes.begin(), magnitudes.end(), magnitudes.begin(), usable_magnitude);
  }
  /// Takes them over, as project() leaves them, and makes the integer network anew. O(parameters).
  /// @pre all.size() == Layout::size
  /// @throws NumericError where a number is not finite: nothing is changed then; as quantize(), where a folded weight
  /// or the width of a range is beyond floats: to be assigned anew then
  void assign(std::span<const float> all) {
    QNN_EXPECTS(static_cast<Index>(all.size()) == Layout::size, "one number for each parameter and end of a range");
    if (!range_of(all).finite()) {
      detail::report_not_finite();
    }
    std::copy_n(all.begin(), ParameterLayout<Architecture>::size, float_.parameters().begin());
    for_each_range(*this, [&](Index layer, Range& range) { range = range_in(all, layer); });
    const auto magnitudes = all.subspan(static_cast<std::size_t>(Layout::scales_offset));
    std::transform(magnitudes.begin(), magnitudes.end(), magnitudes_.begin(), usable_magnitude);
    update();
  }

  /// Float parameters that compute what the integers stand for, but for the rounding of activations: weights are those
  /// of their codes, and a folded BatchNorm only adds its part of the bias.
  std::span<const float> effective_parameters() const& { return effective_; }
  /// From gradients of effective_parameters() to gradients of what values() holds, in place. Rounding passes them on;
  /// where scales are learned, weights beyond the largest level get none, and with q the level of weight w and n its
  /// number
  ///     dL/dm = sum over w of dL/dq (q - w) / m within,  dL/dq n / (largest n) beyond
  /// divided as learned_step.hpp says (LSQ divides the gradient of s; here also that of m, the largest s, which matters
  /// to SGD, not to Adam). Where a BatchNorm with factor f = scale / deviation was folded, w' = f w and b' = shift + f
  /// (b - mean), so
  ///     dw = f dw',  db = f db',  dshift = db',  dscale = (sum_k dw'_k w_k + db' (b - mean)) / deviation
  void pull_back(std::span<float> gradients) const {
    detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
      if constexpr (learns_scales) {
        learn_scales<I>(gradients);
      }
      const auto values = stage_parameters<Architecture, I>(float_.parameters());
      if (!values.normalization.empty()) {
        detail::unfold_gradients(values, stage_parameters<Architecture, I>(gradients));
      }
    });
  }

  /// y = network(x), in integers. See Network<Architecture, P>.
  template <class Observer = NoObserver>
  void forward(Input x, Output y, ArenaView<Architecture, precision> arena, Observer&& observer = {}) const {
    integers_->forward(x, y, ArenaView<Architecture, P>{arena.data, arena.capacity}, observer);
  }

 private:
  static constexpr bool learns_scales = std::is_same_v<ScaleRule, LearnedScales>;
  using Magnitudes = MagnitudeLayout<Architecture, P>;

  Network(const Float& network, const Ranges<Architecture>& ranges, const AlignedVector<float>& magnitudes)
      : float_(network), ranges_(ranges), magnitudes_(magnitudes), integers_(std::make_unique<Integers>()) {
    update();
  }

  /// Calls body(layer, range) for each range that is trained. @tparam Self Network or const Network
  template <class Self, class Body>
  static void for_each_range(Self& self, Body&& body) {
    for (Index layer = 0; layer < trace::layer_count; ++layer) {
      if (Layout::has_range[static_cast<std::size_t>(layer)]) {
        body(layer, self.ranges_.of_layer[static_cast<std::size_t>(layer)]);
      }
    }
  }

  /// That of the output of a layer, among all values.
  static Range range_in(std::span<const float> all, Index layer) {
    const auto at = static_cast<std::size_t>(Layout::range_offset(layer));
    const float lowest = all[at], highest = all[at + 1];
    return {lowest > 0.0f && std::isfinite(lowest) ? 0.0f : lowest,
            highest < 0.0f && std::isfinite(highest) ? 0.0f : highest};
  }
  static float usable_magnitude(float magnitude) {
    return magnitude < smallest_scale && std::isfinite(magnitude) ? smallest_scale : magnitude;
  }

  QNN_NOINLINE void update() {
    quantize_to(*integers_, float_, ranges_, {.weight_magnitudes = magnitudes_});
    effective_.assign(float_.parameters().begin(), float_.parameters().end());
    detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
      const auto stage = stage_parameters<Architecture, I>(std::span<float>(effective_));
      if (!stage.normalization.empty()) {
        detail::fold_in_place(stage);
      }
    });
    if constexpr (learns_scales) {
      folded_ = effective_;
    }
    detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
      integers_->template layer<I>().weight.dequantize(
          stage_parameters<Architecture, I>(std::span<float>(effective_)).weights);
    });
  }

  /// Those of the ranges of least squared error; none where scales are not learned.
  QNN_COLD static AlignedVector<float> magnitudes_of_least_error([[maybe_unused]] const Float& network) {
    AlignedVector<float> magnitudes;
    if constexpr (learns_scales) {
      detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
        using Own = typename LayerPrecisions<Architecture, P>::template at<I>;
        static_assert(!Own::weights::scheme::has_zero_point, "qnn::FakeQuant: LearnedScales are for symmetric weights");
        static_assert(!is_grouped<typename Own::weights::granularity>,
                      "qnn::FakeQuant: LearnedScales are not for groups, whose multipliers follow the weights");
        const FoldedLinear folded = folded_linear<I>(network);
        const std::size_t size = folded.weights.size() / static_cast<std::size_t>(Magnitudes::template count<I>);
        for (std::size_t first = 0; first < folded.weights.size(); first += size) {
          const Range range =
              choose_range(WeightRange::minimal_squared_error,
                           std::span<const float>(folded.weights).subspan(first, size), weight_levels<Own>);
          magnitudes.push_back(std::max(range.magnitude(), smallest_scale));
        }
      });
    }
    return magnitudes;
  }

  template <Index I>
  void learn_scales(std::span<float> gradients) const {
    using Own = typename LayerPrecisions<Architecture, P>::template at<I>;
    const auto weights = stage_parameters<Architecture, I>(std::span<const float>(folded_)).weights;
    const auto stage = stage_parameters<Architecture, I>(gradients);
    const auto to = Magnitudes::template part<I>(gradients.subspan(static_cast<std::size_t>(Layout::scales_offset)));
    const auto parameters = integers_->template layer<I>().weight.parameters();
    const std::size_t size = weights.size() / parameters.size();
    const auto largest = static_cast<float>(Own::weight_codes.highest);
    for (std::size_t group = 0; group < parameters.size(); ++group) {
      const float by_scale = detail::scale_gradient(weights.subspan(group * size, size), parameters[group].scale,
                                                    largest, stage.weights.subspan(group * size, size));
      to[group] += by_scale / (largest * detail::scale_gradient_divisor(size, largest));
    }
  }

  Float float_;
  Ranges<Architecture> ranges_;
  AlignedVector<float> magnitudes_;
  std::unique_ptr<Integers> integers_;  // large
  AlignedVector<float> folded_;         ///< effective_ before rounding, where scales are learned
  AlignedVector<float> effective_;
};

/// The integer network as it stands.
template <class Architecture, IntegerPrecision P, class... Rules>
Network<Architecture, P> quantize(const Network<Architecture, FakeQuant<P, Rules...>>& network) {
  return network.integers();
}

}  // namespace qnn
