// SPDX-License-Identifier: MIT
/// @file
/// 5. On the device: an int8 network whose weights are part of the program, without heap, exceptions or floating point.
///
/// `qnn/inference.hpp` is the half of the library that a device compiles. The network below tells vertical from
/// horizontal lines in a 6x6 image. Its weights are written by hand, so that one can follow what it does; a trained
/// network's codes look the same, there are only more of them.

// A microcontroller has none of the instruction sets with kernels of their own: without those, weights are held once.
#define QNN_PORTABLE
#include "qnn/inference.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

// Four detectors of lines -> only what they find, not what they miss -> how much there is of each -> two scores.
using LineDetector = qnn::Sequential<qnn::Input<6, 6, 1>, qnn::Conv2d<4, qnn::Kernel<3>, qnn::NoBias>, qnn::ReLU,
                                     qnn::GlobalAveragePool2d, qnn::Dense<2>>;
using Precision = qnn::Int8<qnn::Symmetric, qnn::PerTensor>;
using Detector = qnn::Network<LineDetector, Precision>;

/// All the memory that running it takes, besides the weights, is a constant of the type: nothing to find out by trial.
/// The build fails when a change of the network breaks the budget of the device.
constexpr qnn::Index budget_of_activations = 256;
constexpr qnn::Index budget_of_program = 512;
static_assert(qnn::arena_bytes<LineDetector, Precision> <= budget_of_activations);
static_assert(sizeof(Detector) <= budget_of_program);

/// Codes and scales, layer by layer; what follows from them (multipliers, clamps) `prepare` works out.
consteval Detector make_detector() {
  Detector net;
  // Pixels are codes 0..127 at scale 1/128. Layer 0 is the Input; a layer that keeps its input's scale repeats it.
  net.activation(0) = {1.0f / 128};

  // Two detectors react to the left and the right side of a vertical line, two to both sides of a horizontal one.
  constexpr std::array<std::int8_t, 4 * 9> edges{-1, 0,  1,  -1, 0, 1,  -1, 0,  1,   //
                                                 1,  0,  -1, 1,  0, -1, 1,  0,  -1,  //
                                                 -1, -1, -1, 0,  0, 0,  1,  1,  1,   //
                                                 1,  1,  1,  0,  0, 0,  -1, -1, -1};
  auto& conv = net.layer<1>();
  std::copy(edges.begin(), edges.end(), conv.weight.codes().begin());
  conv.weight.parameters()[0] = {1.0f};
  net.activation(1) = {3.0f / 128};       // a detector's largest answer is 3 full pixels
  net.activation(2) = net.activation(1);  // ReLU is fused into the convolution: a clamp of its output codes
  net.activation(3) = net.activation(2);  // the mean of codes is the code of the mean

  // Score 0 adds up what the vertical detectors found, score 1 what the horizontal ones did; both less the other's.
  constexpr std::array<std::int8_t, 2 * 4> sums{1,  1,  -1, -1,  //
                                                -1, -1, 1,  1};
  auto& dense = net.layer<4>();
  std::copy(sums.begin(), sums.end(), dense.weight.codes().begin());
  dense.weight.parameters()[0] = {1.0f};
  dense.folded_bias = {0, 0};
  net.activation(4) = {3.0f / 128};
  net.prepare();
  return net;
}

/// In flash: a constant, initialized before the program starts because the compiler has computed it.
constexpr Detector detector = make_detector();

using Image = std::array<std::int8_t, 36>;
using Scores = std::array<std::int8_t, 2>;

/// Codes in, codes out. `constexpr`, so that the very same function runs in the compiler and on the device.
constexpr Scores scores_of(const Image& image, qnn::ArenaView<LineDetector, Precision> arena) {
  Scores scores{};
  detector.forward_codes({image.data(), 1}, {scores.data(), 1}, arena);
  return scores;
}

/// An image that is dark but for one line.
constexpr Image line(qnn::Index position, bool vertical) {
  Image image{};
  for (std::size_t i = 0; i < 6; ++i) {
    image[vertical ? i * 6 + static_cast<std::size_t>(position) : static_cast<std::size_t>(position) * 6 + i] = 127;
  }
  return image;
}

/// The test of this program runs while it is compiled. Integer arithmetic gives the same bits everywhere, so what holds
/// here holds on the device.
consteval Scores scores_in_the_compiler(const Image& image) {
  qnn::Arena<Detector> arena;
  return scores_of(image, arena);
}
constexpr Scores of_vertical = scores_in_the_compiler(line(2, true));
constexpr Scores of_horizontal = scores_in_the_compiler(line(3, false));
static_assert(of_vertical[0] > 0 && of_vertical[1] < 0);
static_assert(of_horizontal[0] < 0 && of_horizontal[1] > 0);
static_assert(scores_in_the_compiler(Image{}) == Scores{0, 0}, "nothing is neither");

/// Where activations live while the network runs: static memory, chosen by the program, not by the library.
static qnn::Arena<Detector> memory;

int main() {
  std::printf("weights and scales: %zu bytes, activations: %td bytes\n", sizeof(Detector),
              qnn::arena_bytes<LineDetector, Precision>);
  for (const bool vertical : {true, false}) {
    for (qnn::Index position = 1; position < 5; ++position) {
      const Scores scores = scores_of(line(position, vertical), memory);
      std::printf("%s line at %td: scores %4d %4d -> %s\n", vertical ? "vertical  " : "horizontal", position, scores[0],
                  scores[1], scores[0] > scores[1] ? "vertical" : "horizontal");
    }
  }
  const bool same =
      scores_of(line(2, true), memory) == of_vertical && scores_of(line(3, false), memory) == of_horizontal;
  std::printf("the same bits as in the compiler: %s\n", same ? "yes" : "NO");
  return same ? 0 : 1;
}
