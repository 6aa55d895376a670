// SPDX-License-Identifier: MIT
/// @file
/// 10. Four-bit weights for a deeper network: ResNet-8 on CIFAR-10, quantized in four ways.
///
///     10_four_bit_weights resnet8.safetensors [--epochs 10]
///
/// The file is what `cifar10 --model resnet8` writes. Rounds the weights to nearest, by ranges of least squared error, as
/// AdaRound learns it, and by quantization-aware training, and prints the accuracy of each.
#include "recipe/training.hpp"

#include "qnn/data.hpp"
#include "qnn/models/resnet.hpp"
#include "qnn/qnn.hpp"
#include "qnn/safetensors.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>

using qnn::ResNet8;
using P = qnn::W4A8<>;

struct Options {
  std::filesystem::path weights, data = {};
  int epochs = 10, iterations = 2000, threads = 0;
  qnn::Index calibration = 1024;
  std::uint64_t seed = 1;
};

template <class Precision>
void print_result(const char* name, const qnn::Network<ResNet8, Precision>& network, const qnn::Dataset& test) {
  std::printf("%-30s %8.2f %% %10td\n", name, 100 * qnn::evaluate(network, test).accuracy, network.parameter_bytes());
  std::fflush(stdout);
}

void print_quantized(const char* name, const qnn::Network<ResNet8, qnn::Float32>& network,
                     const qnn::Ranges<ResNet8>& ranges, const qnn::Dataset& test, qnn::WeightRange weights = {}) {
  const auto integers = std::make_unique<qnn::Network<ResNet8, P>>();
  qnn::quantize_to(*integers, network, ranges, {.weights = weights});
  print_result(name, *integers, test);
}

void run(const Options& options) {
  const qnn::Split images = qnn::load_dataset("cifar10", {.folder = options.data});
  const auto [mean, deviation] = images.train.channel_statistics();
  const qnn::Dataset training = images.train.normalized(mean, deviation),
                     test = images.test.normalized(mean, deviation);
  const qnn::Dataset examples = training.first(options.calibration);

  qnn::Network<ResNet8, qnn::Float32> net;
  qnn::load(options.weights, net);
  const qnn::Ranges<ResNet8> ranges = qnn::calibrate(net, examples);
  std::printf("%-30s %10s %10s\n", "weights", "accuracy", "bytes");
  print_result("float32", net, test);
  print_quantized("4 bits, nearest", net, ranges, test);
  print_quantized("4 bits, least squared error", net, ranges, test, qnn::WeightRange::minimal_squared_error);
  // AdaRound: up or down as the outputs of each layer want it. The ranges of the weights are those of least squared error.
  const auto rounded = qnn::learn_rounding<P>(net, ranges, examples,
                                              {.iterations = options.iterations,
                                               .seed = options.seed,
                                               .quantization = {.weights = qnn::WeightRange::minimal_squared_error}});
  print_quantized("4 bits, AdaRound", rounded, ranges, test);

  // The recipe of the float training, gentler, with the integer network in the loop.
  examples::Recipe recipe = examples::residual_recipe;
  recipe.epochs = options.epochs;
  qnn::TrainingOptions how = examples::training_options(recipe, training.extents());
  how.seed = options.seed;
  how.threads = options.threads;
  how.average = 0;  // weights on a grid have no use for an average off it
  qnn::Network<ResNet8, qnn::FakeQuant<P, qnn::LearnedRanges, qnn::LearnedScales>> fake(net, ranges);
  qnn::train(fake, training, examples::loss_of(recipe), qnn::Adam{.learning_rate = 5e-4f}, how);
  print_result("4 bits, quantization-aware", fake.integers(), test);
}

int main(int argument_count, char** arguments) {
  Options options;
  CLI::App app(
      "Four-bit weights for a trained ResNet-8: rounded to nearest, by AdaRound, by quantization-aware training.");
  app.add_option("weights", options.weights, "resnet8.safetensors, as `cifar10 --model resnet8` writes it")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--data", options.data, "Folder of cifar10, or the one above it (default: QNN_DATA_DIR)");
  app.add_option("--epochs", options.epochs, "Of quantization-aware training")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--iterations", options.iterations, "Of AdaRound, for each layer")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--calibration", options.calibration, "Training images that choose ranges and roundings")
      ->check(CLI::Range(1, 50000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Of the order of images, and of augmentation")->capture_default_str();
  app.add_option("--threads", options.threads, "0: all")->check(CLI::Range(0, qnn::max_threads))->capture_default_str();
  CLI11_PARSE(app, argument_count, arguments);
  try {
    run(options);
  } catch (const qnn::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
