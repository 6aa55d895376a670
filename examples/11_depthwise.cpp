// SPDX-License-Identifier: MIT
/// @file
/// 11. A depthwise network on CIFAR-10: with four bits one scale a layer fails; what equalization, bias correction and
/// a scale a channel recover.
///
///     11_depthwise [--epochs 12] [--seed 1]
///
/// A depthwise convolution has nine weights a channel, and folding BatchNorm multiplies those of each channel by a
/// factor of its own: the largest channel takes the scale, the small ones are rounded away. Trains, then prints one
/// line for each way out.
#include "recipe/training.hpp"

#include "qnn/data.hpp"
#include "qnn/models/depthwise_separable.hpp"
#include "qnn/qnn.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

namespace {

using qnn::Conv2d, qnn::Kernel, qnn::DepthwiseSeparable;

/// A MobileNet for 32x32 images.
using Net = qnn::Sequential<qnn::Input<32, 32, 3>, Conv2d<16, Kernel<3>, qnn::Same>, qnn::BatchNorm, qnn::ReLU,  //
                            DepthwiseSeparable<32>, DepthwiseSeparable<64, 2>,   // 16x16
                            DepthwiseSeparable<64>, DepthwiseSeparable<128, 2>,  // 8x8
                            DepthwiseSeparable<128>, qnn::GlobalAveragePool2d, qnn::Dense<10>>;
using Float = qnn::Network<Net, qnn::Float32>;

struct Options {
  std::filesystem::path data = {};
  int epochs = 12, threads = 0;
  qnn::Index images = 50000, calibration = 1024;
  std::uint64_t seed = 1;
};

/// Prints accuracies, each beside that of the float32 network.
class Table {
 public:
  Table(const Float& network, qnn::Dataset examples, qnn::Dataset test)
      : examples_(std::move(examples)),
        test_(std::move(test)),
        float_accuracy_(qnn::evaluate(network, test_).accuracy) {
    std::printf("%-12s %-42s %9s %8s\n", "weights", "network", "accuracy", "change");
    std::printf("%-12s %-42s %7.2f %%\n", "float32", "as trained", 100 * float_accuracy_);
    std::fflush(stdout);
  }
  /// Calibrates the network, corrects the mean error that P makes in each channel where asked to, and quantizes it.
  template <class P>
  void print(const char* weights, const char* name, const Float& network, bool corrects_biases = false) const {
    const qnn::Ranges<Net> ranges = qnn::calibrate(network, examples_);
    const auto integers = std::make_unique<qnn::Network<Net, P>>();
    qnn::quantize_to(*integers, corrects_biases ? qnn::correct_biases<P>(network, ranges, examples_) : network, ranges);
    const double accuracy = qnn::evaluate(*integers, test_).accuracy;
    std::printf("%-12s %-42s %7.2f %% %+7.2f\n", weights, name, 100 * accuracy, 100 * (accuracy - float_accuracy_));
    std::fflush(stdout);
  }

 private:
  qnn::Dataset examples_, test_;
  double float_accuracy_;
};

void run(const Options& options) {
  const qnn::Split split = qnn::load_dataset("cifar10", {.folder = options.data});
  const auto [mean, deviation] = split.train.channel_statistics();
  const qnn::Dataset training = split.train.shuffled(options.seed).first(options.images).normalized(mean, deviation),
                     test = split.test.normalized(mean, deviation);

  examples::Recipe recipe = examples::residual_recipe;
  recipe.epochs = options.epochs;
  qnn::TrainingOptions how = examples::training_options(recipe, training.extents());
  how.seed = options.seed;
  how.threads = options.threads;
  Float network(qnn::HeNormal{.seed = options.seed});
  qnn::train(network, training, examples::loss_of(recipe), examples::optimizer_of<qnn::Sgd>(recipe), how);

  using PerTensor = qnn::Int8<qnn::Symmetric, qnn::PerTensor>;
  using PerChannel = qnn::Int8<>;
  using FourPerTensor = qnn::W4A8<qnn::Symmetric, qnn::PerTensor>;
  using FourPerChannel = qnn::W4A8<>;
  const Table table(network, training.first(options.calibration), test);
  const Float equalized = qnn::equalize(network);
  table.print<PerTensor>("int8", "one scale a layer", network);
  table.print<PerTensor>("int8", "one scale a layer, equalized", equalized);
  table.print<PerTensor>("int8", "one scale a layer, equalized, corrected", equalized, true);
  table.print<PerChannel>("int8", "a scale a channel", network);
  table.print<FourPerTensor>("int4", "one scale a layer", network);
  table.print<FourPerTensor>("int4", "one scale a layer, equalized", equalized);
  table.print<FourPerTensor>("int4", "one scale a layer, equalized, corrected", equalized, true);
  table.print<FourPerChannel>("int4", "a scale a channel", network);
  table.print<FourPerChannel>("int4", "a scale a channel, corrected", network, true);
}

}  // namespace

int main(int argument_count, char** arguments) {
  Options options;
  CLI::App app("A depthwise network on CIFAR-10, quantized with one scale a layer and with one a channel.");
  app.add_option("--data", options.data, "Folder of cifar10, or the one above it (default: QNN_DATA_DIR)");
  app.add_option("--epochs", options.epochs, "Of training in float32")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--images", options.images, "To train with")->check(CLI::Range(100, 50000))->capture_default_str();
  app.add_option("--calibration", options.calibration, "Training images that choose ranges")
      ->check(CLI::Range(1, 50000))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "Of weights, order of images and augmentation")->capture_default_str();
  app.add_option("--threads", options.threads, "0: all")->check(CLI::Range(0, qnn::max_threads))->capture_default_str();
  CLI11_PARSE(app, argument_count, arguments);
  try {
    run(options);
  } catch (const qnn::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
