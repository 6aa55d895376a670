// SPDX-License-Identifier: MIT
/// @file
/// 9. Few bits: ternary weights (-1, 0, 1 times a scale of each channel) by rounding, and by quantization-aware
/// training.
///
///     09_few_bits [data set] [training images] [epochs] [seed]
///
/// By default 12000 images of fashion-mnist and 3 epochs: seconds, not the best accuracy. `mnist 60000 20` gives that.
#include "arguments.hpp"

#include "qnn/data.hpp"
#include "qnn/models/baseline.hpp"
#include "qnn/qnn.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

using Mlp = qnn::BaselineMlp<>;
using Ternary = qnn::W2A8<>;  // weights of 2 bits, four in a byte; activations of 8

template <class P>
void print_result(const char* name, const qnn::Network<Mlp, P>& net, const qnn::Dataset& test) {
  const qnn::Evaluation result = qnn::evaluate(net, test);
  std::printf("%-34s %8.2f %% %10td\n", name, 100 * result.accuracy, net.parameter_bytes());
  std::fflush(stdout);
}

void run(const std::string& name, qnn::Index images, int epochs, std::uint64_t seed) {
  const qnn::Split data = qnn::load_dataset(name);
  const qnn::Dataset training = data.train.first(std::min(images, data.train.size()));
  std::printf("%-34s %10s %10s\n", "weights", "accuracy", "bytes");

  // In float32 first: what training starts from decides most of what few bits can reach.
  qnn::Network<Mlp, qnn::Float32> net(qnn::HeNormal{.seed = seed});
  qnn::train(net, training, qnn::CrossEntropy{}, qnn::AdamW{.learning_rate = 2e-3f},
             {.epochs = epochs,
              .validation = 0.1,
              .monitor = qnn::Monitor::accuracy,
              .schedule = qnn::OneCycle{},
              .seed = seed});
  print_result("float32", net, data.test);

  // Each weight to the nearest level. With the largest weight as a level most of the others are 0; a range of least
  // squared error clips it and serves the many.
  const auto ranges = qnn::calibrate(net, training.first(std::min<qnn::Index>(1024, training.size())));
  print_result("ternary, rounded", qnn::quantize<Ternary>(net, ranges), data.test);
  print_result("ternary, least squared error",
               qnn::quantize<Ternary>(net, ranges, {.weights = qnn::WeightRange::minimal_squared_error}), data.test);

  // Training goes on with the ternary network in the loop; the scales of the weights and the ranges of the activations
  // are learned along with them. What is evaluated here is what was trained, bit for bit.
  qnn::Network<Mlp, qnn::FakeQuant<Ternary, qnn::LearnedRanges, qnn::LearnedScales>> fake(net, ranges);
  qnn::train(fake, training, qnn::CrossEntropy{}, qnn::Adam{.learning_rate = 1e-3f},
             {.epochs = epochs,
              .validation = 0.1,
              .monitor = qnn::Monitor::accuracy,
              .schedule = qnn::OneCycle{},
              .seed = seed});
  print_result("ternary, quantization-aware", qnn::quantize(fake), data.test);
}

int main(int argument_count, char** arguments) {
  try {
    const examples::Arguments given(argument_count, arguments, 4,
                                    "09_few_bits [data set] [training images] [epochs] [seed]");
    run(given.text(0, "fashion-mnist"), given.number<qnn::Index>(1, "training images", 100, 12000),
        given.number(2, "epochs", 1, 3), given.number<std::uint64_t>(3, "seed", 0, 1));
  } catch (const qnn::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
