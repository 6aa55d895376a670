// SPDX-License-Identifier: MIT
/// @file
/// 3. One trained network, sixteen int8 versions of it: which scheme, which granularity, which rounding?
///
/// Needs no data: the task is to tell which of eight ways a bar in a noisy 12x12 image lies.
#include "qnn/qnn.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numbers>
#include <vector>

using Architecture = qnn::Sequential<qnn::Input<12, 12, 1>, qnn::Flatten, qnn::Dense<48>, qnn::ReLU, qnn::Dense<8>>;
using Trace = qnn::Trace<Architecture>;  // its shapes
using FloatNetwork = qnn::Network<Architecture, qnn::Float32>;

/// `count` images of a bar through a point near the middle at angle * 22.5 degrees, under noise as bright as the bar.
qnn::FloatDataset bars(qnn::Index count, std::uint64_t seed) {
  constexpr int classes = 8, size = 12;
  std::vector<float> pixels;
  std::vector<std::int32_t> labels;
  qnn::Random random(seed);
  for (qnn::Index i = 0; i < count; ++i) {
    const auto angle = static_cast<std::int32_t>(random.below(classes));
    const float direction = std::numbers::pi_v<float> * static_cast<float>(angle) / classes;
    const float x = random.uniform(4.5f, 6.5f), y = random.uniform(4.5f, 6.5f);
    const float brightness = random.uniform(0.5f, 1.0f);
    for (int row = 0; row < size; ++row) {
      for (int column = 0; column < size; ++column) {
        const float distance = std::fabs(std::sin(direction) * (static_cast<float>(column) - x) -
                                         std::cos(direction) * (static_cast<float>(row) - y));
        const float bar = distance < 1.0f ? brightness : 0.0f;
        pixels.push_back(bar + 0.5f * random.normal());
      }
    }
    labels.push_back(angle);
  }
  return {std::move(pixels), {size, size, 1}, std::move(labels), classes};
}

/// What the versions are compared by: the outputs of the float network for the test images.
struct Comparison {
  const FloatNetwork& net;
  const qnn::FloatDataset& test;
  qnn::Ranges<Architecture> ranges;
  std::vector<float> images = all_images(test);
  std::vector<float> expected = outputs_of(net);

  static std::vector<float> all_images(const qnn::FloatDataset& set) {
    std::vector<float> images(static_cast<std::size_t>(set.size() * Trace::input::size));
    qnn::copy_examples(set, qnn::Consecutive{0}, qnn::Batch<float, Trace::input>(images.data(), set.size()));
    return images;
  }
  /// All images at once. `forward` is the same call at every precision; its memory belongs to the caller.
  template <class Network>
  std::vector<float> outputs_of(const Network& network) const {
    std::vector<float> outputs(static_cast<std::size_t>(test.size() * Trace::output::size));
    qnn::HeapArena<Network> arena(64);
    network.forward({images.data(), test.size()}, {outputs.data(), test.size()}, arena);
    return outputs;
  }

  /// Quantizes to P and prints a line. A precision is a type: another one is another template argument.
  template <class P>
  void print_line() const {
    const auto integer = qnn::quantize<P>(net, ranges);  // small enough for the stack; otherwise see quantize_to
    std::printf("%-10s  %-11s  %-18s", P::activations::scheme::name, P::weights::granularity::name,
                P::requantization::name);
    print_errors(outputs_of(integer));
  }

  void print_errors(const std::vector<float>& outputs) const {
    const auto wanted = qnn::classes_of<Trace::output>(expected), found = qnn::classes_of<Trace::output>(outputs);
    int hits = 0, agreements = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      hits += found[i] == test.label(static_cast<qnn::Index>(i)) ? 1 : 0;
      agreements += found[i] == wanted[i] ? 1 : 0;
    }
    double signal = 0, noise = 0, bias = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const double error = static_cast<double>(outputs[i] - expected[i]);
      signal += static_cast<double>(expected[i] * expected[i]);
      noise += error * error;
      bias += error;
    }
    const double percent = 100.0 / static_cast<double>(found.size());
    std::printf("%9.2f %% %10.2f %% %8.1f dB %+9.4f\n", percent * hits, percent * agreements,
                10 * std::log10(signal / noise), bias / static_cast<double>(outputs.size()));
  }

  /// The four ways to get from a 32-bit sum back to an 8-bit code; see qnn/scheme/requantize.hpp for their formulas.
  template <class Scheme, class Granularity>
  void print_policies() const {
    print_line<qnn::Int8<Scheme, Granularity, qnn::IntegerMultiplier>>();
    print_line<qnn::Int8<Scheme, Granularity, qnn::FloatScale>>();
    print_line<qnn::Int8<Scheme, Granularity, qnn::DoubleRounding>>();
    print_line<qnn::Int8<Scheme, Granularity, qnn::PowerOfTwoShift>>();
  }
};

int main() {
  const qnn::FloatDataset training = bars(4000, 1), test = bars(2000, 2);
  FloatNetwork net(qnn::HeNormal{.seed = 3});
  qnn::train(net, training, qnn::CrossEntropy{}, qnn::Adam{.learning_rate = 3e-3f}, {.epochs = 6, .batch = 32});

  std::printf("%-10s  %-11s  %-18s %11s %12s %11s %9s\n", "scheme", "weights", "requantization", "accuracy",
              "as float32", "SQNR", "bias");
  const Comparison comparison{net, test, qnn::calibrate(net, training.first(500))};
  std::printf("%-43s", "float32");
  comparison.print_errors(comparison.expected);
  comparison.print_policies<qnn::Symmetric, qnn::PerTensor>();
  comparison.print_policies<qnn::Symmetric, qnn::PerChannel>();
  comparison.print_policies<qnn::Asymmetric, qnn::PerTensor>();
  comparison.print_policies<qnn::Asymmetric, qnn::PerChannel>();

  std::printf(
      "\nscheme: of the activations. Behind a ReLU, symmetric codes leave their negative half unused, asymmetric ones "
      "do\n"
      "  not: half the step, up to 6 dB more signal over noise.\n"
      "weights: one scale for each output channel fits each channel's own range, and costs nothing at run time.\n"
      "requantization: the first three differ in single codes. They exist to match other machines bit for bit. Shifts\n"
      "  alone need scales that are powers of two, up to twice too coarse: up to 6 dB less, without a multiplication.\n"
      "as float32: part of the images that get the same answer, right or wrong. Accuracies alone hide errors that\n"
      "  cancel. bias: mean signed error of the outputs, which should be near 0.\n");
}
