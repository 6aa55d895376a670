// SPDX-License-Identifier: MIT
/// @file
/// The protocol of a layer, written as a contract.
///
/// **The name.** A layer is an empty struct, such as `Dense<10>`, with
///   - `static constexpr auto name`              its name in tables and messages
///   - `using accepts = rules<...>`              what it demands of its input shape (core/rule.hpp)
///   - `template <class In> using output`        the Shape it makes of `In`; used only where every rule holds
///   - `template <class In> static std::string details()`  its options in words, where it has any: two layers that
///     compute differently from the same parameters differ here
///
/// **The float machine.** `template <class In> struct at<Float32, In>` has no state: parameters live in one flat vector
/// of the network, so that optimizers, gradients and checkpoints see a single array.
///   - `static constexpr std::array<ParameterInfo, n> parameters`  the tensors, in order; `no_parameters` for none
///   - `static constexpr Index scratch`          floats of scratch that forward needs, for any batch
///   - `static constexpr Index backward_scratch` the same for backward
///   - `forward(parameters, x, y, scratch)`
///       requires: parameters points to the layer's own parameters; x.count() == y.count()
///       ensures:  y = f(x); x, parameters unchanged, unless the layer is `in_place` and x, y are the same memory
///     A linear layer takes a fifth argument, a Clamp that it applies to y: the activation behind it.
///   - `backward(const BackwardPass<In, Out>&)`
///       requires: y = f(x) from forward; dy = dL/dy; gradients laid out like parameters
///       ensures:  dL/dparameters is *added* to gradients; dx = dL/dx, unless dx.data() is null, which says that
///                 nobody needs it. In an in-place layer dx may be dy and x may be y.
///   - `forward_training(parameters, x, y, step)`  only where training differs from inference (Dropout, BatchNorm)
///
/// **The integer machine.** `template <QuantizedPrecision P, class In> struct at<P, In>` holds codes. With A the
/// parameters of activations (P::activations::parameters):
///   - `static A output_parameters(A input, Range stage)`  the parameters of its output; `stage` is the calibrated
///     range at the end of the layer's stage. Layers that keep codes return `input`.
///   - `quantize(parameters, input, output)`     float parameters to codes; absent where there are none
///   - `prepare(input, output, clamp)`           whatever follows from codes and parameters; called after quantize and
///     load
///   - `visit_tensors(self, f)`                  f(name, codes), for saving and loading; absent where there are none
///   - `forward(x, y) const`                     exact integers, constexpr
///   - `static Index scratch(Index examples)`    only where the machine needs memory besides x and y, in codes; then
///                                               `forward(x, y, scratch) const` is given that much
///   - `merges<Pooling, Out>`                    only where it can compute a max pooling of its outputs along with
///     them:
///                                               `forward_pooled(x, y, scratch)`, wherever `can_merge()` says so
///
/// **Flags**, both machines: `in_place` (x and y may be the same memory), `identity` (inference skips the layer),
/// `is_linear` (starts a stage), `clamp` (an activation that a stage can fuse), `reads_output` (backward reads y),
/// `is_homogeneous` (each channel by itself, and f(s x) = s f(x) for every s > 0).
/// The layer before an `in_place` one finds its y overwritten when its own backward runs, unless it says
/// `reads_output`: then the layer behind it works in memory of its own in training. In-place layers that are not the
/// identity need not say so, as they have nothing but y to read.
#pragma once

#include "qnn/core/option.hpp"
#include "qnn/core/rule.hpp"
#include "qnn/core/view.hpp"
#include "qnn/scheme/output_stage.hpp"
#include "qnn/scheme/precision.hpp"
#include "qnn/scheme/range.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>
#include <span>
#include <string_view>

