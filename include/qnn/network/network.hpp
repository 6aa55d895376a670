// SPDX-License-Identifier: MIT
/// @file
/// Network: an architecture at a precision. One template for all of them; what differs is what a number is.
#pragma once

#include "qnn/core/aligned.hpp"
#include "qnn/core/contract.hpp"
#include "qnn/core/rule.hpp"
#include "qnn/kernels/quantize.hpp"
#include "qnn/network/activations.hpp"
#include "qnn/network/arena.hpp"
#include "qnn/network/forward_layer.hpp"
#include "qnn/network/initializer.hpp"
#include "qnn/network/layer_machines.hpp"
#include "qnn/network/layer_precisions.hpp"
#include "qnn/network/normalization_rule.hpp"
#include "qnn/network/overflow_proof.hpp"
#include "qnn/network/parameters.hpp"
#include "qnn/scheme/precision.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace qnn {

/// Called by forward() with (IndexConstant<layer>, Batch of its outputs); the Input is layer 0. This one looks away.
struct NoObserver {
  template <Index I, class Values>
  constexpr void operator()(IndexConstant<I>, const Values&) const {}
};

namespace detail {

/// Where the layers find the examples `x`: where they are, or in the arena where a layer writes over its input.
template <class Plan, class T, StaticShape In, class Arena>
constexpr const T* place_examples(Batch<const T, In> x, const Arena& arena) {
  if constexpr (Plan::overwrites_input) {
    return std::copy(x.begin(), x.end(), as_codes<T>(arena.data + Plan::template offset<0>(arena.capacity))) - x.size();
  } else {
    return x.data();
  }
}

/// Whether somebody looks at what lies between layers, so that each is computed by itself.
template <class Observer>
inline constexpr bool is_observed = !std::is_same_v<std::remove_cvref_t<Observer>, NoObserver>;

}  // namespace detail

/// `Architecture` computed at precision `P`.
///
/// Every network offers `forward(x, y, arena, observer)` from float examples to float outputs, const and without
/// touching the heap; several threads may share one network, each with its own arena.
template <class Architecture, class P>
class Network;

/// Float32: parameters in one flat vector, ready for training. See parameters.hpp for what lies where.
template <class Architecture>
class Network<Architecture, Float32> : detail::Refuse<typename Trace<Architecture>::failure> {
  using Plan = ArenaPlan<Architecture, Float32>;

 public:
  using architecture = Architecture;
  using precision = Float32;
  using trace = Trace<Architecture>;
  using Input = Batch<const float, typename trace::input>;
  using Output = Batch<float, typename trace::output>;

  /// All weights zero: to be loaded or set.
  Network() : parameters_(static_cast<std::size_t>(ParameterLayout<Architecture>::size)) {
    for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
      std::ranges::fill(slot.in(parameters()), slot.info.initial);
    }
  }
  /// Weights drawn by the initializer, each tensor from a stream of its own; biases zero.
  template <Initializer I>
  explicit Network(const I& initializer) : Network() {
    std::uint64_t stream = 0;
    for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
      if (slot.info.decays) {
        initializer(slot.in(parameters()), slot.info.fan_in, slot.info.fan_out, stream++);
      }
    }
  }

  std::span<float> parameters() & { return parameters_; }
  std::span<const float> parameters() const& { return parameters_; }
  /// The span must not outlive a temporary network.
  void parameters() const&& = delete;
  Index parameter_bytes() const { return static_cast<Index>(parameters_.size() * sizeof(float)); }

  /// y = network(x) for any number of examples, as many at a time as the arena holds.
  template <class Observer = NoObserver>
  void forward(Input x, Output y, ArenaView<Architecture, Float32> arena, Observer&& observer = {}) const {
    QNN_EXPECTS(x.count() == y.count(), "as many outputs as inputs");
    QNN_EXPECTS(arena.capacity > 0, "an arena has room for at least one example");
    for (Index first = 0; first < x.count(); first += arena.capacity) {
      const Index count = std::min(arena.capacity, x.count() - first);
      const Input part = x.slice(first, count);
      const float* const examples = detail::place_examples<Plan>(part, arena);
      observer(IndexConstant<0>{}, part);
      const float* const result = detail::run_layers<Plan>(
          examples, arena.data, arena.capacity, [](auto) { return !detail::is_observed<Observer>; },
          [&]<Index First, Index Last>(IndexConstant<First>, IndexConstant<Last> last, const auto& sources, float* out,
                                       float* scratch) {
            constexpr Clamp clamp = First == Last ? Clamp{} : Stages<Architecture>::template clamp<First>;
            detail::forward_layer<typename trace::template machine<Float32, First>>(
                parameters_.data() + ParameterLayout<Architecture>::template offset<First>,
                detail::InputsFrom<typename trace::template received<First>>::of(sources, count),
                Batch<float, typename trace::template shape<First>>(out, count), scratch, clamp);
            observer(last, Batch<const float, typename trace::template shape<Last>>(out, count));
          });
      std::copy_n(result, count * trace::output::size, y.data() + first * trace::output::size);
    }
  }

 private:
  AlignedVector<float> parameters_;
};

