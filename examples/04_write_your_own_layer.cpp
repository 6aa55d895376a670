// SPDX-License-Identifier: MIT
/// @file
/// 4. A layer of your own, outside the library: LeakyReLU, in float32 with its gradient, and in integers.
///
/// The protocol is written down in qnn/layers/layer.hpp. There is nothing to derive from that has virtual functions and
/// nowhere to register: a layer is a name, and for each kind of number a machine that computes it.
#include "qnn/qnn.hpp"
#include "qnn/testing/check_layer.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

/// y = x where x > 0, x / 2^Shift elsewhere. The slope is a power of two so that integers need a shift only.
template <int Shift = 3>
struct LeakyReLU {
  static_assert(Shift > 0 && Shift < 8, "LeakyReLU: the slope is 2^-Shift, Shift in 1..7");

  // ---- The name: what the layer is called, what it accepts, what shape it makes of its input.
  static constexpr auto name = "LeakyReLU";
  using accepts = qnn::rules<>;  // any shape; Dense has rules<rule::input_is_flat>
  template <class In>
  using output = In;
  /// Works where x and y are the same memory, so that the network needs no second buffer.
  static constexpr bool in_place = true;

  /// Options that change the result: tables show them, and fingerprints of files tell two slopes apart.
  template <class In>
  static std::string details() {
    return "slope 2^-" + std::to_string(Shift);
  }

  template <class P, class In>
  struct at;

  // ---- The float machine. It has no state; parameters, if there were any, would lie in the network's flat vector.
  template <class In>
  struct at<qnn::Float32, In> : qnn::NoParameters {
    static constexpr float slope = 1.0f / (1 << Shift);

    static void forward(const float* /*parameters*/, qnn::Batch<const float, In> x, qnn::Batch<float, In> y,
                        float* /*scratch*/) {
      for (qnn::Index i = 0; i < x.size(); ++i) {
        const float value = x.data()[i];
        y.data()[i] = value > 0.0f ? value : slope * value;
      }
    }
    /// dx = dy * (1 or slope). In place, x has been overwritten by y; the sign of y tells as much.
    static void backward(const qnn::BackwardPass<In, In>& pass) {
      if (pass.dx.data() == nullptr) {  // the first layer: nobody asks for the gradient of the images
        return;
      }
      for (qnn::Index i = 0; i < pass.y.size(); ++i) {
        pass.dx.data()[i] = pass.dy.data()[i] * (pass.y.data()[i] > 0.0f ? 1.0f : slope);
      }
    }
  };

  // ---- The integer machine, for every code type, scheme and granularity at once. Scale and zero point stay those of
  // the input (KeepsParameters), since the output's range lies within the input's.
  template <qnn::QuantizedPrecision P, class In>
  struct at<P, In> : qnn::KeepsParameters<P> {
    using Code = typename P::activation;
    using Parameters = typename P::activations::parameters;
    std::int32_t zero_point = 0;

    /// Called once codes and scales are known, after quantize and after load.
    constexpr void prepare(Parameters input, Parameters /*output*/, qnn::Clamp /*fused*/) {
      zero_point = input.zero_point;
    }
    /// With d = code - zero_point: d or d / 2^Shift, rounded half to even, so that errors cancel. The result lies
    /// between 0 and d, so it is always a code.
    constexpr void forward(qnn::Batch<const Code, In> x, qnn::Batch<Code, In> y) const {
      for (qnn::Index i = 0; i < x.size(); ++i) {
        const std::int32_t d = x.data()[i] - zero_point;
        const std::int64_t result = d > 0 ? d : qnn::divide_round_half_even(d, 1 << Shift);
        y.data()[i] = static_cast<Code>(result + zero_point);
      }
    }
  };
};

// ---- Checked. What is constexpr is tested while it compiles:
constexpr std::array<std::int8_t, 4> leaky_codes() {
  std::array<std::int8_t, 4> codes{100, -8, -100, 0};
  constexpr LeakyReLU<3>::at<qnn::Int8<>, qnn::Shape<4>> layer{};
  layer.forward(qnn::Batch<const std::int8_t, qnn::Shape<4>>(codes.data(), 1), {codes.data(), 1});
  return codes;
}
static_assert(leaky_codes() == std::array<std::int8_t, 4>{100, -1, -12, 0});  // -100 / 8 is -12.5: -12 is even

// ---- Used like any other layer.
using Architecture =
    qnn::Sequential<qnn::Input<2>, qnn::Dense<24>, LeakyReLU<3>, qnn::Dense<24>, LeakyReLU<3>, qnn::Dense<2>>;
using FloatNetwork = qnn::Network<Architecture, qnn::Float32>;

/// Two intertwined spirals, one for each class.
qnn::FloatDataset spirals(qnn::Index count, std::uint64_t seed) {
  std::vector<float> points;
  std::vector<std::int32_t> labels;
  qnn::Random random(seed);
  for (qnn::Index i = 0; i < count; ++i) {
    const auto label = static_cast<std::int32_t>(random.below(2));
    const float radius = random.uniform(0.1f, 1.0f);
    const float angle = 6.0f * radius + 3.14159f * static_cast<float>(label);
    points.push_back(radius * std::cos(angle) + 0.07f * random.normal());
    points.push_back(radius * std::sin(angle) + 0.07f * random.normal());
    labels.push_back(label);
  }
  return {std::move(points), {2}, std::move(labels), 2};
}

template <class P>
void print_result(const FloatNetwork& net, const qnn::Ranges<Architecture>& ranges, const qnn::FloatDataset& test) {
  const auto integer = qnn::quantize<P>(net, ranges);
  std::printf("%-6.2f %% accuracy, %6.2f %% as float32, %5.1f dB: %s\n", 100 * qnn::evaluate(integer, test).accuracy,
              100 * qnn::agreement(net, integer, test), qnn::signal_to_noise(net, integer, test).back().decibels(),
              P::name().c_str());
}

int main() {
  // The promises of the protocol, tried out: gradients against numerical ones, in place against not, a batch against
  // one example at a time, integers against floats. Leave the list of precisions out and it takes all kinds.
  using Precisions = qnn::testing::Precisions<qnn::Int16<>, qnn::Int8<>, qnn::Int8<qnn::Asymmetric>>;
  const auto report = qnn::testing::check_layer<LeakyReLU<3>, qnn::Shape<5, 7, 3>, Precisions>();
  std::printf("check_layer: %s\n%s", report.passed() ? "passed" : "FAILED", report.text().c_str());

  FloatNetwork net(qnn::HeNormal{.seed = 5});
  const qnn::FloatDataset training = spirals(2000, 1), test = spirals(1000, 2);
  qnn::train(net, training, qnn::CrossEntropy{}, qnn::Adam{.learning_rate = 1e-2f}, {.epochs = 20, .batch = 32});
  const auto ranges = qnn::calibrate(net, training);

  std::printf("%-6.2f %% accuracy: float32\n", 100 * qnn::evaluate(net, test).accuracy);
  print_result<qnn::Int16<>>(net, ranges, test);
  print_result<qnn::Int8<>>(net, ranges, test);
  print_result<qnn::Int8<qnn::Asymmetric>>(net, ranges, test);
  return report.passed() ? 0 : 1;
}
