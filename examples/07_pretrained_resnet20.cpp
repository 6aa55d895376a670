// SPDX-License-Identifier: MIT
/// @file
/// 7. A network that others have trained: ResNet-20 from PyTorch, by way of NumPy, quantized and measured on CIFAR-10.
///
///     QNN_DATA_DIR=... 07_pretrained_resnet20 [--images 10000] [--calibration 1000]
///
/// Needs the data set cifar10 and the weights resnet20_cifar10.npz: the file pretrained_models/resnet20-12fca82f.th of
/// https://github.com/akamaster/pytorch_resnet_cifar10 (BSD-2-Clause), each tensor of its state_dict under its own
/// name.
#include "qnn/data.hpp"
#include "qnn/io/npz.hpp"
#include "qnn/io/pretrained.hpp"
#include "qnn/models/resnet.hpp"
#include "qnn/qnn.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

using qnn::ResNet20;
using FloatNetwork = qnn::Network<ResNet20, qnn::Float32>;

struct Options {
  std::filesystem::path data = {}, model = {};
  qnn::Index images = 10000, calibration = 1000;
};

/// As the network was trained to see images: RGB, red first, by the statistics of ImageNet.
qnn::Dataset normalized(const qnn::Dataset& images) {
  return images.normalized({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});
}

/// What the float network says is kept: the others are compared with it.
struct Comparison {
  const FloatNetwork& net;
  const qnn::Ranges<ResNet20>& ranges;
  const qnn::Dataset& test;
  std::vector<std::int32_t> expected = {};  // classes

  template <class Network>
  void print_line(const char* name, const Network& network) {
    const auto found = qnn::classes_of<qnn::Trace<ResNet20>::output>(qnn::predict(network, test));
    if (expected.empty()) {
      expected = found;
    }
    qnn::Index hits = 0, agreements = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      hits += found[i] == test.label(static_cast<qnn::Index>(i)) ? 1 : 0;
      agreements += found[i] == expected[i] ? 1 : 0;
    }
    const double percent = 100.0 / static_cast<double>(found.size());
    std::printf("%-34s %8.2f %% %10.2f %% %10td\n", name, percent * static_cast<double>(hits),
                percent * static_cast<double>(agreements), network.parameter_bytes());
    std::fflush(stdout);
  }

  /// A precision is a type. Integer networks hold their weights inside: a large one lives behind a pointer.
  template <class P>
  void quantize_and_print(const char* name) {
    const auto integer = std::make_unique<qnn::Network<ResNet20, P>>();
    qnn::quantize_to(*integer, net, ranges);
    print_line(name, *integer);
  }
};

void run(const Options& options) {
  // Weights by name: that of a layer gives those of its tensors, "conv1.weight"; "bn1.weight", "bn1.bias",
  // "bn1.running_mean", "bn1.running_var". All that is missing, left over or of another shape is said in one error, and
  // nothing is loaded then.
  if (options.model.empty()) {
    throw qnn::ArgumentError("--model", "the file of the weights, or QNN_DATA_DIR set", "neither");
  }
  FloatNetwork net;
  qnn::load_pretrained(net, qnn::read_npz(options.model, {.max_bytes = qnn::weight_bytes<ResNet20>}),
                       {.layout = qnn::Layout::pytorch, .layers = qnn::resnet20_layer_names()});

  // The ranges of activations from images of the training set; accuracy from the test set.
  const qnn::LoadOptions from{.folder = options.data};
  const auto training = normalized(qnn::load_part("cifar10", qnn::Part::train, from).first(options.calibration));
  const auto test = normalized(qnn::load_part("cifar10", qnn::Part::test, from).first(options.images));
  const qnn::Ranges<ResNet20> ranges = qnn::calibrate(net, training);

  std::printf("%td test images, %td to calibrate with\n\n", test.size(), training.size());
  std::printf("%-34s %10s %12s %10s\n", "precision", "accuracy", "as float32", "bytes");
  Comparison comparison{net, ranges, test};
  comparison.print_line("float32", net);
  using namespace qnn;
  comparison.quantize_and_print<Int16<>>("int16");
  comparison.quantize_and_print<Int8<Symmetric>>("int8, symmetric");
  comparison.quantize_and_print<Int8<Asymmetric>>("int8, activations asymmetric");
}

int main(int argument_count, char** arguments) {
  Options options;
  if (const char* folder = std::getenv("QNN_DATA_DIR")) {
    options.model = std::filesystem::path(folder) / "models/resnet20/resnet20_cifar10.npz";
  }
  CLI::App app("ResNet-20 for CIFAR-10, pretrained in PyTorch, in integers.");
  app.add_option("--data", options.data, "Folder of cifar10, or the one above it (default: QNN_DATA_DIR)");
  app.add_option("--model", options.model, "The weights (default: models/resnet20/resnet20_cifar10.npz there)");
  app.add_option("--images", options.images, "Test images")->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--calibration", options.calibration, "Training images to calibrate with")
      ->check(CLI::Range(1, 50000))
      ->capture_default_str();
  CLI11_PARSE(app, argument_count, arguments);
  try {
    run(options);
  } catch (const qnn::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
