// SPDX-License-Identifier: MIT
/// @file
/// Simulation: what an integer network would answer, computed in floats, its formats chosen at run time.
#pragma once

#include "qnn/config.hpp"
#include "qnn/core/error.hpp"
#include "qnn/network/layer_names.hpp"
#include "qnn/network/network.hpp"
#include "qnn/network/ranges.hpp"
#include "qnn/quantization/fold_batch_norm.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/quantization/simulated_layers.hpp"
#include "qnn/quantization/stage_format.hpp"
#include "qnn/quantization/stage_parameters.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace qnn {

/// The precision of a network that computes in floats, with weights and activations rounded to the levels of codes.
struct Simulated {
  using activation = float;
  static std::string name() { return "simulated"; }
};

/// Activations lie where those of a float network lie; behind them is room for the converted inputs of one layer.
template <class Architecture>
struct ArenaPlan<Architecture, Simulated> : ArenaPlan<Architecture, Float32> {
  using Base = ArenaPlan<Architecture, Float32>;
  using Facts = detail::SimulationPlan<Architecture>;
  /// Elements of the converted inputs of one layer, of one example.
  static constexpr Index converted = [] {
    std::array<Index, Facts::layers> sums{};
    for (const detail::Connection& connection : Facts::connections) {
      sums[connection.to] += Base::template padded<0>(Facts::of_layer[connection.from].size);
    }
    return *std::ranges::max_element(sums);
  }();
  static constexpr Index elements(Index capacity) { return Base::elements(capacity) + capacity * converted; }
};

/// What quantize<Mixed<...>>(network, ranges) would compute, without its type: for each of the QuantizingStages a
/// StageFormat, known at run time. It runs and is evaluated like every other network.
///
/// Weights are those that codes stand for, w' = scale * (code - zero_point), and biases multiples of the accumulator's
/// scale. Products are float, and the output of each stage is rounded to its levels once, where the integer network
/// rounds it; what a stage cannot read as it is, is rounded once more. So it differs from the integer network where
/// float sums put a value on the other side of a tie, and by the rounding of average pooling and of 16-bit functions.
///
/// @code
///   std::vector<qnn::StageFormat> formats(qnn::QuantizingStages<Net>::count);   // 8 bits everywhere ...
///   formats[1].weight_bits = 3;                                                 // ... but here
///   const auto simulated = qnn::simulate(net, ranges, formats);
///   qnn::evaluate(simulated, data.test);
/// @endcode
template <class Architecture>
class Network<Architecture, Simulated> {
  using Float = Network<Architecture, Float32>;
  using Plan = ArenaPlan<Architecture, Float32>;
  using Facts = detail::SimulationPlan<Architecture>;
  using stages = QuantizingStages<Architecture>;

 public:
  using architecture = Architecture;
  using precision = Simulated;
  using trace = Trace<Architecture>;
  using Input = Batch<const float, typename trace::input>;
  using Output = Batch<float, typename trace::output>;

  /// @throws ArgumentError, NumericError as assign()
  Network(const Float& network, const Ranges<Architecture>& ranges, std::span<const StageFormat> formats,
          QuantizationOptions options = {})
      : folded_(fold_batch_norms(network)), rounded_(folded_), ranges_(ranges), options_(options) {
    assign(formats);
  }

  /// Changes the formats. O(parameters). @param formats one for each of the QuantizingStages
  /// @throws ArgumentError where there are more or fewer, or numbers of bits out of range
  /// @throws NumericError where a weight, bias or range is NaN or infinite, naming the layer
  QNN_COLD void assign(std::span<const StageFormat> formats) {
    if (formats.size() != stages::count) {
      throw ArgumentError("simulate: formats", std::to_string(stages::count) + ", one for each stage",
                          std::to_string(formats.size()));
    }
    std::ranges::for_each(formats, &StageFormat::check);
    std::size_t position = 0;
    try {
      auto levels = detail::choose_levels(Facts::of_layer, Facts::connections, formats, ranges_.of_layer, position);
      Float rounded = folded_;
      detail::for_each_linear_layer<Architecture>([&]<Index I>(IndexConstant<I>) {
        position = I;
        constexpr std::size_t c = Facts::template first_connection<I>;
        detail::round_stage(stage_parameters<Architecture, I>(rounded.parameters()), formats[Facts::of_layer[I].stage],
                            levels.read(c, Facts::connections[c]).parameters.scale, options_.weights);
      });
      levels_ = std::move(levels);
      rounded_ = std::move(rounded);
      formats_.assign(formats.begin(), formats.end());
    } catch (const NumericError& error) {
      detail::rethrow_for_layer(error, static_cast<Index>(position), layer_names<Architecture>[position]);
    }
  }

