// SPDX-License-Identifier: MIT
/// @file
/// 2. The whole way: define a network, train it in float32, quantize it, compare.
///
///     02_train_and_quantize_lenet [data set] [training images] [epochs]
///
/// By default 6000 images of fashion-mnist and one epoch: seconds, not the best accuracy. `60000 10` gives that.
#include "arguments.hpp"

#include "qnn/data.hpp"
#include "qnn/qnn.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

// A network is a type without numbers. Every layer says what it is; shapes follow, and are checked by the compiler:
// write Expect<8, 7, 64> below and see the one error that names the place, the layer, the shape and the broken rule.
using LeNet = qnn::Sequential<qnn::Input<28, 28, 1>,  // height, width, channels
                              qnn::Conv2d<16, qnn::Kernel<3>, qnn::Same>, qnn::ReLU, qnn::MaxPool2d<2>,
                              qnn::Conv2d<32, qnn::Kernel<3>, qnn::Same>, qnn::ReLU, qnn::MaxPool2d<2>,
                              qnn::Expect<7, 7, 32>,  // what the author believes
                              qnn::Flatten, qnn::Dense<64>, qnn::ReLU, qnn::Dense<10>>;

void print_architecture() {
  std::printf("%-12s %-10s %10s %12s\n", "layer", "output", "parameters", "products");
  for (const qnn::LayerDescription& line : qnn::describe<LeNet>()) {
    std::printf("%2td %-9s %-10s %10td %12td\n", line.layer, line.name.c_str(), qnn::to_string(line.output).c_str(),
                line.parameters, line.multiplications);
  }
}

/// One line of the table. The calls are the same at every precision: a precision is only another type.
template <class P>
void print_result(const char* name, const qnn::Network<LeNet, P>& net,
                  const qnn::Network<LeNet, qnn::Float32>& original, const qnn::Dataset& test) {
  const qnn::Evaluation result = qnn::evaluate(net, test);
  const double agreement = qnn::agreement(original, net, test);  // part of the images with the same answer
  std::printf("%-10s %8.2f %% %12.2f %% %12td %12td\n", name, 100 * result.accuracy, 100 * agreement,
              net.parameter_bytes(), qnn::arena_bytes<LeNet, P>);
}

void run(const std::string& name, qnn::Index images, int epochs) {
  const qnn::Split data = qnn::load_dataset(name);
  const qnn::Dataset training = data.train.first(std::min(images, data.train.size()));
  const qnn::Dataset test = data.test.first(std::min(images / 3, data.test.size()));
  std::printf("%s: %td images to train with, %td to test\n\n", name.c_str(), training.size(), test.size());
  print_architecture();

  // Float32 at first. Random weights come from a seed, so that a run can be repeated.
  qnn::Network<LeNet, qnn::Float32> net(qnn::HeNormal{.seed = 7});
  const qnn::History history = qnn::train(net, training, qnn::CrossEntropy{}, qnn::Adam{.learning_rate = 2e-3f},
                                          {.epochs = epochs, .batch = 32, .validation = 0.1, .patience = 3});
  std::printf("\n%-6s %14s %20s %8s\n", "epoch", "training loss", "validation accuracy", "seconds");
  for (const qnn::EpochRecord& epoch : history.epochs) {
    std::printf("%5d%s %14.4f %18.2f %% %8.1f\n", epoch.epoch, epoch.epoch == history.best_epoch ? "*" : " ",
                epoch.training_loss, 100 * epoch.validation_accuracy, epoch.seconds);
  }

  // Integers need to know how large each activation gets: look once, on examples of the training set ...
  const qnn::Ranges<LeNet> ranges = qnn::calibrate(net, training.first(std::min<qnn::Index>(512, training.size())));

  // ... and quantize as often as you like. An integer network is a plain value that holds all its weights; large ones
  // live behind a pointer, since the stack is no place for them. (Small ones: `const auto int8 = quantize<Int8<>>(net,
  // ranges)`.)
  const auto int16 = std::make_unique<qnn::Network<LeNet, qnn::Int16<>>>();
  qnn::quantize_to(*int16, net, ranges);
  const auto int8 = std::make_unique<qnn::Network<LeNet, qnn::Int8<>>>();
  qnn::quantize_to(*int8, net, ranges);

  std::printf("\n%-10s %10s %14s %12s %12s\n", "precision", "accuracy", "as float32", "bytes", "activations");
  print_result("float32", net, net, test);
  print_result("int16", *int16, net, test);
  print_result("int8", *int8, net, test);
}

int main(int argument_count, char** arguments) {
  try {
    const examples::Arguments given(argument_count, arguments, 3,
                                    "02_train_and_quantize_lenet [data set] [training images] [epochs]");
    run(given.text(0, "fashion-mnist"), given.number<qnn::Index>(1, "training images", 100, 6000),
        given.number(2, "epochs", 1, 1));
  } catch (const qnn::Error& error) {  // says where, what was expected, what was found and what to do
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
