// SPDX-License-Identifier: MIT
/// @file
/// From real images to an integer network: train, calibrate, quantize, compare.
#include "qnn/calibration/calibrate.hpp"
#include "qnn/data/catalogue.hpp"
#include "qnn/data/find.hpp"
#include "qnn/data/load.hpp"
#include "qnn/evaluation/agreement.hpp"
#include "qnn/evaluation/evaluate.hpp"
#include "qnn/layers.hpp"
#include "qnn/quantization/quantize.hpp"
#include "qnn/training/train.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

namespace mnist_test {

using namespace qnn;

namespace {

using Mlp = Sequential<Input<28, 28, 1>, Flatten, Dense<64>, ReLU, Dense<10>>;

/// MNIST, or nothing, said aloud, where it is not installed. Files that are there but broken fail the test.
std::optional<Split> mnist() {
  const CatalogueEntry& entry = catalogue_entry("mnist");
  try {
    find_data_files(entry.place, entry.part(Part::train).files);
    find_data_files(entry.place, entry.part(Part::test).files);
  } catch (const FileError& error) {
    MESSAGE("skipped: ", std::string(error.what()));
    return std::nullopt;
  }
  return load_mnist();
}

template <class P>
void check_quantized(const Network<Mlp, Float32>& net, const Ranges<Mlp>& ranges, const Dataset& test, double accuracy,
                     double least_agreement) {
  const auto quantized = std::make_unique<Network<Mlp, P>>();
  quantize_to(*quantized, net, ranges);
  CHECK(evaluate(*quantized, test, {.threads = 1}).accuracy > accuracy - 0.02);
  CHECK(agreement(net, *quantized, test, 1) > least_agreement);
}

}  // namespace

TEST_CASE("MNIST: a small network learns digits and keeps its accuracy in integers") {
  const std::optional<Split> data = mnist();
  if (!data) {
    return;
  }
#ifdef __OPTIMIZE__
  constexpr Index images = 6000;
#else
  constexpr Index images = 3000;
#endif
  const Dataset train_set = data->train.first(images), test = data->test.first(images / 3);
  Network<Mlp, Float32> net(HeNormal{.seed = 7});
  train(net, train_set, CrossEntropy{}, Adam{.learning_rate = 2e-3f},
        {.epochs = 2, .batch = 64, .validation = 0.1, .threads = 1, .progress = Progress::silent});
  const double accuracy = evaluate(net, test, {.threads = 1}).accuracy;
  CHECK(accuracy > 0.85);
  const auto ranges = calibrate(net, train_set.first(512));
  check_quantized<Int8<>>(net, ranges, test, accuracy, 0.97);
  check_quantized<Int8<Asymmetric>>(net, ranges, test, accuracy, 0.97);
  check_quantized<Int16<>>(net, ranges, test, accuracy, 0.999);
  check_quantized<Int16<Asymmetric>>(net, ranges, test, accuracy, 0.999);
}

}  // namespace mnist_test
