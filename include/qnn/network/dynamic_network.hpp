// SPDX-License-Identifier: MIT
/// @file
/// Networks of precision Dynamic: linear layers with integer weights between layers of float32.
#pragma once

#include "qnn/network/network.hpp"
#include "qnn/scheme/dynamic.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace qnn {

/// Integer weights and exact integer products; activations are float32, and each linear layer finds the range of its
/// input for each example (layers/dynamic_linear.hpp). BatchNorms are folded; activations behind linear layers are
/// applied to their outputs. Needs no calibration and no heap. Made by `quantize` or filled by `load`.
template <class Architecture, class P>
class Network<Architecture, Dynamic<P>> : detail::Refuse<typename Trace<Architecture>::failure>,
                                          detail::Refuse<OverflowFailure<Architecture, Dynamic<P>>, 1>,
                                          detail::Refuse<NormalizationFailure<Architecture>, 2>,
                                          public LayerMachines<Architecture, Dynamic<P>> {
  using Plan = ArenaPlan<Architecture, Dynamic<P>>;
  using stages = Stages<Architecture>;

 public:
  using architecture = Architecture;
  using precision = Dynamic<P>;
  using trace = Trace<Architecture>;
  using Input = Batch<const float, typename trace::input>;
  using Output = Batch<float, typename trace::output>;

  /// Bytes of codes, scales, biases and sums of weights.
  static constexpr Index parameter_bytes() { return Index{sizeof(Network)}; }

  /// Derives what follows from the weights of each layer.
  constexpr void prepare() {
    trace::for_each_layer([&]<Index I>(IndexConstant<I>) {
      if constexpr (stages::template is_linear<I>) {
        this->template layer<I>().prepare();
      }
    });
  }

  /// y = network(x). @throws NumericError where an input of a linear layer is NaN or infinite
  template <class Observer = NoObserver>
  void forward(Input x, Output y, ArenaView<Architecture, precision> arena, Observer&& observer = {}) const {
    QNN_EXPECTS(x.count() == y.count(), "as many outputs as inputs");
    QNN_EXPECTS(arena.capacity > 0, "an arena has room for at least one example");
    for (Index first = 0; first < x.count(); first += arena.capacity) {
      const Input part = x.slice(first, std::min(arena.capacity, x.count() - first));
      const float* const examples = detail::place_examples<Plan>(part, arena);
      observer(IndexConstant<0>{}, part);
      const std::byte* const result = detail::run_layers<Plan>(
          reinterpret_cast<const std::byte*>(examples), arena.data, arena.capacity, [](auto) { return false; },
          [&]<Index I>(IndexConstant<I> layer, IndexConstant<I>, const auto& sources, std::byte* out,
                       std::byte* scratch) {
            const Batch<float, typename trace::template shape<I>> outputs(detail::as_codes<float>(out), part.count());
            run_layer(layer, sources, outputs, scratch);
            observer(IndexConstant<stages::template end<I>>{},
                     Batch<const float, typename trace::template shape<I>>(outputs));
          });
      std::copy_n(detail::as_codes<const float>(result), part.count() * trace::output::size,
                  y.data() + first * trace::output::size);
    }
  }

 private:
  template <Index I, std::size_t Count, class Out>
  void run_layer(IndexConstant<I>, const std::array<const std::byte*, Count>& sources, Batch<float, Out> y,
                 [[maybe_unused]] std::byte* scratch) const {
    using Machine = MachineOf<Architecture, precision, I>;
    std::array<const float*, Count> values{};
    std::transform(sources.begin(), sources.end(), values.begin(),
                   [](const std::byte* source) { return detail::as_codes<const float>(source); });
    const auto inputs = detail::InputsFrom<typename trace::template received<I>>::of(values, y.count());
    constexpr Clamp clamp = stages::template clamp<I>;
    if constexpr (stages::template is_linear<I>) {
      this->template layer<I>().forward(inputs, y, detail::as_codes<typename Machine::Code>(scratch), clamp);
    } else {
      static_assert(Machine::parameters.size() == 0 && Machine::scratch == 0,
                    "qnn::Dynamic: layers that are not linear have neither parameters nor scratch");
      detail::forward_layer<Machine>(static_cast<const float*>(nullptr), inputs, y, static_cast<float*>(nullptr),
                                     clamp);
    }
  }
};

}  // namespace qnn