  std::span<const StageFormat> formats() const& { return formats_; }
  /// Float parameters, rounded. BatchNorms are folded.
  std::span<const float> parameters() const& { return rounded_.parameters(); }
  void formats() const&& = delete;
  void parameters() const&& = delete;
  /// Scale and zero point of the output of layer `index`; 0 is the network's input.
  const Asymmetric::Parameters& activation(Index index) const {
    return levels_.output[static_cast<std::size_t>(index)].parameters;
  }

  /// y = network(x). See Network<Architecture, Float32>.
  template <class Observer = NoObserver>
  void forward(Input x, Output y, ArenaView<Architecture, Simulated> arena, Observer&& observer = {}) const {
    QNN_EXPECTS(x.count() == y.count(), "as many outputs as inputs");
    QNN_EXPECTS(arena.capacity > 0, "an arena has room for at least one example");
    for (Index first = 0; first < x.count(); first += arena.capacity) {
      const Input part = x.slice(first, std::min(arena.capacity, x.count() - first));
      float* const examples = arena.data + Plan::template offset<0>(arena.capacity);
      std::copy(part.begin(), part.end(), examples);
      const float* const result = run(examples, part.count(), arena, observer);
      std::copy_n(result, part.count() * trace::output::size, y.data() + first * trace::output::size);
    }
  }

 private:
  template <class Observer>
  const float* run(float* examples, Index count, ArenaView<Architecture, Simulated> arena, Observer& observer) const {
    levels_.output[0].round({examples, static_cast<std::size_t>(count * trace::input::size)});
    observer(IndexConstant<0>{}, Batch<const float, typename trace::input>(examples, count));
    return detail::run_layers<Plan>(
        examples, arena.data, arena.capacity, [](auto) { return false; },
        [&]<Index I, Index Last>(IndexConstant<I> layer, IndexConstant<Last>, auto sources, float* out,
                                 float* scratch) {
          using Out = typename trace::template shape<I>;
          convert<I>(sources, count, arena.data + Plan::elements(arena.capacity));
          detail::forward_layer<typename trace::template machine<Float32, I>>(
              rounded_.parameters().data() + ParameterLayout<Architecture>::template offset<I>,
              detail::InputsFrom<typename trace::template received<I>>::of(sources, count),
              Batch<float, Out>(out, count), scratch, Clamp{});
          if constexpr (Facts::of_layer[I].rounds) {
            levels_.output[static_cast<std::size_t>(I)].round({out, static_cast<std::size_t>(count * Out::size)});
            observer(layer, Batch<const float, Out>(out, count));
          }
        });
  }

  /// Copies the sources that layer I reads in other levels, and rounds them to these.
  template <Index I, std::size_t Count>
  void convert(std::array<const float*, Count>& sources, Index count, float* memory) const {
    std::size_t c = Facts::template first_connection<I>;
    for (const float*& source : sources) {
      const Index size = count * Facts::of_layer[Facts::connections[c].from].size;
      if (const auto& converted = levels_.converted[c++]) {
        std::copy_n(source, size, memory);
        converted->round({memory, static_cast<std::size_t>(size)});
        source = memory;
        memory += Plan::template padded<0>(size);
      }
    }
  }

  Float folded_, rounded_;
  Ranges<Architecture> ranges_;
  QuantizationOptions options_;
  std::vector<StageFormat> formats_;
  detail::SimulatedLevels levels_;
};

/// A Network<Architecture, Simulated> with these formats. @throws ArgumentError, NumericError as its assign()
template <class Architecture>
Network<Architecture, Simulated> simulate(const Network<Architecture, Float32>& network,
                                          const Ranges<Architecture>& ranges, std::span<const StageFormat> formats,
                                          QuantizationOptions options = {}) {
  return {network, ranges, formats, options};
}

}  // namespace qnn
