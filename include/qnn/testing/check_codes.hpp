// SPDX-License-Identifier: MIT
/// @file
/// Checks the integer machine of a layer against its float machine, and against itself at compile time.
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/network/network.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/testing/options.hpp"
#include "qnn/testing/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace qnn::testing {

namespace detail {

template <class S>
struct InputOf;
template <Index... Ns>
struct InputOf<Shape<Ns...>> {
  using type = Input<Ns...>;
};

/// Steps by which a policy's rounding may miss the real result.
template <class Policy>
inline constexpr double rounding_bound = std::same_as<Policy, DoubleRounding> ? 0.75 : 0.5;

/// Checks the codes `found` of a layer's outputs against the reals `expected`: each is the nearest but for the rounding
/// of its requantization, and errors cancel on average.
/// @param bias  mean signed error, in steps, that the rounding itself may have
template <QuantizedPrecision P>
void compare_codes(Report& report, const std::vector<float>& expected, std::span<const typename P::activation> found,
                   const typename P::activations::parameters& output, double bias = 0.0) {
  const double scale = static_cast<double>(output.scale);
  const double lowest = scale * (P::activation_codes.lowest - output.zero_point);
  const double highest = scale * (P::activation_codes.highest - output.zero_point);
  const Range range = range_of(expected);
  // What float32 itself may miss: a few units in the last place of the largest outputs.
  const double noise = 2e-6 * static_cast<double>(range.magnitude()) / scale + 1e-3;
  double sum = 0.0, within = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double real = static_cast<double>(expected[i]);
    const double steps = std::clamp(real, lowest, highest) / scale;
    const double code = found[i] - output.zero_point;
    report.expect_near("output in steps", static_cast<Index>(i), steps, code,
                       rounding_bound<typename P::requantization> + noise);
    if (real > lowest && real < highest) {
      sum += code - steps;
      within += 1.0;
    }
  }
  // Rounding errors are nearly uniform with a deviation of 0.29 steps; five standard errors, and room for ties.
  const double mean = within > 0.0 ? sum / within : 0.0;
  report.expect_near("mean signed error in steps", 0, 0.0, mean, bias + 5.0 * 0.29 / std::sqrt(within + 1.0) + 0.03);
}

}  // namespace detail

/// Quantizes a network of this one layer, checks every code of its parameters, then gives the float network exactly the
/// reals that the codes stand for and the integer network inputs without rounding error. What is left is the rounding
/// of the output: at most half a step (DoubleRounding: 3/4), and on average none.
template <QuantizedPrecision P, class Layer, StaticShape In>
class CodeCheck {
  using Architecture = Sequential<typename detail::InputOf<In>::type, Layer>;
  using Real = Network<Architecture, Float32>;
  using Integer = Network<Architecture, P>;
  using Code = typename P::activation;
  using Out = typename Layer::template output<In>;

 public:
  CodeCheck(Report& report, const LayerCheckOptions& options)
      : report_(report),
        options_(options),
        random_(options.seed),
        count_(options.integer_batch),
        integer_(std::make_unique<Integer>()) {}

  void run() {
    report_.set_subject(std::string(Layer::name) + " at " + P::name());
    fill(real_.parameters(), -1.0f, 1.0f);
    std::vector<float> x(static_cast<std::size_t>(count_ * In::size));
    fill(x, options_.lowest, options_.highest);
    const std::vector<float> first = real_outputs(x);
    quantize_to(*integer_, real_, Ranges<Architecture>{{range_of(x), range_of(first)}});

    std::vector<Code> codes(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      codes[i] = quantize_value<Code>(x[i], integer_->activation(0), P::activation_codes);
      x[i] = dequantize_value(codes[i], integer_->activation(0));
    }
    take_over_parameters();
    const std::vector<Code> found = integer_outputs(codes, count_);
    detail::compare_codes<P>(report_, real_outputs(x), found, integer_->output_parameters());
    report_.expect(integer_outputs(codes, 1) == found, "codes change with the number of examples run at once");
  }

 private:
  void fill(std::span<float> values, float low, float high) {
    std::generate(values.begin(), values.end(), [&] { return random_.uniform(low, high); });
  }
  std::vector<float> real_outputs(const std::vector<float>& x) const {
    std::vector<float> y(static_cast<std::size_t>(count_ * Out::size));
    HeapArena<Real> arena(count_);
    real_.forward({x.data(), count_}, {y.data(), count_}, arena);
    return y;
  }
  std::vector<Code> integer_outputs(const std::vector<Code>& x, Index capacity) const {
    std::vector<Code> y(static_cast<std::size_t>(count_ * Out::size));
    HeapArena<Integer> arena(capacity);
    integer_->forward_codes({x.data(), count_}, {y.data(), count_}, arena);
    return y;
  }

  std::span<float> parameter(std::string_view name) {
    for (const ParameterSlot& slot : ParameterLayout<Architecture>::slots) {
      if (slot.info.name == name) {
        return slot.in(real_.parameters());
      }
    }
    return {};
  }

