// SPDX-License-Identifier: MIT
// Trains a residual network on CIFAR-10 in float32 and quantizes it after training. What happens to the network is in
// cifar10/experiment.hpp; this file reads options and data.
//
// By default 60 epochs of ResNet-8: about an hour on two cores. `--images 2000 --epochs 2` shows within a minute that
// it works.
#include "cifar10/experiment.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <exception>

namespace {

using namespace cifar10;

void declare(CLI::App& app, Options& options) {
  app.add_option("--model", options.model, "Which network")
      ->check(CLI::IsMember({"resnet8", "resnet20"}))
      ->capture_default_str();
  app.add_option("--epochs", options.recipe.epochs, "Passes over the training images")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--batch", options.recipe.batch, "Images in one step")
      ->check(CLI::Range(Index{1}, Index{50000}))
      ->capture_default_str();
  app.add_option("--learning-rate", options.recipe.learning_rate, "Peak of the one-cycle schedule")
      ->check(CLI::Range(1e-9, 100.0))
      ->capture_default_str();
  app.add_option("--weight-decay", options.recipe.weight_decay, "Of the optimizer, SGD with momentum")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--average", options.recipe.average, "Decay of the average of the parameters; 0: none")
      ->check(CLI::Range(0.0, 0.999999))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Of weights, order of images and augmentation")->capture_default_str();
  app.add_option("--threads", options.threads, "0: all")->check(CLI::Range(0, qnn::max_threads))->capture_default_str();
  app.add_option("--images", options.images, "Training images; fewer to see whether it works")
      ->check(CLI::Range(Index{100}, Index{50000}))
      ->capture_default_str();
  app.add_option("--calibration", options.calibration, "Training images that choose the ranges of activations")
      ->check(CLI::Range(Index{1}, Index{50000}))
      ->capture_default_str();
  app.add_option("--data", options.data,
                 "Folder of CIFAR-10 (default: QNN_DATA_DIR, then where the\nsystem installs data sets)")
      ->check(CLI::ExistingDirectory);
  app.add_option("--output", options.output, "Folder for weights, history and results.csv (default: cifar10-<model>)");
  app.add_option("--checkpoint", options.checkpoint, "Save the training here after each epoch, and go on from it");
}

Data load(const Options& options) {
  const qnn::Split split = qnn::load_dataset("cifar10", {.folder = options.data});
  const auto [mean, deviation] = split.train.channel_statistics();
  const bool part = options.images < split.train.size();
  const qnn::Dataset train = part ? split.train.shuffled(options.seed).first(options.images) : split.train;
  const qnn::Dataset test = part ? split.test.first(std::min<Index>(options.images, split.test.size())) : split.test;
  return {train.normalized(mean, deviation), test.normalized(mean, deviation)};
}

}  // namespace

int main(int argument_count, char** arguments) {
  Options options;
  CLI::App app("Trains a residual network on CIFAR-10 in float32, quantizes it to int16 and int8, and compares them.");
  declare(app, options);
  CLI11_PARSE(app, argument_count, arguments);
  try {
    if (options.output.empty()) {
      options.output = "cifar10-" + options.model;
    }
    std::filesystem::create_directories(options.output);
    const Data data = load(options);
    std::cout << options.model << ": " << data.train.size() << " images to train with, " << data.test.size()
              << " to test\n";
    (options.model == "resnet8" ? run_resnet8 : run_resnet20)(data, options);
  } catch (const std::exception& error) {
    std::cerr << "cifar10: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