/// Integers, of one precision or mixed: codes of weights and everything else inside the object, no heap; a literal type
/// that can be constexpr (mixed: all but forward). Its size is that of its parameters: put a large one in static
/// storage or behind a std::unique_ptr. Made by `quantize` or filled by `load`.
template <class Architecture, IntegerPrecision P>
class Network<Architecture, P> : detail::Refuse<typename Trace<Architecture>::failure>,
                                 detail::Refuse<OverflowFailure<Architecture, P>, 1>,
                                 detail::Refuse<NormalizationFailure<Architecture>, 2>,
                                 detail::Refuse<MixedFailure<Architecture, P>, 3>,
                                 public LayerMachines<Architecture, P> {
  using Plan = ArenaPlan<Architecture, P>;
  using Element = typename Plan::Element;
  template <Index I>
  using CodeOf = typename Plan::template Code<I>;

 public:
  using architecture = Architecture;
  using precision = P;
  using trace = Trace<Architecture>;
  using InputCode = CodeOf<0>;
  using OutputCode = CodeOf<trace::layer_count - 1>;
  using Input = Batch<const float, typename trace::input>;
  using Output = Batch<float, typename trace::output>;

  /// Scale and zero point of the output of layer I; 0 is the network's input.
  template <Index I>
  constexpr auto& activation() {
    return activations_.template of<I>();
  }
  template <Index I>
  constexpr const auto& activation() const {
    return activations_.template of<I>();
  }
  /// The same by a number; of a mixed network a copy.
  constexpr decltype(auto) activation(Index index) { return activations_[index]; }
  constexpr decltype(auto) activation(Index index) const { return activations_[index]; }
  constexpr const auto& output_parameters() const { return activation<trace::layer_count - 1>(); }
  /// All of them, and those of what layers read (network/activations.hpp).
  constexpr Activations<Architecture, P>& activations() { return activations_; }
  constexpr const Activations<Architecture, P>& activations() const { return activations_; }
  /// Those of what layer I reads: one, or an array where it joins branches.
  template <Index I>
  constexpr auto received() const {
    return activations_.template received<I>();
  }

  /// Bytes of codes, biases, scales and multipliers, without the copies that vector kernels read (QNN_PORTABLE leaves
  /// those out of the object, too).
  static constexpr Index parameter_bytes() {
    Index copies = 0;
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      using Machine = MachineOf<Architecture, P, I>;
      if constexpr (requires { Machine::packed_bytes; }) {
        copies += Machine::packed_bytes;
      }
    });
    return Index{sizeof(Network)} - copies;
  }

  /// Derives what follows from codes, scales and zero points, layer by layer. Called once they are all there.
  constexpr void prepare() {
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) { prepare_layer<I>(); });
  }
  /// The same of one layer, once all is there that it and those before it have.
  template <Index I>
  constexpr void prepare_layer() {
    activations_.template prepare<I>();
    this->template layer<I>().prepare(received<I>(), activation<I>(), Stages<Architecture>::template clamp<I>);
  }

  /// Codes in, codes out: integers only, the same bits on every machine.
  template <class Observer = NoObserver>
  constexpr void forward_codes(Batch<const InputCode, typename trace::input> x,
                               Batch<OutputCode, typename trace::output> y, ArenaView<Architecture, P> arena,
                               Observer&& observer = {}) const {
    QNN_EXPECTS(x.count() == y.count(), "as many outputs as inputs");
    QNN_EXPECTS(arena.capacity > 0, "an arena has room for at least one example");
    arena.capacity = at_once<Observer>(arena.capacity);
    for (Index first = 0; first < x.count(); first += arena.capacity) {
      const auto part = x.slice(first, std::min(arena.capacity, x.count() - first));
      const OutputCode* const result = run(detail::place_examples<Plan>(part, arena), part.count(), arena, observer);
      std::copy_n(result, part.count() * trace::output::size, y.data() + first * trace::output::size);
    }
  }

  /// y = network(x): quantizes the examples, runs in integers, dequantizes the outputs. @pre every x is finite
  template <class Observer = NoObserver>
  constexpr void forward(Input x, Output y, ArenaView<Architecture, P> arena, Observer&& observer = {}) const {
    QNN_EXPECTS(x.count() == y.count(), "as many outputs as inputs");
    QNN_EXPECTS(arena.capacity > 0, "an arena has room for at least one example");
    arena.capacity = at_once<Observer>(arena.capacity);
    for (Index first = 0; first < x.count(); first += arena.capacity) {
      const auto part = x.slice(first, std::min(arena.capacity, x.count() - first));
      const std::span<const float> values(part.data(), static_cast<std::size_t>(part.size()));
      auto* const codes = detail::as_codes<InputCode>(arena.data + Plan::template offset<0>(arena.capacity));
      using First = typename LayerPrecisions<Architecture, P>::template at<0>;
      [[maybe_unused]] const bool finite = kernels::quantize(values, activation<0>(), First::activation_codes, codes);
      QNN_EXPECTS(finite, "examples are finite: a NaN or an infinity has no code");
      const OutputCode* const result = run(codes, part.count(), arena, observer);
      std::transform(result, result + part.count() * trace::output::size, y.data() + first * trace::output::size,
                     [&](OutputCode code) { return dequantize_value(code, output_parameters()); });
    }
  }

 private:
  /// Examples that go through all layers together: those that caches hold. An observer gets as many as the arena holds.
  template <class Observer>
  static constexpr Index at_once(Index capacity) {
    return detail::is_observed<Observer> ? capacity : std::min(capacity, resident_examples<Architecture, P>);
  }

  template <class Observer>
  constexpr const OutputCode* run(const InputCode* examples, Index count, ArenaView<Architecture, P> arena,
                                  Observer& observer) const {
    observer(IndexConstant<0>{}, Batch<const InputCode, typename trace::input>(examples, count));
    const Element* const result = detail::run_layers<Plan>(
        detail::as_codes<const Element>(examples), arena.data, arena.capacity,
        [&]<Index I>(IndexConstant<I>) { return merges<Observer, I>(); },
        [&]<Index First, Index Last>(IndexConstant<First>, IndexConstant<Last>, const auto& sources, Element* out,
                                     Element* scratch) {
          using Code = CodeOf<First>;
          const auto& codes = activations_.template read<First>(sources, count, arena.capacity, scratch);
          const auto inputs = detail::InputsFrom<typename trace::template received<First>>::of(codes, count);
          const Batch<Code, typename trace::template shape<Last>> outputs(detail::as_codes<Code>(out), count);
          if constexpr (Last != First) {
            this->template layer<First>().forward_pooled(inputs, outputs, detail::as_codes<Code>(scratch));
          } else {
            detail::forward_layer(this->template layer<First>(), inputs, outputs, detail::as_codes<Code>(scratch));
            // What leaves a linear layer is already the output of its whole stage.
            observer(IndexConstant<Stages<Architecture>::template end<First>>{},
                     Batch<const Code, typename trace::template shape<Last>>(outputs));
          }
        });
    return detail::as_codes<const OutputCode>(result);
  }

  /// Whether layer I computes the pooling behind it as well. Not before an observer, who would miss what lies between.
  template <class Observer, Index I>
  constexpr bool merges() const {
    if constexpr (!detail::is_observed<Observer> && Plan::template merged_with<I> != I) {
      return this->template layer<I>().can_merge();
    } else {
      return false;
    }
  }

  Activations<Architecture, P> activations_{};
};

}  // namespace qnn