  /// Checks that every code is nearest to its parameter, and replaces the parameter by what the code stands for.
  void take_over_parameters() {
    const auto& machine = integer_->template layer<1>();
    if constexpr (requires { machine.visit_tensors(machine, [](std::string_view, const auto&) {}); }) {
      machine.visit_tensors(machine, [&]<class T>(std::string_view name, const T& tensor) {
        if constexpr (requires { tensor.dequantize(); }) {
          take_over_weights(parameter(name), tensor);
        } else if (name == "folded_bias") {
          take_over_bias(parameter("bias"), machine.weight, tensor);
        }
      });
    }
  }
  template <class Tensor>
  void take_over_weights(std::span<float> reals, const Tensor& tensor) {
    const std::vector<float> stored = tensor.dequantize();
    const Index fan_in = tensor.size() / tensor.extents()[0];
    for (Index i = 0; i < tensor.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      const double scale = static_cast<double>(step_at(tensor, i / fan_in, i % fan_in));
      const double real = static_cast<double>(reals[at]);
      const double float_rounding = 2e-7 * std::abs(real);
      report_.expect_near("weight", i, real, static_cast<double>(stored[at]), 0.5 * scale + float_rounding);
      reals[at] = stored[at];
    }
  }
  /// The distance of neighbouring levels of weight `k` of a channel.
  template <class Tensor>
  static float step_at(const Tensor& tensor, Index channel, [[maybe_unused]] Index k) {
    const float scale = tensor.parameters(channel).scale;
    if constexpr (is_grouped<typename Tensor::granularity>) {
      const auto multipliers = tensor.multipliers();
      const Index groups = static_cast<Index>(multipliers.size()) / tensor.groups();
      return scale *
             static_cast<float>(multipliers.data()[channel * groups + k / group_size<typename Tensor::granularity>]);
    } else {
      return scale;
    }
  }
  /// b = (folded + zx sum (w - zw)) sx sw
  template <class Tensor, class Folded>
  void take_over_bias(std::span<float> reals, const Tensor& weight, const Folded& folded) {
    const auto input = integer_->activation(0);
    const std::size_t fan_in = weight.integers().size() / folded.size();
    for (std::size_t o = 0; o < folded.size(); ++o) {
      const auto parameters = weight.parameters(static_cast<Index>(o));
      std::int64_t sum = 0;
      for (std::size_t k = 0; k < fan_in; ++k) {
        sum += weight.integers()[o * fan_in + k] - parameters.zero_point;
      }
      const double scale = static_cast<double>(input.scale) * static_cast<double>(parameters.scale);
      const double stored = scale * static_cast<double>(folded[o] + input.zero_point * sum);
      const double expected = reals.empty() ? 0.0 : static_cast<double>(reals[o]);
      report_.expect_near("bias", static_cast<Index>(o), expected, stored, 0.50001 * scale + 1e-12);
      if (!reals.empty()) {
        reals[o] = static_cast<float>(stored);
      }
    }
  }

  Report& report_;
  LayerCheckOptions options_;
  Random random_;
  Index count_;
  Real real_;
  std::unique_ptr<Integer> integer_;
};

/// Output codes of `Count` examples for random codes of weights and inputs. At compile time the reference kernels
/// compute them, at run time those that the machine dispatches to; both must give the same:
/// @code
///   constexpr auto expected = codes_of_random_layer<Int8<>, Dense<3>, Shape<5>, 2>(1);
///   auto found = codes_of_random_layer<Int8<>, Dense<3>, Shape<5>, 2>(1);
/// @endcode
template <QuantizedPrecision P, class Layer, StaticShape In, Index Count>
constexpr auto codes_of_random_layer(std::uint64_t seed) {
  using Out = typename Layer::template output<In>;
  using Code = typename P::activation;
  typename Layer::template at<P, In> machine{};
  Random random(seed);
  const auto draw = [&](CodeRange range) {
    return range.lowest + random.below(range.highest - range.lowest + Index{1});
  };
  if constexpr (requires { machine.visit_tensors(machine, [](std::string_view, auto&) {}); }) {
    machine.visit_tensors(machine, [&](std::string_view, auto& tensor) {
      if constexpr (requires { tensor.codes(); }) {
        for (auto&& code : tensor.codes()) {
          code = static_cast<typename P::weights::code>(draw(P::weight_codes));
        }
        if constexpr (is_grouped<typename P::weights::granularity>) {
          for (auto&& multiplier : tensor.multipliers()) {
            multiplier = GroupMultiplier(draw({1, P::weights::granularity::largest_multiplier}));
          }
        }
        for (auto& parameters : tensor.parameters()) {
          parameters = P::weights::scheme::parameters_for({-1.0f, random.uniform(0.5f, 1.0f)}, P::weight_integers,
                                                          P::requantization::scale_grid);
        }
      } else {
        for (auto& code : tensor) {
          code = static_cast<std::remove_reference_t<decltype(code)>>(draw({-2000, 2000}));
        }
      }
    });
  }
  const auto input =
      P::activations::scheme::parameters_for({-1.0f, 0.75f}, P::activation_codes, P::requantization::scale_grid);
  machine.prepare(input, machine.output_parameters(input, {-4.0f, 3.0f}), {});
  std::array<Code, static_cast<std::size_t>(Count * In::size)> x{};
  std::array<Code, static_cast<std::size_t>(Count * Out::size)> y{};
  for (Code& code : x) {
    code = static_cast<Code>(draw(P::activation_codes));
  }
  const Batch<const Code, In> inputs(x.data(), Count);
  const Batch<Code, Out> outputs(y.data(), Count);
  if constexpr (qnn::detail::has_scratch<decltype(machine)>) {
    std::array<Code, static_cast<std::size_t>(decltype(machine)::scratch(Count))> scratch{};
    machine.forward(inputs, outputs, scratch.data());
  } else {
    machine.forward(inputs, outputs);
  }
  return y;
}

}  // namespace qnn::testing
