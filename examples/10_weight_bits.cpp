// SPDX-License-Identifier: MIT
/// @file
/// 10. Weights of four or eight bits for a deeper network: ResNet-8 on CIFAR-10, quantized in five ways.
///
///     10_weight_bits resnet8.safetensors [--bits 4] [--epochs 10]
///
/// The file is what `cifar10 --model resnet8` writes. Rounds the weights to nearest, with the ranges that min-max and
/// least squared error find, corrects biases, learns the rounding (AdaRound), trains quantization-aware, and prints the
/// accuracy of each.
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
#include <optional>

using qnn::ResNet8;

struct Options {
  std::filesystem::path weights, data = {};
  int bits = 4, epochs = 10, iterations = 2000, threads = 0;
  std::optional<float> learning_rate;
  double validation = 0;
  qnn::Index calibration = 1024;
  std::uint64_t seed = 1;
};

template <class Precision>
void print_result(const char* name, const qnn::Network<ResNet8, Precision>& network, const qnn::Dataset& test) {
  std::printf("%-34s %8.2f %% %10td\n", name, 100 * qnn::evaluate(network, test).accuracy, network.parameter_bytes());
  std::fflush(stdout);
}

template <class P>
void print_quantized(const char* name, const qnn::Network<ResNet8, qnn::Float32>& network,
                     const qnn::Ranges<ResNet8>& ranges, const qnn::Dataset& test, qnn::QuantizationOptions how = {}) {
  const auto integers = std::make_unique<qnn::Network<ResNet8, P>>();
  qnn::quantize_to(*integers, network, ranges, how);
  print_result(name, *integers, test);
}

/// After training: only examples without labels, seconds to minutes.
template <class P>
void round_weights(const qnn::Network<ResNet8, qnn::Float32>& network, const qnn::Dataset& examples,
                   const qnn::Dataset& test, const Options& options) {
  constexpr qnn::QuantizationOptions least_error{.weights = qnn::WeightRange::minimal_squared_error};
  const auto seen = qnn::observe(network, examples);
  const auto widest = qnn::ranges_for<P>(seen, qnn::MinMax{});
  const auto ranges = qnn::ranges_for<P>(seen, qnn::MinimalSquaredError{});
  print_quantized<P>("nearest", network, widest, test);
  print_quantized<P>("nearest, least squared error", network, ranges, test, least_error);
  print_quantized<P>("the same, biases corrected",
                     qnn::correct_biases<P>(network, ranges, examples, {.quantization = least_error}), ranges, test,
                     least_error);
  const auto rounded = qnn::learn_rounding<P>(
      network, ranges, examples, {.iterations = options.iterations, .seed = options.seed, .quantization = least_error});
  print_quantized<P>("AdaRound", rounded, ranges, test);
}

/// The recipe of the float training, gentler, with the integer network in the loop.
template <class P>
void train_on(const qnn::Network<ResNet8, qnn::Float32>& network, const qnn::Dataset& training,
              const qnn::Dataset& test, const Options& options) {
  examples::Recipe recipe = examples::residual_recipe;
  recipe.epochs = options.epochs;
  qnn::TrainingOptions how = examples::training_options(recipe, training.extents());
  how.seed = options.seed;
  how.threads = options.threads;
  how.validation = options.validation;
  how.average = 0;  // weights on a grid have no use for an average off it
  const auto ranges = qnn::calibrate(network, training.first(options.calibration));
  qnn::Network<ResNet8, qnn::FakeQuant<P, qnn::LearnedRanges, qnn::LearnedScales>> fake(network, ranges);
  const float rate = options.learning_rate.value_or(examples::aware_learning_rate(options.bits));
  qnn::train(fake, training, examples::loss_of(recipe), qnn::Adam{.learning_rate = rate}, how);
  print_result("quantization-aware training", fake.integers(), test);
}

template <class P>
void run(const Options& options) {
  const qnn::Split images = qnn::load_dataset("cifar10", {.folder = options.data});
  const auto [mean, deviation] = images.train.channel_statistics();
  const qnn::Dataset training = images.train.normalized(mean, deviation),
                     test = images.test.normalized(mean, deviation);
  qnn::Network<ResNet8, qnn::Float32> network;
  qnn::load(options.weights, network);
  std::printf("%-34s %10s %10s\n", qnn::spelling<P>().c_str(), "accuracy", "bytes");
  print_result("float32", network, test);
  const qnn::Dataset shuffled = training.shuffled(options.seed);
  round_weights<P>(network, shuffled.first(options.calibration), test, options);
  train_on<P>(network, shuffled, test, options);
}

int main(int argument_count, char** arguments) {
  Options options;
  CLI::App app(
      "Weights of few bits for a trained ResNet-8: rounded to nearest, by AdaRound, by quantization-aware training.");
  app.add_option("weights", options.weights, "resnet8.safetensors, as `cifar10 --model resnet8` writes it")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--data", options.data, "Folder of cifar10, or the one above it (default: QNN_DATA_DIR)");
  app.add_option("--bits", options.bits, "Of weights; activations have 8, asymmetric")
      ->check(CLI::IsMember({4, 8}))
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "Of quantization-aware training")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--learning-rate", options.learning_rate,
                 "Of quantization-aware training (default: 5e-4 for 4 bits, 1e-4 for 8)")
      ->check(CLI::Range(1e-9, 10.0));
  app.add_option("--validation", options.validation,
                 "Part of the training images that chooses its best epoch; 0: the last epoch is kept")
      ->check(CLI::Range(0.0, 0.9))
      ->capture_default_str();
  app.add_option("--iterations", options.iterations, "Of AdaRound, for each layer")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--calibration", options.calibration, "Training images that choose ranges and roundings")
      ->check(CLI::Range(1, 50000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Of calibration images, their order, and augmentation")->capture_default_str();
  app.add_option("--threads", options.threads, "0: all")->check(CLI::Range(0, qnn::max_threads))->capture_default_str();
  CLI11_PARSE(app, argument_count, arguments);
  try {
    options.bits == 4 ? run<qnn::W4A8<qnn::Asymmetric>>(options) : run<qnn::Int8<qnn::Asymmetric>>(options);
  } catch (const qnn::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
