// SPDX-License-Identifier: MIT
/// @file
/// 1. A first QuantTensor: real numbers become small integers. What is stored, what is lost, what can be chosen.
///
/// A quantized tensor stores integer codes and a map that gives them meaning:
///
///     real = scale * (code - zero_point)
///
/// Three choices are part of its type, so that two tensors of different meaning can never be mixed up by accident:
///   - the code type:   std::int8_t, std::uint8_t, std::int16_t
///   - the scheme:      Symmetric (zero_point is 0, known to the compiler) or Asymmetric (zero_point is stored)
///   - the granularity: PerTensor (one scale) or PerChannel (one scale for each index of the outermost extent)
#include "qnn/scheme/quant_tensor.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstdio>

using qnn::Asymmetric, qnn::PerChannel, qnn::PerTensor, qnn::QuantTensor, qnn::Shape, qnn::Symmetric;

// Six weights: two output channels of three. The first channel is fifty times as loud as the second, as happens in
// trained networks.
constexpr std::array weights{-0.30f, 0.95f,   1.70f,  //
                             0.030f, -0.010f, 0.021f};

/// Prints a tensor: its codes, its scales and zero points, and how far each real is from where it was.
template <class Tensor>
void print(const char* title, const Tensor& tensor) {
  std::printf("%s\n", title);
  std::array<float, weights.size()> reals{};
  tensor.dequantize(reals);
  const auto length = static_cast<std::size_t>(tensor.size() / tensor.extents()[0]);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& parameters = tensor.parameters(static_cast<qnn::Index>(i / length));
    if (i % length == 0) {
      std::printf("  channel %zu: scale %.6f, zero point %d\n", i / length, static_cast<double>(parameters.scale),
                  parameters.zero_point);
    }
    std::printf("    %+.4f -> code %6d -> %+.4f   error %+.4f\n", static_cast<double>(weights[i]),
                static_cast<int>(tensor.codes()[i]), static_cast<double>(reals[i]),
                static_cast<double>(reals[i] - weights[i]));
  }
}

/// The largest error, relative to the loudest weight of its own channel: what the network that uses it will feel.
template <class Tensor>
double largest_relative_error(const Tensor& tensor) {
  std::array<float, weights.size()> reals{};
  tensor.dequantize(reals);
  double largest = 0;
  for (std::size_t first = 0; first < weights.size(); first += 3) {
    const auto loudness = static_cast<double>(qnn::range_of(std::span(weights).subspan(first, 3)).magnitude());
    for (std::size_t i = first; i < first + 3; ++i) {
      largest = std::max(largest, std::fabs(static_cast<double>(reals[i] - weights[i])) / loudness);
    }
  }
  return largest;
}

// Everything is constexpr: this tensor is computed by the compiler and lies in the program as six bytes and two floats.
// Its shape is in its type, so it needs no heap.
constexpr auto per_channel = QuantTensor<std::int8_t, Symmetric, PerChannel, Shape<2, 3>>::quantize(weights);

// Symmetric: the loudest weight of each channel gets the highest code, 127 ...
static_assert(per_channel.codes()[2] == 127 && per_channel.codes()[3] == 127);
// ... and each other weight the nearest code: round(-0.30 / 1.70 * 127) = -22.
static_assert(per_channel.codes()[0] == -22);
// The zero point takes no memory; it is a fact of the type.
static_assert(sizeof(per_channel) == 2 * sizeof(float) + 6 + 2 && "six codes, two scales, two bytes to align them");

int main() {
  // One scale for all six. The quiet channel has to live with the scale of the loud one, and nearly vanishes.
  const auto symmetric = QuantTensor<std::int8_t, Symmetric, PerTensor>::quantize(weights, {2, 3});
  print("int8, symmetric, per tensor", symmetric);

  // The range -0.30 .. 1.70 is lopsided; an asymmetric map spends no codes on -1.70 .. -0.30, so its steps are finer.
  // Real 0 still has a code of its own, the zero point: padding and ReLU stay exact.
  const auto asymmetric = QuantTensor<std::int8_t, Asymmetric, PerTensor>::quantize(weights, {2, 3});
  print("\nint8, asymmetric, per tensor", asymmetric);

  // One scale for each channel: the quiet one is now as accurate as the loud one.
  print("\nint8, symmetric, per channel", per_channel);

  // Twice the bits: 65535 codes instead of 255.
  const auto wide = QuantTensor<std::int16_t, Symmetric, PerTensor>::quantize(weights, {2, 3});
  print("\nint16, symmetric, per tensor", wide);

  // Nothing converts silently. A function that asks for symmetric codes cannot be handed asymmetric ones:
  static_assert(!std::convertible_to<decltype(asymmetric), decltype(symmetric)>);
  static_assert(!std::convertible_to<decltype(wide), decltype(symmetric)>);
  // The one way from one format to another says its name. It starts from the reals that the codes stand for: what the
  // first rounding lost stays lost.
  const auto converted = qnn::requantized<std::int8_t, Asymmetric, PerChannel>(symmetric);
  print("\nint8, symmetric, per tensor -> asymmetric, per channel, by requantized", converted);

  std::printf("\nlargest error, relative to the loudest weight of the channel\n");
  std::printf("  int8  symmetric  per tensor   %6.2f %%\n", 100 * largest_relative_error(symmetric));
  std::printf("  int8  asymmetric per tensor   %6.2f %%\n", 100 * largest_relative_error(asymmetric));
  std::printf("  int8  symmetric  per channel  %6.2f %%\n", 100 * largest_relative_error(per_channel));
  std::printf("  int16 symmetric  per tensor   %6.2f %%\n", 100 * largest_relative_error(wide));
  std::printf("  requantized                   %6.2f %%\n", 100 * largest_relative_error(converted));

  // A value without a code is an error, not a surprise three layers later.
  try {
    const std::array<float, 2> broken{1.0f, std::nanf("")};
    static_cast<void>(QuantTensor<std::int8_t, Symmetric>::quantize(broken, {2}));
  } catch (const qnn::NumericError& error) {
    std::printf("\nquantizing a NaN: %s\n", error.what());
  }
}
