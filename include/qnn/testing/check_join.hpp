// SPDX-License-Identifier: MIT
/// @file
/// Checks a layer that joins branches, such as Add: what check_layer asks of a layer with one input, of each of
/// several.
#pragma once

#include "qnn/core/random.hpp"
#include "qnn/layers/layer.hpp"
#include "qnn/network/forward_layer.hpp"
#include "qnn/testing/check_codes.hpp"
#include "qnn/testing/guarded.hpp"
#include "qnn/testing/options.hpp"
#include "qnn/testing/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace qnn::testing {

template <class Layer, class In>
class JoinCheck;

/// The layer computes y = f(x_0, ..., x_n). With random c the loss is L = sum c_i y_i, so that dy = c, and each dL/dx_k
/// is compared with (L(+h) - L(-h)) / 2h. Joins are linear: there are no kinks to leave out.
template <class Layer, StaticShape... Ss>
class JoinCheck<Layer, Inputs<Ss...>> {
  using In = Inputs<Ss...>;
  using Out = typename Layer::template output<In>;
  using Machine = typename Layer::template at<Float32, In>;
  static constexpr std::size_t inputs = sizeof...(Ss);
  static constexpr std::array<Index, inputs> sizes{Ss::size...};
  template <class T>
  using Each = std::array<std::vector<T>, inputs>;

 public:
  JoinCheck(Report& report, const LayerCheckOptions& options)
      : report_(report), options_(options), random_(options.seed) {}

  void check_gradients() {
    report_.set_subject(std::string(Layer::name) + " at float32");
    Each<float> x = random_inputs(options_.batch);
    const std::vector<float> dy = random_floats(options_.batch * Out::size, -1.0f, 1.0f);
    [&]<std::size_t... K>(std::index_sequence<K...>) { (check_gradient<K>(x, dy), ...); }
    (std::make_index_sequence<inputs>{});
    check_batches(x);
  }

  /// Gives the integer machine inputs without rounding error, each at a scale of its own, so that what is left is the
  /// rounding of the output.
  template <QuantizedPrecision P>
  void check_codes() {
    report_.set_subject(std::string(Layer::name) + " at " + P::name());
    using Scheme = typename P::activations::scheme;
    using Code = typename P::activation;
    const Index count = options_.integer_batch;
    std::array<typename Scheme::Parameters, inputs> parameters{};
    Each<float> x = random_inputs(count);
    Each<Code> codes;
    for (std::size_t k = 0; k < inputs; ++k) {
      const float stretch = 1.0f / static_cast<float>(1 + 2 * k);
      std::transform(x[k].begin(), x[k].end(), x[k].begin(), [&](float value) { return stretch * value; });
      parameters[k] = Scheme::parameters_for(range_of(x[k]), P::activation_codes, P::requantization::scale_grid);
      for (float& value : x[k]) {
        codes[k].push_back(quantize_value<Code>(value, parameters[k], P::activation_codes));
        value = dequantize_value(codes[k].back(), parameters[k]);
      }
    }
    const std::vector<float> expected = outputs(x, count);
    typename Layer::template at<P, In> machine{};
    const auto output = machine.output_parameters(parameters, range_of(expected));
    machine.prepare(parameters, output, {});
    const std::vector<Code> found = codes_of(machine, codes, count);
    // Ties are rounded up. Between scales that are powers of two, every second code may be one.
    const double bias = P::requantization::scale_grid == ScaleGrid::powers_of_two ? 0.25 : 0.0;
    detail::compare_codes<P>(report_, expected, found, output, bias);
    report_.expect(codes_of(machine, codes, 1) == found, "codes change with the number of examples run at once");
  }

 private:
  std::vector<float> random_floats(Index count, float low, float high) {
    std::vector<float> values(static_cast<std::size_t>(count));
    std::generate(values.begin(), values.end(), [&] { return random_.uniform(low, high); });
    return values;
  }
  Each<float> random_inputs(Index count) {
    Each<float> x;
    for (std::size_t k = 0; k < inputs; ++k) {
      x[k] = random_floats(count * sizes[k], options_.lowest, options_.highest);
    }
    return x;
  }
  /// Examples from `first` on.
  template <class T>
  static Batches<const T, Ss...> batches(const Each<T>& x, Index first, Index count) {
    Batches<const T, Ss...> all{{}, count};
    for (std::size_t k = 0; k < inputs; ++k) {
      all.data[k] = x[k].data() + first * sizes[k];
    }
    return all;
  }

  /// All examples, `together` at a time.
  std::vector<float> outputs(const Each<float>& x, Index together) {
    const auto count = static_cast<Index>(x[0].size()) / sizes[0];
    Guarded<float> y(count * Out::size, 7.0f);
    for (Index first = 0; first < count; first += together) {
      qnn::detail::forward_layer<Machine>(nullptr, batches(x, first, together),
                                          Batch<float, Out>(y.data() + first * Out::size, together), nullptr);
    }
    report_.expect(y.intact(), "forward writes outside y");
    return {y.begin(), y.end()};
  }
  template <class IntegerMachine, class Code>
  std::vector<Code> codes_of(const IntegerMachine& machine, const Each<Code>& x, Index together) {
    const auto count = static_cast<Index>(x[0].size()) / sizes[0];
    Guarded<Code> y(count * Out::size);
    for (Index first = 0; first < count; first += together) {
      machine.forward(batches(x, first, together), Batch<Code, Out>(y.data() + first * Out::size, together));
    }
    report_.expect(y.intact(), "forward writes outside y");
    return {y.begin(), y.end()};
  }
  double loss(const Each<float>& x, const std::vector<float>& dy) {
    const std::vector<float> y = outputs(x, options_.batch);
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      sum += static_cast<double>(dy[i]) * static_cast<double>(y[i]);
    }
    return sum;
  }

  template <std::size_t K>
  void check_gradient(Each<float>& x, const std::vector<float>& dy) {
    using S = std::tuple_element_t<K, std::tuple<Ss...>>;
    Guarded<float> dx(options_.batch * S::size, 5.0f);
    Machine::template backward<K>(Batch<const float, Out>(dy.data(), options_.batch),
                                  Batch<float, S>(dx.data(), options_.batch));
    report_.expect(dx.intact(), "backward writes outside dx");
    const Index total = options_.batch * S::size, samples = std::min(total, options_.samples);
    for (Index sample = 0; sample < samples; ++sample) {
      const Index place = samples == total ? sample : random_.below(total);
      float& value = x[K][static_cast<std::size_t>(place)];
      const float kept = value, above = kept + options_.step, below = kept - options_.step;
      value = above;
      const double high = loss(x, dy);
      value = below;
      const double low = loss(x, dy);
      value = kept;
      const double slope = (high - low) / (static_cast<double>(above) - static_cast<double>(below));
      report_.expect_near("dL/dx of input " + std::to_string(K), place, slope,
                          static_cast<double>(dx[static_cast<std::size_t>(place)]),
                          options_.tolerance * (1.0 + std::abs(slope)));
    }
  }
  void check_batches(const Each<float>& x) {
    report_.expect(outputs(x, options_.batch) == outputs(x, 1), "one example by itself gives something else");
  }

  Report& report_;
  LayerCheckOptions options_;
  Random random_;
};

}  // namespace qnn::testing