namespace qnn {

/// One parameter tensor of a float layer.
struct ParameterInfo {
  std::string_view name;
  Extents extents;
  Index fan_in = 0;     ///< inputs that one output sums over
  Index fan_out = 0;    ///< outputs that one input feeds
  bool decays = false;  ///< whether weight decay applies, and whether it is initialized at random: weights, not biases
  float initial = 0;    ///< value of all elements of a new network where they are not initialized at random
  /// Whether training observes it instead of optimizing it: backward adds how far it is from what was observed.
  bool is_statistic = false;
  float lowest = -std::numeric_limits<float>::infinity();  ///< no element is below
};

inline constexpr std::array<ParameterInfo, 0> no_parameters{};

/// Number of floats in a list of parameters.
constexpr Index parameter_count(std::span<const ParameterInfo> parameters) {
  Index count = 0;
  for (const ParameterInfo& parameter : parameters) {
    count += parameter.extents.size();
  }
  return count;
}

/// What a layer that draws random numbers in training needs to be reproducible: the number of an example names its
/// stream, so neither the thread that works on it nor the order matters.
struct TrainingStep {
  std::uint64_t seed = 0;   ///< differs from step to step
  Index first_example = 0;  ///< position in the batch of the first example of x
  float share = 1;          ///< examples of x / examples of the batch
};

/// What the backward pass of a float layer is given.
template <StaticShape In, StaticShape Out>
struct BackwardPass {
  const float* parameters;
  Batch<const float, In> x;
  Batch<const float, Out> y;
  Batch<const float, Out> dy;
  Batch<float, In> dx;  ///< data() is null where the gradient is not needed
  float* gradients;
  float* scratch;
  TrainingStep step;
};

namespace detail {

template <class T>
inline constexpr bool is_in_place = requires {
  requires T::in_place;
};
template <class T>
inline constexpr bool is_identity = requires {
  requires T::identity;
};
template <class T>
inline constexpr bool reads_output = is_in_place<T> && !is_identity<T>;
template <class T>
  requires(requires { requires T::reads_output; })
inline constexpr bool reads_output<T> = true;
/// Whether an integer machine can compute `Pooling` of its outputs, of shape `Out`, along with them: it has `merges`.
template <class Machine, class Pooling, class Out>
inline constexpr bool merges = false;
template <class Machine, class Pooling, class Out>
  requires requires { Machine::template merges<Pooling, Out>; }
inline constexpr bool merges<Machine, Pooling, Out> = Machine::template merges<Pooling, Out>;
/// An integer machine that needs memory besides its inputs and outputs.
template <class T>
inline constexpr bool has_scratch = requires(Index examples) {
  { T::scratch(examples) } -> std::same_as<Index>;
};
/// Whether an integer machine takes the parameters of its output from the calibrated range of its stage: two ranges
/// make a difference. Else they are those of its input, or its formula's.
template <class Machine>
inline constexpr bool takes_range =
    Machine::output_parameters({}, Range{-1.0f, 1.0f}) != Machine::output_parameters({}, Range{-3.0f, 3.0f});
template <class T>
inline constexpr bool is_linear = requires {
  requires T::is_linear;
};
/// A layer without weights that applies the activation behind it along with itself.
template <class T>
inline constexpr bool starts_stage = requires {
  requires T::starts_stage;
};
/// A layer whose inference is one factor and one addend for each channel: the linear layer before it takes them over.
template <class T>
inline constexpr bool is_normalization = requires {
  requires T::is_normalization;
};
template <class T>
inline constexpr bool is_activation = requires {
  { T::clamp } -> std::convertible_to<Clamp>;
};
inline constexpr float largest_float = std::numeric_limits<float>::max();

/// A layer that a positive factor of a channel passes through.
template <class T>
inline constexpr bool is_homogeneous = is_identity<T> || requires {
  requires T::is_homogeneous;
};
template <class T>
  requires is_activation<T>
inline constexpr bool is_homogeneous<T> =
    (T::clamp.lowest == 0.0f || T::clamp.lowest < -largest_float) && T::clamp.highest > largest_float;

/// Copies x to y where they are not already the same memory.
template <class T, class In, class Out>
constexpr void pass_on(Batch<const T, In> x, Batch<T, Out> y) {
  if (x.data() != y.data()) {
    std::copy(x.begin(), x.end(), y.data());
  }
}

}  // namespace detail

/// Base of float machines without parameters.
struct NoParameters {
  static constexpr auto parameters = no_parameters;
  static constexpr Index scratch = 0, backward_scratch = 0;
};

/// The codes pass unchanged, and so do their scale and zero point: base of integer machines such as Flatten's.
template <QuantizedPrecision P>
struct KeepsParameters {
  using Parameters = typename P::activations::parameters;
  static constexpr Parameters output_parameters(Parameters input, Range /*stage*/) { return input; }
  constexpr void prepare(Parameters /*input*/, Parameters /*output*/, Clamp /*fused*/) {}
};

/// The same for layers that add zeros.
template <QuantizedPrecision P>
struct KeepsParametersAndZero : KeepsParameters<P> {
  using Parameters = typename P::activations::parameters;
  typename P::activation zero = 0;  ///< the code of real 0
  constexpr void prepare(Parameters input, Parameters /*output*/, Clamp /*fused*/) {
    zero = static_cast<typename P::activation>(input.zero_point);
  }
};

/// Machine of a layer whose output is its input, perhaps under another shape.
template <class P, StaticShape In, StaticShape Out>
struct PassesOn : KeepsParameters<P> {
  using Code = typename P::activation;
  constexpr void forward(Batch<const Code, In> x, Batch<Code, Out> y) const { detail::pass_on(x, y); }
};
template <StaticShape In, StaticShape Out>
struct PassesOn<Float32, In, Out> : NoParameters {
  static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, Out> y, float* /*scratch*/) {
    detail::pass_on(x, y);
  }
  static void backward(const BackwardPass<In, Out>& pass) {
    if (pass.dx.data() != nullptr) {
      detail::pass_on(pass.dy, pass.dx);
    }
  }
};

}  // namespace qnn
