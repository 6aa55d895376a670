// SPDX-License-Identifier: MIT
/// @file
/// Dense: a fully connected layer.
#pragma once

#include "qnn/kernels/gemm.hpp"
#include "qnn/kernels/linear.hpp"
#include "qnn/layers/dynamic_linear.hpp"
#include "qnn/layers/linear.hpp"

namespace qnn {

/// y_o = sum_k w_ok x_k + b_o for o = 0..Units-1: weights (out, in), bias (out). Option: NoBias.
template <Index Units, class... Options>
struct Dense {
  static_assert(Units > 0, "qnn::Dense: the number of units must be positive");
  static_assert(sizeof...(Options) == count_option<NoBias, Options...> && sizeof...(Options) <= 1,
                "qnn::Dense: the only option is NoBias");
  static constexpr auto name = "Dense";
  static constexpr bool has_bias = sizeof...(Options) == 0;
  static constexpr bool is_linear = true;
  using accepts = rules<rule::input_is_flat>;
  template <class In>
  using output = Shape<Units>;

  template <class P, class In>
  struct at;

  /// Float machine: one matrix product a batch.
  template <class In>
  struct at<Float32, In> {
    using Out = Shape<Units>;
    static constexpr ParameterInfo weight{"weight", {Units, In::size}, In::size, Units, true};
    static constexpr ParameterInfo bias{"bias", {Units}};
    static constexpr auto parameters = detail::linear_parameters<has_bias>(weight, bias);
    static constexpr Index scratch = 0, backward_scratch = 0;

    static void forward(const float* values, Batch<const float, In> x, Batch<float, Out> y, float* /*scratch*/,
                        Clamp clamp = {}) {
      kernels::multiply_transposed({x.data(), x.count(), In::size}, {values, Units, In::size},
                                   has_bias ? values + weight.extents.size() : nullptr, clamp,
                                   {y.data(), y.count(), Units});
    }
    static void backward(const BackwardPass<In, Out>& pass) {
      using kernels::MatrixView;
      const MatrixView<const float> x(pass.x.data(), pass.x.count(), In::size);
      const MatrixView<const float> dy(pass.dy.data(), pass.dy.count(), Units);
      kernels::add_transposed_product(dy, x, {pass.gradients, Units, In::size});
      if constexpr (has_bias) {
        kernels::add_row_sums(dy, pass.gradients + weight.extents.size());
      }
      if (pass.dx.data() != nullptr) {
        kernels::multiply(dy, {pass.parameters, Units, In::size}, {pass.dx.data(), pass.dx.count(), In::size});
      }
    }
  };

  /// Integer machine: QuantizedLinear over the whole input.
  template <QuantizedPrecision P, class In>
  struct at<P, In> : QuantizedLinear<P, Shape<Units, In::size>> {
    using Code = typename P::activation;
    using Linear = QuantizedLinear<P, Shape<Units, In::size>>;

    static constexpr Index scratch(Index examples) { return kernels::dense_scratch<Linear>(examples); }
    constexpr void forward(Batch<const Code, In> x, Batch<Code, Shape<Units>> y, Code* memory) const {
      kernels::dense(static_cast<const Linear&>(*this), x, y, memory);
    }
  };

  /// Machine of reals with integer products: DynamicLinear over the whole input.
  template <QuantizedPrecision P, class In>
  struct at<DynamicLayer<P>, In> : DynamicLinear<P, Shape<Units, In::size>> {
    using Code = typename P::activation;
    static constexpr Index scratch(Index /*examples*/) { return at::floats_for(In::size); }
    QNN_NOINLINE void forward(Batch<const float, In> x, Batch<float, Shape<Units>> y, Code* codes, Clamp clamp) const {
      this->for_each_example(x, y, codes, clamp, [](const auto& linear, Code, auto inputs, auto outputs) {
        kernels::portable::dense(linear, inputs, outputs);
      });
    }
  };
};

}  // namespace qnn
