// SPDX-License-Identifier: MIT
/// @file
/// check_layer finds what it is there to find: layers with one mistake each.
#include "qnn/testing/check_layer.hpp"

#include "qnn/layers/dense.hpp"
#include "qnn/layers/softmax.hpp"

#include <doctest/doctest.h>

#include <string>

namespace check_layer_test {
namespace {

using namespace qnn;
using namespace qnn::testing;

/// y = 2 x, written by somebody outside of the library: the least a layer can be.
template <class Mistake>
struct Twice {
  static constexpr auto name = "Twice";
  using accepts = rules<>;
  static constexpr bool in_place = true;
  template <class In>
  using output = In;

  template <class P, class In>
  struct at;
  template <class In>
  struct at<Float32, In> : NoParameters {
    static void forward(const float*, Batch<const float, In> x, Batch<float, In> y, float*) {
      for (Index i = 0; i < x.size(); ++i) {
        y.data()[i] = 2.0f * x.data()[i];
      }
      if (Mistake::beyond) {
        y.data()[y.size()] = 1.0f;
      }
    }
    static void backward(const BackwardPass<In, In>& pass) {
      if (pass.dx.data() == nullptr) {
        return;
      }
      for (Index i = 0; i < pass.x.size(); ++i) {
        pass.dx.data()[i] = Mistake::slope * pass.dy.data()[i];
        if (Mistake::reads_x && pass.x.data()[i] > 2.5f) {
          pass.dx.data()[i] = 0.0f;
        }
      }
    }
  };
  template <QuantizedPrecision P, class In>
  struct at<P, In> {
    using Code = typename P::activation;
    using Parameters = typename P::activations::parameters;
    static constexpr Parameters output_parameters(Parameters input, Range) {
      input.scale *= 2.0f;
      return input;
    }
    constexpr void prepare(Parameters, Parameters, Clamp) {}
    constexpr void forward(Batch<const Code, In> x, Batch<Code, In> y) const {
      for (Index i = 0; i < x.size(); ++i) {
        const std::int64_t code = x.data()[i] + (x.count() > 1 ? Mistake::offset : 0);
        y.data()[i] = static_cast<Code>(P::activation_codes.clamp(code));
      }
    }
  };
};

struct None {
  static constexpr bool beyond = false, reads_x = false;
  static constexpr float slope = 2.0f;
  static constexpr int offset = 0;
};
struct WrongSlope : None {
  static constexpr float slope = 2.1f;
};
struct WritesBeyond : None {
  static constexpr bool beyond = true;
};
struct ReadsOverwrittenInput : None {
  static constexpr bool reads_x = true;
};
struct OffByOne : None {
  static constexpr int offset = 1;
};

/// Dense, but gradients are assigned: what another chunk of the batch has added is lost.
struct Assigns : Dense<3> {
  template <class P, class In>
  struct at : Dense<3>::at<P, In> {};
  template <class In>
  struct at<Float32, In> : Dense<3>::at<Float32, In> {
    static void backward(const BackwardPass<In, Shape<3>>& pass) {
      using Base = Dense<3>::at<Float32, In>;
      std::fill_n(pass.gradients, parameter_count(Base::parameters), 0.0f);
      Base::backward(pass);
    }
  };
};

/// Softmax, whose gradient is made of its outputs, without saying so.
struct Undeclared : Softmax {
  static constexpr bool reads_output = false;
};

bool mentions(const Report& report, const std::string& words) { return report.text().find(words) != std::string::npos; }

}  // namespace

TEST_CASE("check_layer accepts a layer without mistakes") {
  const Report report = check_layer<Twice<None>, Shape<3, 5>>();
  CHECK(report.passed());
  CHECK(report.text().empty());
}

TEST_CASE("check_layer finds a mistake and names it") {
  const auto slope = check_gradients<Twice<WrongSlope>, Shape<5>>();
  CHECK(mentions(slope, "Twice at float32: dL/dx["));
  const auto beyond = check_gradients<Twice<WritesBeyond>, Shape<5>>();
  CHECK(mentions(beyond, "forward writes outside y"));
  const auto overwritten = check_gradients<Twice<ReadsOverwrittenInput>, Shape<50>>({.lowest = 1.0f, .highest = 2.0f});
  CHECK(mentions(overwritten, "backward differs where x and y, dx and dy share memory"));
  const auto assigns = check_gradients<Assigns, Shape<4>>();
  CHECK(mentions(assigns, "Dense at float32: gradients are added to what is there[0]"));
  const auto undeclared = check_gradients<Undeclared, Shape<4>>();
  CHECK(mentions(undeclared, "Softmax at float32: backward reads y, which a layer behind it may overwrite"));
  CHECK(check_gradients<Softmax, Shape<4>>().passed());
  const auto off = check_codes<Twice<OffByOne>, Shape<5>>({}, Precisions<Int8<>>{});
  CHECK(mentions(off,
                 "Twice at int8 weights symmetric per-channel, int8 activations symmetric, integer multiplier, int32: "
                 "output in steps["));
  CHECK(mentions(off, "mean signed error in steps"));
  CHECK(mentions(off, "codes change with the number of examples run at once"));
}

TEST_CASE("a report writes out the first failures of each kind and counts the rest") {
  Report report;
  report.set_subject("x");
  for (int i = 0; i < 25; ++i) {
    report.expect_near("y", i, 0.0, i == 3 ? std::numeric_limits<double>::quiet_NaN() : 1.0, 0.5);
  }
  report.expect(true, "never seen");
  report.expect(false, "something else");
  CHECK(report.failures() == 26);
  CHECK(mentions(report, "x: y[0]: expected 0 +- 0.5, found 1\n"));
  CHECK(mentions(report, "x: y[3]: expected 0 +- 0.5, found nan\n"));
  CHECK(mentions(report, "x: something else\nand 21 more\n"));
}

}  // namespace check_layer_test
