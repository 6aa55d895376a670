// SPDX-License-Identifier: MIT
/// @file
/// What functions of one value share that are no clamps: LeakyReLU, HardSwish, Sigmoid, Tanh.
///
/// In integers a function of 8-bit codes is a table of 256 codes, made when the network is prepared:
///
///     entry_q = clamp(round_half_even(f(sx (q - zx)) / sy) + zy)
///
/// f is computed in double with a relative error of at most 2^-49, or an absolute one where its values are fixed, so
/// that an entry is the nearest code but for values that lie within 2^-32 steps of a tie. The same bits on every
/// machine: exponentials are made of integers, since those of two C libraries may differ in their last bit; all else is
/// +, -, *, / of IEEE 754, and no product is rounded before it is added to something, so that a compiler that fuses
/// both changes nothing. A table for 16-bit codes would be 128 KiB; each function has a formula of its own for them.
#pragma once

#include "qnn/core/error.hpp"
#include "qnn/kernels/look_up.hpp"
#include "qnn/kernels/reference/softmax.hpp"
#include "qnn/layers/layer.hpp"
#include "qnn/numeric/multiplier.hpp"
#include "qnn/scheme/level_rule.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <type_traits>

namespace qnn {

namespace detail {

/// The codes of f for 8-bit codes.
template <class Function, class Code>
struct CodeTable {
  std::array<Code, 256> entries{};

  template <AffineParameters A>
  constexpr void prepare(const A& input, const A& output, CodeRange codes) {
    constexpr double far = 0x1p20;  // beyond all codes
    for (std::int32_t code = full_range<Code>.lowest; code <= full_range<Code>.highest; ++code) {
      const double x = static_cast<double>(input.scale) * (code - input.zero_point);  // exact: 24 and 9 bits
      const double steps = std::clamp(Function::f(x) / static_cast<double>(output.scale), -far, far);
      const auto rounded = static_cast<std::int64_t>(round_half_even(steps));
      entries[static_cast<std::uint8_t>(code)] = static_cast<Code>(codes.clamp(rounded + output.zero_point));
    }
  }
};

[[noreturn]] QNN_COLD inline void report_scales(double found) {
  raise(NumericError("qnn: scale of input / scale of output: expected a number in (0, 2^31), found " +
                     std::to_string(found)));
}
/// sx / sy. @throws NumericError where no multiplier can hold it
template <AffineParameters A>
constexpr double ratio_of_scales(const A& input, const A& output) {
  const double ratio = static_cast<double>(input.scale) / static_cast<double>(output.scale);
  if (!(ratio > 0.0 && ratio < multiplier_limit)) {
    report_scales(ratio);
  }
  return ratio;
}

/// LevelRule::parameters_covering for activations of precision P.
template <QuantizedPrecision P>
constexpr typename P::activations::parameters parameters_covering(Range values) {
  return parameters_from<typename P::activations::parameters>(activation_levels<P>.parameters_covering(values));
}

/// y = f(x) for each value. The Function derives from this and says
///   - `name`, and `in_place` where its derivative follows from y
///   - `static float f(float)` and `static constexpr double f(double)`
///   - `static float derivative(float)`        of y where it is `in_place`, else of x
///   - `static constexpr Range values`         only where the output has fixed parameters, which cover these; elsewhere
///     it
///                                             has the calibrated range
///   - `template <class Code> wide`            f for 16-bit codes: prepare() as in CodeTable, and the code of a code by
///     ()
template <class Function>
struct TableLayer {
  using accepts = rules<>;
  template <class In>
  using output = In;

  template <class P, class In>
  struct at;

  /// Float machine.
  template <class In>
  struct at<Float32, In> : NoParameters {
    static void forward(const float* /*parameters*/, Batch<const float, In> x, Batch<float, In> y, float* /*scratch*/) {
      std::transform(x.begin(), x.end(), y.begin(), [](float value) { return Function::f(value); });
    }
    static void backward(const BackwardPass<In, In>& pass) {
      if (pass.dx.data() == nullptr) {
        return;
      }
      const float* const of = is_in_place<Function> ? pass.y.data() : pass.x.data();
      for (Index i = 0; i < pass.dy.size(); ++i) {
        pass.dx.data()[i] = pass.dy.data()[i] * Function::derivative(of[i]);
      }
    }
  };

  /// Integer machine: a table, or for 16-bit codes a formula.
  template <QuantizedPrecision P, class In>
  struct at<P, In> {
    using Code = typename P::activation;
    using Parameters = typename P::activations::parameters;
    using Map =
        std::conditional_t<sizeof(Code) == 1, CodeTable<Function, Code>, typename Function::template wide<Code>>;
    Map map;

    static constexpr Parameters output_parameters(Parameters /*input*/, [[maybe_unused]] Range stage) {
      if constexpr (requires { Function::values; }) {
        return parameters_covering<P>(Function::values);
      } else {
        return P::activations::scheme::parameters_for(stage, P::activation_codes, P::requantization::scale_grid);
      }
    }
    /// @throws NumericError where the scales do not fit together
    constexpr void prepare(Parameters input, Parameters output, Clamp /*fused*/) {
      map.prepare(input, output, P::activation_codes);
    }
    constexpr void forward(Batch<const Code, In> x, Batch<Code, In> y) const {
      if constexpr (sizeof(Code) == 1) {
        kernels::look_up(map.entries, x.data(), x.size(), y.data());
      } else {
        std::transform(x.begin(), x.end(), y.begin(), [&](Code code) { return map(code); });
      }
    }
  };
};

}  // namespace detail

}  // namespace qnn
