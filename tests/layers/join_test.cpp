// SPDX-License-Identifier: MIT
/// @file
/// Add and Concatenate: derivatives, and codes at every precision, from inputs of different scales.
#include "qnn/layers/concat.hpp"
#include "qnn/layers/residual.hpp"

#include "check_report.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

namespace join_test {

using namespace qnn;
using namespace qnn::testing;

namespace {

using Images = Inputs<Shape<3, 5, 4>, Shape<3, 5, 4>>;
using Vectors = Inputs<Shape<7>, Shape<7>>;

/// Add that forgets its second input in the backward pass.
struct Forgets : Add {
  template <class P, class In>
  struct at : Add::at<P, In> {};
  template <StaticShape S>
  struct at<Float32, Inputs<S, S>> : Add::at<Float32, Inputs<S, S>> {
    template <std::size_t K>
    static void backward(Batch<const float, S> dy, Batch<float, S> dx) {
      std::transform(dy.begin(), dy.end(), dx.begin(), [](float g) { return K == 0 ? g : 0.0f; });
    }
  };
};

/// Add that takes the scale of its first input for that of both.
struct MixesScales : Add {
  template <class P, class In>
  struct at : Add::at<P, In> {
    using Parameters = typename Add::at<P, In>::Parameters;
    constexpr void prepare(std::array<Parameters, 2> inputs, Parameters output, Clamp fused) {
      inputs[1].scale = inputs[0].scale;
      Add::at<P, In>::prepare(inputs, output, fused);
    }
  };
  template <StaticShape S>
  struct at<Float32, Inputs<S, S>> : Add::at<Float32, Inputs<S, S>> {};
};

bool mentions(const Report& report, const std::string& words) { return report.text().find(words) != std::string::npos; }

}  // namespace

TEST_CASE("Add keeps what a layer promises") {
  CHECK_REPORT(check_layer<Add, Images>());
  CHECK_REPORT(check_layer<Add, Vectors>({.seed = 2, .lowest = 0.0f, .highest = 3.0f}));
}

TEST_CASE("Concatenate keeps what a layer promises, with two inputs and with three of different channels") {
  CHECK_REPORT(check_layer<Concatenate, Images>());
  CHECK_REPORT(check_layer<Concatenate, Inputs<Shape<2, 3, 1>, Shape<2, 3, 5>, Shape<2, 3, 2>>>({.seed = 3}));
  CHECK_REPORT(check_layer<Concatenate, Inputs<Shape<7>, Shape<2>>>({.seed = 4, .lowest = -0.2f, .highest = 5.0f}));
}

TEST_CASE("check_layer finds mistakes of joins") {
  CHECK(mentions(check_gradients<Forgets, Vectors>(), "Add at float32: dL/dx of input 1["));
  CHECK(mentions(check_codes<MixesScales, Vectors>({}, Precisions<Int8<>>{}), "output in steps["));
}

}  // namespace join_test
